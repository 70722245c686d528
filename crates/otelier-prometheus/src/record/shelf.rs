//! Exemplars that are told again at each scrape, until newer ones come.

use std::collections::HashMap;

use opentelemetry::{InstrumentationScope, KeyValue};
use otelier_core::edge::{Exemplar, Exemplars};

/// The series of one instrument that are kept, as many as the SDK tells apart.
const MAX_SERIES: usize = 2000;

/// The newest exemplar of each bucket. One who exports beside the scrapes gets from
/// here what they have taken out of the cells, and leaves here what it takes itself.
#[derive(Debug)]
pub(super) struct Shelf {
    source: Exemplars,
    /// Whether somebody exports beside the scrapes.
    is_shared: bool,
    instruments: Vec<Instrument>,
}

/// Those of one instrument.
#[derive(Debug)]
pub(super) struct Instrument {
    scope: InstrumentationScope,
    name: Box<str>,
    series: HashMap<Vec<KeyValue>, Series>,
}

#[derive(Debug, Default)]
struct Series {
    /// By bucket.
    newest: Vec<Option<Kept>>,
    /// Whether the last page had a point of it.
    is_on_page: bool,
}

#[derive(Clone, Copy, Debug)]
struct Kept {
    exemplar: Exemplar,
    /// To who exports.
    is_told: bool,
}

impl Shelf {
    pub(super) fn new(source: Exemplars) -> Self {
        Self {
            source,
            is_shared: false,
            instruments: Vec::new(),
        }
    }

    pub(super) fn share(&mut self) {
        self.is_shared = true;
    }

    /// Takes what was kept since the last time.
    pub(super) fn fill(&mut self) {
        let (is_told, source) = (!self.is_shared, self.source.clone());
        source.take(|scope, name, attributes, exemplar| {
            self.put(scope, name, attributes, Kept { exemplar, is_told });
        });
    }

    /// The same for who exports, with what scrapes have taken meanwhile.
    pub(super) fn take(
        &mut self,
        mut each: impl FnMut(&InstrumentationScope, &str, &[KeyValue], Exemplar),
    ) {
        for instrument in &mut self.instruments {
            for (attributes, series) in &mut instrument.series {
                let untold = series.newest.iter_mut().flatten();
                for kept in untold.filter(|kept| !kept.is_told) {
                    kept.is_told = true;
                    each(
                        &instrument.scope,
                        &instrument.name,
                        attributes,
                        kept.exemplar,
                    );
                }
            }
        }
        let source = self.source.clone();
        source.take(|scope, name, attributes, exemplar| {
            each(scope, name, attributes, exemplar);
            let is_told = true;
            self.put(scope, name, attributes, Kept { exemplar, is_told });
        });
    }

    fn put(
        &mut self,
        scope: &InstrumentationScope,
        name: &str,
        attributes: &[KeyValue],
        kept: Kept,
    ) {
        // Those of one instrument come one after the other.
        let known = self.instruments.iter().rposition(|it| it.is(scope, name));
        let known = known.unwrap_or_else(|| {
            self.instruments.push(Instrument {
                scope: scope.clone(),
                name: name.into(),
                series: HashMap::new(),
            });
            self.instruments.len() - 1
        });
        if let Some(instrument) = self.instruments.get_mut(known) {
            instrument.put(attributes, kept);
        }
    }

    /// Begins a page.
    pub(super) fn begin(&mut self) {
        for series in self
            .instruments
            .iter_mut()
            .flat_map(|it| it.series.values_mut())
        {
            series.is_on_page = false;
        }
    }

    /// Those of an instrument, for the points of a page.
    pub(super) fn of(
        &mut self,
        scope: &InstrumentationScope,
        name: &str,
    ) -> Option<&mut Instrument> {
        self.instruments.iter_mut().find(|it| it.is(scope, name))
    }

    /// Ends a page. What it had no point of is told nobody else either.
    pub(super) fn end(&mut self) {
        for instrument in &mut self.instruments {
            instrument.series.retain(|_, series| {
                let untold = |kept: &Kept| !kept.is_told;
                series.is_on_page || series.newest.iter().flatten().any(untold)
            });
        }
        self.instruments.retain(|it| !it.series.is_empty());
    }
}

impl Instrument {
    fn is(&self, scope: &InstrumentationScope, name: &str) -> bool {
        *self.name == *name && self.scope == *scope
    }

    fn put(&mut self, attributes: &[KeyValue], kept: Kept) {
        let is_full = self.series.len() >= MAX_SERIES;
        let series = match self.series.get_mut(attributes) {
            Some(series) => series,
            None if is_full => return,
            None => self.series.entry(attributes.to_vec()).or_default(),
        };
        let bucket = kept.exemplar.bucket;
        if series.newest.len() <= bucket {
            series.newest.resize(bucket + 1, None);
        }
        if let Some(place) = series.newest.get_mut(bucket) {
            *place = Some(kept);
        }
    }

    /// Those of the point with these attributes, in the order of their buckets.
    pub(super) fn point<'a>(
        &mut self,
        attributes: impl Iterator<Item = &'a KeyValue>,
    ) -> impl Iterator<Item = Exemplar> {
        let mut sorted: Vec<_> = attributes.cloned().collect();
        sorted.sort_by(|one, other| one.key.cmp(&other.key));
        let series = self.series.get_mut(&sorted).map(|series| {
            series.is_on_page = true;
            &*series
        });
        let kept = series.into_iter().flat_map(|series| &series.newest);
        kept.flatten().map(|kept| kept.exemplar)
    }
}
