//! Where runtimes and stalls are recorded.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use opentelemetry::{
    Context,
    metrics::{Histogram, Meter},
};
use otelier_core::{Providers, installed, scope};
use tracing::{Dispatch, dispatcher};

use super::{process, runtimes::Runtimes};
use crate::Options;

/// Which runtime a point or record is about.
pub(super) const RUNTIME_NAME: &str = "tokio.runtime.name";
/// How long a runtime ran no task.
const STALL: &str = "otelier.runtime.stall";

/// Bucket bounds of stalls, in seconds.
const STALL_BOUNDS: [f64; 12] = [
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
];

static OF_THE_PROCESS: OnceLock<Arc<Telemetry>> = OnceLock::new();

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
        // Only tests put providers into a context.
        if let Some(captured) = Context::map_current(|cx| cx.get::<Providers>().cloned()) {
            let subscriber = dispatcher::get_default(Clone::clone);
            return Some(Arc::new(Self::new(&captured, Some(subscriber))));
        }
        let providers = installed()?;
        let made = OF_THE_PROCESS.get_or_init(|| Arc::new(Self::new(providers, None)));
        Some(Arc::clone(made))
    }

    fn new(providers: &Providers, captured: Option<Dispatch>) -> Self {
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
            captured,
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
