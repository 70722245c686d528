//! Exemplars, and the data points that they belong to. The SDK has none.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
};

use opentelemetry::{InstrumentationScope, KeyValue};

use super::{
    buffer::FIXED64,
    form::{Field, Form, field, nested},
    scope::{same, same_text},
};

/// One measurement of a histogram, and the span that it was made in.
///
/// See the example of [`Exemplars`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar {
    /// What was measured.
    pub value: f64,
    /// When, in nanoseconds since 1970.
    pub nanos: u64,
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span.
    pub span_id: [u8; 8],
}

/// The exemplars of one collection, by the points that they belong to: those of a
/// histogram of this scope and name whose attributes are the same, in any order.
/// Others are not written.
///
/// ```
/// use opentelemetry::{InstrumentationScope, KeyValue};
/// use otelier_otlp::{Exemplar, Exemplars};
///
/// let exemplar = Exemplar {
///     value: 0.3,
///     nanos: 1_700_000_000_000_000_000,
///     trace_id: [7; 16],
///     span_id: [8; 8],
/// };
/// let scope = InstrumentationScope::builder("shop").build();
/// let labels = [KeyValue::new("http.route", "/orders")];
/// let mut exemplars = Exemplars::default();
/// exemplars.add(&scope, "http.server.request.duration", &labels, exemplar);
/// // They go to `Encoder::metrics_with`, beside the collection.
/// ```
#[derive(Debug, Default)]
pub struct Exemplars {
    instruments: Vec<Instrument>,
}

/// Those of one instrument.
#[derive(Debug)]
pub(super) struct Instrument {
    scope: InstrumentationScope,
    name: Box<str>,
    hashes: RandomState,
    points: HashMap<u64, Vec<Point>>,
}

#[derive(Debug)]
struct Point {
    attributes: Vec<KeyValue>,
    exemplars: Vec<Exemplar>,
}

impl Exemplars {
    /// Adds one.
    pub fn add(
        &mut self,
        scope: &InstrumentationScope,
        name: &str,
        attributes: &[KeyValue],
        exemplar: Exemplar,
    ) {
        // Those of one instrument mostly come one after the other.
        let known = self
            .instruments
            .iter_mut()
            .rposition(|it| it.is(scope, name));
        let known = known.unwrap_or_else(|| {
            self.instruments.push(Instrument {
                scope: scope.clone(),
                name: name.into(),
                hashes: RandomState::new(),
                points: HashMap::new(),
            });
            self.instruments.len() - 1
        });
        if let Some(instrument) = self.instruments.get_mut(known) {
            instrument.add(attributes, exemplar);
        }
    }

    pub(super) fn of(&self, scope: &InstrumentationScope, name: &str) -> Option<&Instrument> {
        self.instruments.iter().find(|it| it.is(scope, name))
    }
}

impl Instrument {
    fn is(&self, scope: &InstrumentationScope, name: &str) -> bool {
        same_text(&self.name, name) && same(&self.scope, scope)
    }

    fn add(&mut self, attributes: &[KeyValue], exemplar: Exemplar) {
        let hash = self.hash(attributes.iter());
        let points = self.points.entry(hash).or_default();
        match points.iter_mut().find(|it| it.attributes == attributes) {
            Some(point) => point.exemplars.push(exemplar),
            None => points.push(Point {
                attributes: attributes.to_vec(),
                exemplars: vec![exemplar],
            }),
        }
    }

    /// The exemplars of the point with these attributes.
    pub(super) fn point<'a, I: Iterator<Item = &'a KeyValue>>(
        &self,
        attributes: impl Fn() -> I,
    ) -> &[Exemplar] {
        let points = self.points.get(&self.hash(attributes()));
        let is_it = |point: &&Point| {
            attributes().count() == point.attributes.len()
                && attributes().all(|it| point.attributes.contains(it))
        };
        let found = points.and_then(|points| points.iter().find(is_it));
        found.map(|point| &*point.exemplars).unwrap_or_default()
    }

    /// The same in any order.
    fn hash<'a>(&self, attributes: impl Iterator<Item = &'a KeyValue>) -> u64 {
        attributes.fold(0, |sum: u64, it| sum.wrapping_add(self.hashes.hash_one(it)))
    }
}

/// Writes them into the point that is open; nothing where there are none.
#[inline]
pub(super) fn exemplars(out: &mut impl Form, list: Field, exemplars: &[Exemplar]) {
    if !exemplars.is_empty() {
        some(out, list, exemplars);
    }
}

#[inline(never)]
fn some(out: &mut impl Form, list: Field, exemplars: &[Exemplar]) {
    const TIME: Field = field(2, FIXED64, "timeUnixNano");
    const AS_DOUBLE: Field = field(3, FIXED64, "asDouble");
    const SPAN_ID: Field = nested(4, "spanId");
    const TRACE_ID: Field = nested(5, "traceId");
    out.list(list);
    for exemplar in exemplars {
        let open = out.item(list, 1);
        out.fixed64(TIME, exemplar.nanos);
        out.double(AS_DOUBLE, exemplar.value);
        out.id(SPAN_ID, exemplar.span_id);
        out.id(TRACE_ID, exemplar.trace_id);
        out.close(open);
    }
    out.end_list();
}
