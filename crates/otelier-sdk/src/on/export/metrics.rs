//! Metrics to the wire.
//!
//! A cumulative point is in the next export again: of those that wait for the
//! receiver, the newest takes the place of all others. What a delta point tells is
//! told once: those wait one behind the other, as spans do.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
};
use otelier_otlp::{Exemplar, Exemplars, Outbox};

use super::{
    data::{Data, data_points},
    ways::Export,
};
use crate::imp::{admission, scrape::Kept};

/// Exports metrics.
#[derive(Debug)]
pub(crate) struct ExportMetrics {
    pub(crate) export: Export,
    /// Taken at each collection, whatever the temporality.
    pub(crate) exemplars: Option<Kept>,
    /// Where they wait, if they are sent anywhere.
    pub(crate) outbox: Option<Arc<Outbox>>,
    pub(crate) temporality: Temporality,
    /// The bound on a shutdown.
    pub(crate) bound: Duration,
    /// Told when the last export is over.
    pub(crate) ended: Sender<()>,
}

impl PushMetricExporter for ExportMetrics {
    // The reader's thread would end with a panic, and with it all metrics.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let run = AssertUnwindSafe(|| {
            if let (Temporality::Cumulative, Some(outbox)) = (self.temporality, &self.outbox) {
                outbox.make_way();
            }
            let taken = self.export.ledger.collect(data_points(metrics));
            let exemplars = self.exemplars.as_ref().map(take).unwrap_or_default();
            self.export
                .export(Data::Metrics(metrics, &exemplars), taken);
        });
        catch_unwind(run)
            .map_err(|_| OTelSdkError::InternalFailure("the exporter panicked".to_owned()))
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    // The reader asks for five seconds, whatever the program was told; who waits
    // for it has a bound.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        let ended = admission::drain(self.outbox.as_deref(), self.bound);
        self.ended.send(()).ok();
        ended
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

/// What was kept since the last collection.
fn take(kept: &Kept) -> Exemplars {
    let mut taken = Exemplars::default();
    kept.take(|scope, name, attributes, it| {
        let exemplar = Exemplar {
            value: it.value,
            nanos: it.nanos,
            trace_id: it.trace_id.to_bytes(),
            span_id: it.span_id.to_bytes(),
        };
        taken.add(scope, name, attributes, exemplar);
    });
    taken
}
