//! The job that runs, as code inside it sees it.

use std::sync::Arc;

use opentelemetry::{Context, KeyValue};

use super::{series::Series, telemetry::Telemetry};
use crate::quantity::Quantity;

/// In the context of a running job.
#[derive(Clone, Debug)]
pub(super) struct CurrentJob {
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) series: Arc<Series>,
}

pub(crate) fn count(what: impl Into<Quantity>, n: u64) {
    with_current(|telemetry, labels| telemetry.count(what.into(), n, labels));
}

pub(crate) fn measure(what: impl Into<Quantity>, value: f64) {
    with_current(|telemetry, labels| telemetry.measure(what.into(), value, labels));
}

fn with_current(record: impl FnOnce(&Telemetry, &[KeyValue])) {
    Context::map_current(|cx| {
        if let Some(job) = cx.get::<CurrentJob>() {
            record(&job.telemetry, &job.series.labels);
        } else if let Some(telemetry) = Telemetry::current() {
            record(&telemetry, &[]);
        }
    });
}

/// The current context, for what runs elsewhere.
#[cfg(feature = "tokio")]
pub(crate) fn carried() -> Option<Context> {
    Some(Context::map_current(otelier_core::context::carried))
}

/// The current context, for what is not to be recorded.
pub(crate) fn quiet() -> Option<Context> {
    Some(Context::current().with_telemetry_suppressed())
}
