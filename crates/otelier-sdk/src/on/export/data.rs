//! What is exported.

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{
    logs::SdkLogRecord,
    metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics},
    trace::SpanData,
};
use otelier_otlp::Exemplars;

/// What is exported at once.
#[derive(Clone, Copy)]
pub(super) enum Data<'a> {
    Spans(&'a [SpanData]),
    Logs(&'a [(&'a SdkLogRecord, &'a InstrumentationScope)]),
    Metrics(&'a ResourceMetrics, &'a Exemplars),
}

/// How many data points a collection has.
pub(super) fn data_points(metrics: &ResourceMetrics) -> usize {
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
