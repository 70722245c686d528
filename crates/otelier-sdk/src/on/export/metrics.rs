//! Metrics to the wire.

use std::time::Duration;

use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        exporter::PushMetricExporter,
    },
};

use super::Outlet;

/// Exports metrics to the receiver, to the console, or to both.
#[derive(Debug)]
pub(crate) struct ExportMetrics {
    outlets: Vec<Outlet<opentelemetry_otlp::MetricExporter>>,
    temporality: Temporality,
}

impl ExportMetrics {
    pub(crate) fn new(
        outlets: Vec<Outlet<opentelemetry_otlp::MetricExporter>>,
        temporality: Temporality,
    ) -> Self {
        Self {
            outlets,
            temporality,
        }
    }
}

impl PushMetricExporter for ExportMetrics {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let items = data_points(metrics);
        let mut result = Ok(());
        for outlet in &self.outlets {
            if outlet.booked {
                outlet.ledger.collect(items);
            }
            let export = outlet.encoder.export(metrics);
            result = outlet.settle(items, export).await;
        }
        result
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        let each = self.outlets.iter();
        each.map(|outlet| outlet.encoder.shutdown_with_timeout(timeout))
            .fold(Ok(()), Result::and)
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
