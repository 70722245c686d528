//! Exemplars: by which traces the buckets of histograms were filled.
//!
//! The SDK has none. [`Durations`](crate::edge::Durations) keep them beside its
//! histograms, and whoever exports [takes](Exemplars::take) them.

mod atomic;
mod cell;
mod instrument;
mod sampled;
mod wall;

use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanId, TraceId},
};

pub(crate) use self::instrument::{Instrument, Series};
pub use self::sampled::Sampled;

/// One measurement, and the sampled span that it was made in.
///
/// See the example of [`Exemplars`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// How long it took, in seconds.
    pub value: f64,
    /// When it was over, in nanoseconds since 1970.
    pub nanos: u64,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
    /// The place of its bucket among those of the instrument.
    pub bucket: usize,
}

impl Exemplar {
    fn of(bucket: usize, [value, since, high, low, span]: [u64; cell::PARTS]) -> Self {
        let value = f64::from_bits(value);
        Self {
            value,
            // Added here, where nobody waits for it.
            nanos: since.saturating_add((value * 1e9).round() as u64),
            trace_id: (u128::from(high) << 64 | u128::from(low)).into(),
            span_id: span.into(),
            bucket,
        }
    }
}

/// The exemplars of one set of providers, until they are taken: the newest of each
/// bucket. Cheap to clone.
///
/// They are for one reader, which takes them at each of its collections; others
/// see none.
///
/// ```
/// use otelier_core::{Conventions, edge::{Exemplar, Exemplars}};
///
/// let exemplars = Exemplars::new();
/// let mut conventions = Conventions::default();
/// conventions.exemplars = Some(exemplars.clone());
/// // .. `Providers` of these conventions; after a collection: ..
/// exemplars.take(|_scope, instrument, _labels, exemplar: Exemplar| {
///     println!("{instrument}: {} s in the trace {}", exemplar.value, exemplar.trace_id);
/// });
/// ```
///
/// # Cost
/// 56 bytes for a bucket of a series. An instrument has at most 2,000 series with
/// exemplars, which go with what they were bound for when they were taken, and
/// 256 exemplars of what is not bound.
#[derive(Clone, Debug, Default)]
pub struct Exemplars(Arc<Mutex<Vec<Arc<Instrument>>>>);

impl Exemplars {
    /// There are none yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The exemplars of an instrument, unless moments cannot be told here.
    pub(crate) fn instrument(&self, instrument: Instrument) -> Option<Arc<Instrument>> {
        let instrument = wall::is_right().then(|| Arc::new(instrument))?;
        let mut instruments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        instruments.push(Arc::clone(&instrument));
        Some(instrument)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes what was kept since the last time: `each` gets the scope and the name
    /// of the instrument, the attributes of the series, sorted by key, and the
    /// exemplar. Those of an instrument come one after the other.
    pub fn take(&self, mut each: impl FnMut(&InstrumentationScope, &str, &[KeyValue], Exemplar)) {
        let instruments = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever makes an instrument does not wait for `each`.
        let known = instruments().clone();
        for instrument in &known {
            instrument.take(|attributes, bucket, parts| {
                let exemplar = Exemplar::of(bucket, parts);
                each(&instrument.scope, &instrument.name, attributes, exemplar);
            });
        }
        drop(known);
        // What was left behind by one that is gone is taken now.
        instruments().retain(|it| Arc::strong_count(it) > 1 || it.is_bound());
    }
}
