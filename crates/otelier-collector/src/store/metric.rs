//! Metrics: the latest point of every series.

use super::origin::{Identity, Origin, attribute_methods, display, find};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue},
    metrics::v1::{
        AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge,
        Histogram, HistogramDataPoint, Metric as ProtoMetric, NumberDataPoint, Sum, Summary,
        SummaryDataPoint, metric::Data, number_data_point::Value,
    },
};
use prost::Message as _;
use std::{borrow::Cow, hash::Hash as _, sync::Arc};

/// What a metric is, apart from its points.
///
/// See the example of [`Metric`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetricKind {
    /// The last value of something.
    Gauge,
    /// A sum that may fall.
    UpDownSum,
    /// A sum that only rises.
    Sum,
    /// A histogram with explicit bounds.
    Histogram,
    /// A histogram with exponential buckets.
    ExponentialHistogram,
    /// Quantiles computed by the sender.
    Summary,
}

impl MetricKind {
    /// The name in `/api/metrics`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gauge => "gauge",
            Self::UpDownSum => "up_down_sum",
            Self::Sum => "sum",
            Self::Histogram => "histogram",
            Self::ExponentialHistogram => "exponential_histogram",
            Self::Summary => "summary",
        }
    }
}

/// A data point of any kind.
///
/// See the example of [`Metric`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Point {
    /// Of a gauge or a sum.
    Number(NumberDataPoint),
    /// Of a histogram with explicit bounds.
    Histogram(HistogramDataPoint),
    /// Of an exponential histogram.
    ExponentialHistogram(ExponentialHistogramDataPoint),
    /// Of a summary.
    Summary(SummaryDataPoint),
}

/// The same of a point of each kind.
macro_rules! of_each {
    ($all:expr, $point:ident => $what:expr) => {
        match $all {
            Point::Number($point) => $what,
            Point::Histogram($point) => $what,
            Point::ExponentialHistogram($point) => $what,
            Point::Summary($point) => $what,
        }
    };
}
pub(super) use of_each;

impl Point {
    pub(crate) const fn time_unix_nano(&self) -> u64 {
        of_each!(self, point => point.time_unix_nano)
    }

    pub(crate) const fn start_time_unix_nano(&self) -> u64 {
        of_each!(self, point => point.start_time_unix_nano)
    }
}

/// What the points of one metric share.
#[derive(Debug, PartialEq)]
pub(crate) struct Head {
    name: Arc<str>,
    description: String,
    unit: String,
    kind: MetricKind,
    temporality: AggregationTemporality,
}

/// One series (a metric, its resource and one set of attributes) at its latest point.
///
/// ```
/// use otelier_collector::{MetricKind, Point, Store};
///
/// /// How many requests were measured.
/// fn requests(store: &Store) -> u64 {
///     let series = store.metrics_named("http.server.request.duration");
///     let series = series.iter().filter(|series| series.kind() == MetricKind::Histogram);
///     let counts = series.map(|series| match series.point() {
///         Point::Histogram(point) => point.count,
///         _ => 0,
///     });
///     counts.sum()
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    origin: Arc<Origin>,
    head: Arc<Head>,
    point: Point,
    pub(crate) updates: u64,
}

