//! Where runtimes and stalls are recorded.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use opentelemetry::metrics::{Histogram, Meter};
use otelier_core::{Providers, edge::Shared, installed, scope};
use tracing::{Dispatch, dispatcher};

use super::{process, runtimes::Runtimes};
use crate::options::Options;

/// How long a runtime ran no task.
const STALL: &str = "otelier.runtime.stall";

/// Bucket bounds of stalls, in seconds.
const STALL_BOUNDS: [f64; 12] = [
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
];

static TELEMETRY: Shared<Telemetry> = Shared::new();

pub(super) struct Telemetry {
    meter: Meter,
    pub(super) stall: Histogram<f64>,
    pub(super) runtimes: Arc<Runtimes>,
    /// How `start` said that runtimes are to be watched.
    pub(super) options: OnceLock<Options>,
    /// A test's own subscriber: the process's may change.
    pub(super) captured: Option<Dispatch>,
    process: AtomicBool,
}

impl Telemetry {
    /// The telemetry of the current context, else of the process, or `None`
    /// while it is off.
    pub(super) fn current() -> Option<Arc<Self>> {
        TELEMETRY.current(Self::new)
    }

    fn new(providers: &Providers) -> Self {
        // Only tests record to others than the process's.
        let is_captured = !installed().is_some_and(|all| std::ptr::eq(all, providers));
        let scope = scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let meter = providers.meter(scope);
        Self {
            stall: meter
                .f64_histogram(STALL)
                .with_unit("s")
                .with_description("Time in which a runtime ran none of its tasks.")
                .with_boundaries(STALL_BOUNDS.to_vec())
                .build(),
            runtimes: Runtimes::observe(&meter),
            options: OnceLock::new(),
            captured: is_captured.then(|| dispatcher::get_default(Clone::clone)),
            process: AtomicBool::new(false),
            meter,
        }
    }

    /// Registers the metrics of the process, once.
    pub(super) fn observe_process(&self) {
        if !self.process.swap(true, Ordering::AcqRel) {
            process::observe(&self.meter);
        }
    }
}
