//! What a handle of the facade changes.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use metrics::{CounterFn, GaugeFn, HistogramFn};
use opentelemetry::{KeyValue, metrics::Histogram};

/// A counter's.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        self.0.fetch_add(value, Relaxed);
    }

    fn absolute(&self, value: u64) {
        self.0.fetch_max(value, Relaxed);
    }
}

/// A gauge's, as bits; not a number before the first.
#[derive(Debug)]
pub(super) struct Level(AtomicU64);

const UNSET: u64 = f64::NAN.to_bits();

impl Default for Level {
    fn default() -> Self {
        Self(AtomicU64::new(UNSET))
    }
}

impl Level {
    /// `None` where nothing was said yet.
    pub(super) fn get(&self) -> Option<f64> {
        let value = f64::from_bits(self.0.load(Relaxed));
        (!value.is_nan()).then_some(value)
    }

    fn add(&self, change: f64) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |bits| {
            let value = f64::from_bits(bits);
            let before = if value.is_nan() { 0.0 } else { value };
            Some((before + change).to_bits())
        });
    }
}

impl GaugeFn for Level {
    fn increment(&self, value: f64) {
        self.add(value);
    }

    fn decrement(&self, value: f64) {
        self.add(-value);
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }
}

/// A histogram's: nothing is kept here.
#[derive(Debug)]
pub(super) struct Samples {
    pub(super) labels: Vec<KeyValue>,
    /// Made when there is telemetry.
    pub(super) histogram: std::sync::Arc<OnceLock<Histogram<f64>>>,
}

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        if let Some(histogram) = self.histogram.get() {
            histogram.record(value, &self.labels);
        }
    }
}
