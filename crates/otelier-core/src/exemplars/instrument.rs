//! What an instrument keeps beside its histogram.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, Weak},
};

use opentelemetry::{InstrumentationScope, KeyValue};

use super::{
    Sampled,
    cell::{Cell, PARTS},
};

/// As many as the SDK tells apart.
const MAX_SERIES: usize = 2000;
/// Between two collections, of what is not bound.
const MAX_LOOSE: usize = 256;

/// The labels and the bucket of what is not bound.
type Place = (Vec<KeyValue>, usize);

/// The exemplars of one instrument.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(super) scope: InstrumentationScope,
    pub(super) name: Box<str>,
    bounds: Arc<[f64]>,
    bound: Mutex<Vec<Weak<Series>>>,
    loose: Mutex<HashMap<Place, [u64; PARTS]>>,
}

impl Instrument {
    pub(crate) fn new(scope: InstrumentationScope, name: &str, bounds: &[f64]) -> Self {
        Self {
            scope,
            name: name.into(),
            bounds: bounds.into(),
            bound: Mutex::default(),
            loose: Mutex::default(),
        }
    }

    /// The cells of a series, unless there are too many.
    pub(crate) fn bind(&self, attributes: &[KeyValue]) -> Option<Arc<Series>> {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        if bound.len() >= MAX_SERIES {
            bound.retain(|series| series.strong_count() > 0);
        }
        if bound.len() >= MAX_SERIES {
            return None;
        }
        let series = Arc::new(Series {
            bounds: Arc::clone(&self.bounds),
            attributes: sorted(attributes).into(),
            cells: OnceLock::new(),
        });
        bound.push(Arc::downgrade(&series));
        Some(series)
    }

    /// Keeps one of a series that is not bound. Nobody waits for another here:
    /// who comes at the same time goes on without.
    #[cold]
    pub(crate) fn keep(&self, seconds: f64, sampled: Sampled, attributes: &[KeyValue]) {
        let Ok(mut loose) = self.loose.try_lock() else {
            return;
        };
        let key = (sorted(attributes), bucket(&self.bounds, seconds));
        if loose.len() < MAX_LOOSE || loose.contains_key(&key) {
            loose.insert(key, sampled.parts(seconds));
        }
    }

    pub(super) fn take(&self, mut each: impl FnMut(&[KeyValue], [u64; PARTS])) {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        bound.retain(|series| series.strong_count() > 0);
        // Whoever binds does not wait for `each`.
        let known: Vec<_> = bound.iter().filter_map(Weak::upgrade).collect();
        drop(bound);
        for series in known {
            for cell in series.cells.get().into_iter().flatten() {
                if let Some(parts) = cell.take() {
                    each(&series.attributes, parts);
                }
            }
        }
        let mut loose = self.loose.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *loose);
        drop(loose);
        for ((attributes, _), parts) in taken {
            each(&attributes, parts);
        }
    }
}

/// The exemplars of one series.
#[derive(Debug)]
pub(crate) struct Series {
    bounds: Arc<[f64]>,
    attributes: Box<[KeyValue]>,
    /// One for each bucket, made for the first exemplar.
    cells: OnceLock<Box<[Cell]>>,
}

impl Series {
    #[inline]
    pub(crate) fn keep(&self, seconds: f64, sampled: Sampled) {
        let make = || (0..=self.bounds.len()).map(|_| Cell::new()).collect();
        let cells = self.cells.get_or_init(make);
        if let Some(cell) = cells.get(bucket(&self.bounds, seconds)) {
            cell.put(sampled.parts(seconds));
        }
    }
}

/// The place of a value's bucket, whose bound is in it.
#[inline]
fn bucket(bounds: &[f64], value: f64) -> usize {
    // Most are in the first ones.
    let place = bounds.iter().position(|bound| value <= *bound);
    place.unwrap_or(bounds.len())
}

/// As the SDK has them: each key once, the first of equals.
fn sorted(attributes: &[KeyValue]) -> Vec<KeyValue> {
    let mut sorted = attributes.to_vec();
    sorted.sort_by(|one, other| one.key.cmp(&other.key));
    sorted.dedup_by(|one, other| one.key == other.key);
    sorted
}