impl Metric {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.head.name
    }

    /// The description; empty when there is none.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.head.description
    }

    /// The unit; empty when there is none.
    #[must_use]
    pub fn unit(&self) -> &str {
        &self.head.unit
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> MetricKind {
        self.head.kind
    }

    /// Cumulative or delta; `Unspecified` for kinds that have none.
    #[must_use]
    pub fn temporality(&self) -> AggregationTemporality {
        self.head.temporality
    }

    /// The latest point as it travelled.
    #[must_use]
    pub const fn point(&self) -> &Point {
        &self.point
    }

    /// How many points of this series have arrived.
    #[must_use]
    pub const fn updates(&self) -> u64 {
        self.updates
    }

    /// The number of a gauge or sum; `None` for the other kinds.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match &self.point {
            Point::Number(point) => match point.value? {
                Value::AsDouble(number) => Some(number),
                Value::AsInt(number) => Some(number as f64),
            },
            _ => None,
        }
    }

    /// How many measurements a histogram or summary holds; `None` for numbers.
    #[must_use]
    pub const fn count(&self) -> Option<u64> {
        match &self.point {
            Point::Number(_) => None,
            Point::Histogram(point) => Some(point.count),
            Point::ExponentialHistogram(point) => Some(point.count),
            Point::Summary(point) => Some(point.count),
        }
    }

    /// The sum of the measurements of a histogram or summary, where the sender gives it.
    #[must_use]
    pub const fn sum(&self) -> Option<f64> {
        match &self.point {
            Point::Number(_) => None,
            Point::Histogram(point) => point.sum,
            Point::ExponentialHistogram(point) => point.sum,
            Point::Summary(point) => Some(point.sum),
        }
    }

    /// When the latest point began to count, in Unix nanoseconds; 0 where the sender does not
    /// tell.
    #[must_use]
    pub const fn start_time_unix_nano(&self) -> u64 {
        self.point.start_time_unix_nano()
    }

    /// The time of the latest point, in Unix nanoseconds.
    #[must_use]
    pub const fn time_unix_nano(&self) -> u64 {
        self.point.time_unix_nano()
    }

    /// The attributes of the series, in the order received.
    #[must_use]
    pub fn attributes(&self) -> &[KeyValue] {
        of_each!(&self.point, point => &point.attributes)
    }

    attribute_methods!();

    /// The message of this series alone.
    pub(crate) fn to_proto(&self) -> ProtoMetric {
        let aggregation_temporality = self.head.temporality as i32;
        let data = match self.point.clone() {
            Point::Number(point) => match self.kind() {
                MetricKind::Sum | MetricKind::UpDownSum => Data::Sum(Sum {
                    data_points: vec![point],
                    aggregation_temporality,
                    is_monotonic: self.kind() == MetricKind::Sum,
                }),
                _ => Data::Gauge(Gauge {
                    data_points: vec![point],
                }),
            },
            Point::Histogram(point) => Data::Histogram(Histogram {
                data_points: vec![point],
                aggregation_temporality,
            }),
            Point::ExponentialHistogram(point) => {
                Data::ExponentialHistogram(ExponentialHistogram {
                    data_points: vec![point],
                    aggregation_temporality,
                })
            }
            Point::Summary(point) => Data::Summary(Summary {
                data_points: vec![point],
            }),
        };
        ProtoMetric {
            name: self.name().into(),
            description: self.description().into(),
            unit: self.unit().into(),
            metadata: Vec::new(),
            data: Some(data),
        }
    }

    /// What tells this series from every other.
    pub(crate) fn series(&self) -> Series {
        let mut attributes: Vec<_> = self.attributes().iter().collect();
        attributes.sort_by(|a, b| a.key.cmp(&b.key));
        let attributes: Vec<_> = attributes.iter().map(|a| a.encode_to_vec()).collect();
        Identity::of(|hasher| {
            self.name().hash(hasher);
            self.kind().hash(hasher);
            self.origin.scope().name.hash(hasher);
            self.origin.identity().hash(hasher);
            attributes.hash(hasher);
        })
    }

    /// The name, shared with whoever keeps it.
    pub(crate) fn shared_name(&self) -> &Arc<str> {
        &self.head.name
    }
}

/// 128 bits that name a series.
pub(crate) type Series = Identity;

/// Splits a metric into its points, one series each.
pub(crate) fn split(origin: &Arc<Origin>, metric: ProtoMetric) -> Vec<Metric> {
    let unspecified = AggregationTemporality::Unspecified;
    let (kind, temporality, points) = match metric.data {
        None => return Vec::new(),
        Some(Data::Gauge(gauge)) => (
            MetricKind::Gauge,
            unspecified,
            all(gauge.data_points, Point::Number),
        ),
        Some(Data::Sum(sum)) => (
            if sum.is_monotonic {
                MetricKind::Sum
            } else {
                MetricKind::UpDownSum
            },
            sum.aggregation_temporality(),
            all(sum.data_points, Point::Number),
        ),
        Some(Data::Histogram(histogram)) => (
            MetricKind::Histogram,
            histogram.aggregation_temporality(),
            all(histogram.data_points, Point::Histogram),
        ),
        Some(Data::ExponentialHistogram(histogram)) => (
            MetricKind::ExponentialHistogram,
            histogram.aggregation_temporality(),
            all(histogram.data_points, Point::ExponentialHistogram),
        ),
        Some(Data::Summary(summary)) => (
            MetricKind::Summary,
            unspecified,
            all(summary.data_points, Point::Summary),
        ),
    };
    let head = Arc::new(Head {
        name: metric.name.into(),
        description: metric.description,
        unit: metric.unit,
        kind,
        temporality,
    });
    points
        .into_iter()
        .map(|point| Metric {
            origin: Arc::clone(origin),
            head: Arc::clone(&head),
            point,
            updates: 1,
        })
        .collect()
}

fn all<T>(points: Vec<T>, of: fn(T) -> Point) -> Vec<Point> {
    points.into_iter().map(of).collect()
}
