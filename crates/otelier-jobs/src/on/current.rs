//! The job that runs, as code inside it sees it.

use std::sync::Arc;

use opentelemetry::{self as otel, KeyValue, context::FutureExt as _};

use super::{series::Series, telemetry::Telemetry};
use crate::Quantity;

/// In the context of a running job.
#[derive(Clone, Debug)]
pub(super) struct CurrentJob {
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) series: Arc<Series>,
}

/// Adds to a counter of the service's own, such as `lettuce.embeddings`.
///
/// The name may come with a unit, as [`Quantity`] shows. It has the kind and the queue of the job that runs as labels, none outside
/// a job; backends make a throughput of it. The name is made under the
/// service's namespace.
///
/// # Cost
/// One look-up by name under a lock that only a new name holds exclusively.
pub fn count(what: impl Into<Quantity>, n: u64) {
    with_current(|telemetry, labels| telemetry.count(what.into(), n, labels));
}

/// Records a value in a histogram of the service's own, as [`count`] does in a
/// counter.
pub fn measure(what: impl Into<Quantity>, value: f64) {
    with_current(|telemetry, labels| telemetry.measure(what.into(), value, labels));
}

/// Runs a future without recording its spans and log records: for polling,
/// which would otherwise leave a trace of every query that found no job.
pub fn unrecorded<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let context = otel::Context::current();
    future.with_context(context.with_telemetry_suppressed())
}

fn with_current(record: impl FnOnce(&Telemetry, &[KeyValue])) {
    otel::Context::map_current(|cx| {
        if let Some(job) = cx.get::<CurrentJob>() {
            record(&job.telemetry, &job.series.labels);
        } else if let Some(telemetry) = Telemetry::current() {
            record(&telemetry, &[]);
        }
    });
}
