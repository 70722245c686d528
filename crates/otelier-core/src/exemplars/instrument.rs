//! What an instrument keeps beside its histogram.

use std::{
    collections::HashMap,
    iter,
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry::{InstrumentationScope, KeyValue};

use super::{
    cell::{Cell, PARTS},
    sampled::Sampled,
};

/// As many as the SDK tells apart.
const MAX_SERIES: usize = 2000;
/// Between two collections, of what is not bound.
const MAX_LOOSE: usize = 256;

/// What is not bound: by attributes and bucket.
type Loose = HashMap<(Vec<KeyValue>, usize), [u64; PARTS]>;

/// The exemplars of one instrument.
#[derive(Debug)]
pub(crate) struct Instrument {
    pub(super) scope: InstrumentationScope,
    pub(super) name: Box<str>,
    bounds: Box<[f64]>,
    /// Also those that are bound no more, until they are taken.
    bound: Mutex<Vec<Arc<Series>>>,
    loose: Mutex<Loose>,
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
            bound.retain(is_bound);
        }
        if bound.len() >= MAX_SERIES {
            return None;
        }
        let bounds = self.bounds.iter().copied();
        let buckets = bounds.chain(iter::once(f64::INFINITY)).map(|most| Bucket {
            most,
            newest: Cell::new(),
        });
        let series = Arc::new(Series {
            attributes: sorted(attributes).into(),
            buckets: buckets.collect(),
        });
        bound.push(Arc::clone(&series));
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

    /// Whether any series of it may still be recorded to.
    pub(super) fn is_bound(&self) -> bool {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        bound.iter().any(is_bound)
    }

    pub(super) fn take(&self, mut each: impl FnMut(&[KeyValue], usize, [u64; PARTS])) {
        let bound = || self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever binds does not wait for `each`.
        let known = bound().clone();
        for series in &known {
            for (place, bucket) in series.buckets.iter().enumerate() {
                if let Some(parts) = bucket.newest.take() {
                    each(&series.attributes, place, parts);
                }
            }
        }
        drop(known);
        bound().retain(is_bound);
        let mut loose = self.loose.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = std::mem::take(&mut *loose);
        drop(loose);
        for ((attributes, bucket), parts) in taken {
            each(&attributes, bucket, parts);
        }
    }
}

fn is_bound(series: &Arc<Series>) -> bool {
    Arc::strong_count(series) > 1
}

/// The exemplars of one series.
#[derive(Debug)]
pub(crate) struct Series {
    attributes: Box<[KeyValue]>,
    buckets: Box<[Bucket]>,
}

#[derive(Debug)]
struct Bucket {
    /// What it holds at most.
    most: f64,
    newest: Cell,
}

impl Series {
    // Apart, so that what records is small where nothing is kept.
    #[inline(never)]
    pub(crate) fn keep(&self, seconds: f64, sampled: impl FnOnce() -> Option<Sampled>) {
        let Some(sampled) = sampled() else { return };
        let bucket = match &*self.buckets {
            // Most are in it, and need not begin to search.
            [first, ..] if seconds <= first.most => Some(first),
            buckets => buckets.iter().find(|bucket| seconds <= bucket.most),
        };
        if let Some(bucket) = bucket {
            bucket.newest.put(sampled.parts(seconds));
        }
    }
}

/// The place of a value's bucket, whose bound is in it.
fn bucket(bounds: &[f64], value: f64) -> usize {
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
