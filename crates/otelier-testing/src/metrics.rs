//! Metrics as a test sees them.

use std::{
    fmt,
    sync::{Arc, Weak},
    time::Duration,
};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
        data::{AggregatedMetrics, MetricData, ResourceMetrics},
        reader::MetricReader,
    },
};

use crate::Attributes;

/// A metric and its points.
///
/// ```
/// use opentelemetry::{InstrumentationScope, KeyValue};
/// use otelier_testing::MetricKind;
///
/// let telemetry = otelier_testing::capture();
/// let scope = InstrumentationScope::builder("bakery").build();
/// let loaves = telemetry.providers().meter(scope).u64_counter("loaves").build();
/// loaves.add(3, &[KeyValue::new("kind", "rye")]);
///
/// let metric = telemetry.metric("loaves");
/// assert_eq!((metric.kind, metric.total()), (MetricKind::Counter, 3.0));
/// assert_eq!(metric.points[0].attributes.get("kind"), Some("rye".into()));
/// assert_eq!(telemetry.metrics_summary().to_string(), "loaves{kind=rye} 3\n");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// Its unit, empty if it has none.
    pub unit: String,
    /// What it is.
    pub kind: MetricKind,
    /// One point for each set of attributes, in the order of their text.
    pub points: Vec<Point>,
}

impl Metric {
    /// The sum over all points: of values, or of a histogram's observations.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.points.iter().map(|point| point.value).sum()
    }

    /// The number of a histogram's observations, over all points.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.points.iter().map(|point| point.count).sum()
    }
}

/// What a metric is.
///
/// See the example of [`Metric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricKind {
    /// It only grows.
    Counter,
    /// It grows and shrinks.
    UpDownCounter,
    /// Its last value counts.
    Gauge,
    /// It counts observations in buckets.
    Histogram,
}

/// The value of a metric for one set of attributes.
///
/// See the example of [`Metric`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Point {
    /// What tells it from the metric's other points, sorted by key.
    pub attributes: Attributes,
    /// The sum of a counter or histogram, the last value of a gauge.
    pub value: f64,
    /// The number of a histogram's observations, zero for others.
    pub count: u64,
    /// The upper bounds of a histogram's buckets; an exponential one has none.
    pub bounds: Vec<f64>,
}

/// Lists metrics one point a line: `name{key=value} count=2` for histograms,
/// `name{key=value} 3` for others.
///
/// See the example of [`Metric`].
#[derive(Clone)]
pub struct MetricsSummary(Vec<Metric>);

impl MetricsSummary {
    pub(crate) fn new(metrics: Vec<Metric>) -> Self {
        Self(metrics)
    }
}

impl fmt::Display for MetricsSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for metric in &self.0 {
            for point in &metric.points {
                let Point {
                    attributes,
                    value,
                    count,
                    ..
                } = point;
                write!(f, "{}{{{attributes}}} ", metric.name)?;
                match metric.kind {
                    MetricKind::Histogram => writeln!(f, "count={count}")?,
                    _ => writeln!(f, "{value}")?,
                }
            }
        }
        Ok(())
    }
}

/// The same as its `Display`, so that a failed assertion can be read.
impl fmt::Debug for MetricsSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A meter provider and the reader that asks it.
#[derive(Debug)]
pub(crate) struct Meters {
    provider: SdkMeterProvider,
    reader: Reader,
}

impl Meters {
    pub(crate) fn new() -> Self {
        let reader = Reader(Arc::new(ManualReader::builder().build()));
        let provider = SdkMeterProvider::builder()
            .with_resource(Resource::builder_empty().build())
            .with_reader(reader.clone())
            .build();
        Self { provider, reader }
    }

    pub(crate) fn provider(&self) -> SdkMeterProvider {
        self.provider.clone()
    }

    pub(crate) fn collect(&self) -> Vec<Metric> {
        let mut collected = ResourceMetrics::default();
        if self.reader.collect(&mut collected).is_err() {
            return Vec::new();
        }
        let mut metrics: Vec<_> = collected
            .scope_metrics()
            .flat_map(|scope| scope.metrics())
            .map(|metric| {
                let (kind, points) = match metric.data() {
                    AggregatedMetrics::F64(data) => points(data, |value| value),
                    AggregatedMetrics::U64(data) => points(data, |value| value as f64),
                    AggregatedMetrics::I64(data) => points(data, |value| value as f64),
                };
                Metric {
                    name: metric.name().to_owned(),
                    unit: metric.unit().to_owned(),
                    kind,
                    points,
                }
            })
            .collect();
        metrics.sort_by(|a, b| a.name.cmp(&b.name));
        metrics
    }
}

fn points<T: Copy>(data: &MetricData<T>, number: fn(T) -> f64) -> (MetricKind, Vec<Point>) {
    let (kind, mut points): (_, Vec<_>) = match data {
        MetricData::Gauge(gauge) => (
            MetricKind::Gauge,
            gauge
                .data_points()
                .map(|point| Point::number(point.attributes(), number(point.value())))
                .collect(),
        ),
        MetricData::Sum(sum) => (
            if sum.is_monotonic() {
                MetricKind::Counter
            } else {
                MetricKind::UpDownCounter
            },
            sum.data_points()
                .map(|point| Point::number(point.attributes(), number(point.value())))
                .collect(),
        ),
        MetricData::Histogram(histogram) => (
            MetricKind::Histogram,
            histogram
                .data_points()
                .map(|point| Point {
                    count: point.count(),
                    bounds: point.bounds().collect(),
                    ..Point::number(point.attributes(), number(point.sum()))
                })
                .collect(),
        ),
        MetricData::ExponentialHistogram(histogram) => (
            MetricKind::Histogram,
            histogram
                .data_points()
                .map(|point| Point {
                    count: point.count() as u64,
                    ..Point::number(point.attributes(), number(point.sum()))
                })
                .collect(),
        ),
    };
    points.sort_by_cached_key(|point| point.attributes.to_string());
    (kind, points)
}

impl Point {
    fn number<'a>(attributes: impl Iterator<Item = &'a KeyValue>, value: f64) -> Self {
        let mut attributes: Vec<_> = attributes.cloned().collect();
        attributes.sort_by(|a, b| a.key.cmp(&b.key));
        Self {
            attributes: Attributes(attributes),
            value,
            count: 0,
            bounds: Vec::new(),
        }
    }
}

/// The SDK takes a reader by value; the capture keeps one to ask.
#[derive(Clone, Debug)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}
