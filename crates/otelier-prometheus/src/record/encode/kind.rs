//! What metrics are.

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};

/// What a metric is to Prometheus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    /// What names of samples end in.
    pub(super) const fn ends(self) -> &'static [&'static str] {
        match self {
            // The name alone is OpenMetrics' for the family.
            Self::Counter => &["", "_total", "_created"],
            Self::Gauge => &[""],
            Self::Histogram => &["", "_bucket", "_sum", "_count", "_created"],
        }
    }
}

/// What a metric is to Prometheus, and whether it is a gauge to OpenTelemetry.
pub(super) fn kind(metric: &Metric) -> (Kind, bool) {
    match metric.data() {
        AggregatedMetrics::F64(data) => kind_of(data),
        AggregatedMetrics::U64(data) => kind_of(data),
        AggregatedMetrics::I64(data) => kind_of(data),
    }
}

fn kind_of<T>(data: &MetricData<T>) -> (Kind, bool) {
    match data {
        MetricData::Sum(sum) if sum.is_monotonic() => (Kind::Counter, false),
        MetricData::Sum(_) => (Kind::Gauge, false),
        MetricData::Gauge(_) => (Kind::Gauge, true),
        MetricData::Histogram(_) | MetricData::ExponentialHistogram(_) => (Kind::Histogram, false),
    }
}
