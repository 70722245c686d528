//! Metrics to the wire.
//!
//! Cumulative points that are lost are in the next export again, so a failed
//! one is left at that. What a delta point tells is told once: those wait in an
//! outbox while the receiver is away, as spans do.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed, mpsc::Sender},
    task::Poll,
    time::Duration,
};

use opentelemetry_sdk::{
    error::{OTelSdkError, OTelSdkResult},
    metrics::{
        Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        exporter::PushMetricExporter,
    },
};

use otelier_otlp::{Outbox, Packer};

use super::{Client, Outlet, own, plain};
use crate::imp::{admission, ledger::Ledger};

/// Exports metrics to the receiver, to the console, or to both.
#[derive(Debug)]
pub(crate) struct ExportMetrics {
    outlets: Vec<Outlet<opentelemetry_otlp::MetricExporter>>,
    /// Keeps the books, if it is there.
    posted: Option<Posted>,
    temporality: Temporality,
    /// The bound on a shutdown.
    bound: Duration,
    /// Told when the last export is over.
    ended: Sender<()>,
}

impl ExportMetrics {
    pub(crate) fn new(
        outlets: Vec<Outlet<opentelemetry_otlp::MetricExporter>>,
        posted: Option<Posted>,
        temporality: Temporality,
        bound: Duration,
        ended: Sender<()>,
    ) -> Self {
        Self {
            outlets,
            posted,
            temporality,
            bound,
            ended,
        }
    }
}

/// Encodes by opentelemetry-otlp, and sends from an outbox.
#[derive(Debug)]
pub(crate) struct Posted {
    encoder: opentelemetry_otlp::MetricExporter,
    /// Has what the encoder wrote.
    client: Client,
    outbox: Arc<Outbox>,
    packer: Mutex<Packer>,
    ledger: Arc<Ledger>,
}

impl Posted {
    pub(crate) fn new(
        encoder: opentelemetry_otlp::MetricExporter,
        client: Client,
        outbox: Arc<Outbox>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Self {
            encoder,
            client,
            packer: Mutex::new(outbox.packer()),
            outbox,
            ledger,
        }
    }

    async fn export(&self, metrics: &ResourceMetrics, items: usize) -> OTelSdkResult {
        let mut taken = self.ledger.collect(items);
        let encoded = self.encoder.export(metrics).await;
        let sent = self.client.take_sent();
        if let Err(error) = &encoded {
            taken.hand_over_all();
            self.ledger.failed(items, &plain(error), "encoding");
            return encoded;
        }
        self.ledger.redacted.fetch_add(sent.redacted, Relaxed);
        if sent.oversized > 0 {
            taken.hand_over(sent.oversized);
            self.ledger.oversize(sent.oversized);
        }
        let mut packer = self.packer.lock().unwrap_or_else(PoisonError::into_inner);
        for (body, points) in sent.kept {
            let points = if points == 0 { items } else { points };
            let packed = packer.pack_bytes(&body);
            taken.hand_over(points);
            own::post(&self.outbox, &self.ledger, packed, points);
        }
        taken.hand_over_all();
        Ok(())
    }
}

impl ExportMetrics {
    async fn export_all(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let items = data_points(metrics);
        let mut result = Ok(());
        for outlet in &self.outlets {
            let taken = outlet.booked.then(|| outlet.ledger.collect(items));
            let export = outlet.encoder.export(metrics);
            result = outlet.settle(items, export).await;
            if let Some(mut taken) = taken {
                taken.hand_over_all();
            }
        }
        if let Some(posted) = &self.posted {
            result = posted.export(metrics, items).await;
        }
        result
    }
}

/// The end of a future, an error where it panics.
async fn caught(future: impl Future<Output = OTelSdkResult>) -> OTelSdkResult {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        polled.unwrap_or_else(|_| {
            let cause = "the exporter panicked".to_owned();
            Poll::Ready(Err(OTelSdkError::InternalFailure(cause)))
        })
    })
    .await
}

impl PushMetricExporter for ExportMetrics {
    // The reader's thread would end with a panic, and with it all metrics.
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        caught(self.export_all(metrics)).await
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    // The reader asks for five seconds, whatever the program was told; who waits
    // for it has a bound.
    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let each = self.outlets.iter();
        let ended = each
            .map(|outlet| outlet.encoder.shutdown_with_timeout(timeout))
            .fold(Ok(()), Result::and);
        let outbox = self.posted.as_ref().map(|posted| &*posted.outbox);
        let ended = ended.and(admission::drain(outbox, self.bound));
        self.ended.send(()).ok();
        ended
    }

    fn temporality(&self) -> Temporality {
        self.temporality
    }
}

fn data_points(metrics: &ResourceMetrics) -> usize {
    let scopes = metrics.scope_metrics();
    scopes
        .flat_map(|scope| scope.metrics())
        .map(|metric| match metric.data() {
            AggregatedMetrics::F64(data) => points(data),
            AggregatedMetrics::U64(data) => points(data),
            AggregatedMetrics::I64(data) => points(data),
        })
        .sum()
}

fn points<T>(data: &MetricData<T>) -> usize {
    match data {
        MetricData::Gauge(gauge) => gauge.data_points().count(),
        MetricData::Sum(sum) => sum.data_points().count(),
        MetricData::Histogram(histogram) => histogram.data_points().count(),
        MetricData::ExponentialHistogram(histogram) => histogram.data_points().count(),
    }
}

#[cfg(test)]
mod tests {
    use futures_executor::block_on;

    use super::*;

    #[test]
    fn a_panic_of_an_exporter_is_an_error_to_the_reader() {
        let error = block_on(caught(async { panic!("on purpose") })).unwrap_err();
        assert_eq!(plain(&error), "the exporter panicked");
        block_on(caught(async { Ok(()) })).unwrap();
    }
}
