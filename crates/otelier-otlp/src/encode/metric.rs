//! Metrics and their data points.

use std::time::SystemTime;

use opentelemetry_sdk::metrics::{
    Temporality,
    data::{
        AggregatedMetrics, ExponentialBucket, ExponentialHistogram, ExponentialHistogramDataPoint,
        Gauge, GaugeDataPoint, Histogram, HistogramDataPoint, Metric, MetricData, Sum,
        SumDataPoint,
    },
};

use super::{
    Policy,
    attribute::attributes,
    buffer::{FIXED64, Open, VARINT},
    exemplar::{self, Exemplar, exemplars},
    form::{Field, Form, field, nested},
    item::Item,
    scope::METRICS,
    secrets::Secrets,
    span::time,
};

const NAME: Field = nested(1, "name");
const DESCRIPTION: Field = nested(2, "description");
const UNIT: Field = nested(3, "unit");
const GAUGE: Field = nested(5, "gauge");
const SUM: Field = nested(7, "sum");
const HISTOGRAM: Field = nested(9, "histogram");
const EXPONENTIAL: Field = nested(10, "exponentialHistogram");

/// Of each kind of metric.
const DATA_POINTS: Field = nested(1, "dataPoints");
const TEMPORALITY: Field = field(2, VARINT, "aggregationTemporality");
const MONOTONIC: Field = field(3, VARINT, "isMonotonic");

/// Of each kind of data point.
const START: Field = field(2, FIXED64, "startTimeUnixNano");
const TIME: Field = field(3, FIXED64, "timeUnixNano");

/// Of both kinds of histograms.
const COUNT: Field = field(4, FIXED64, "count");
const TOTAL: Field = field(5, FIXED64, "sum");

/// One metric.
#[derive(Clone, Copy)]
pub(super) struct Points<'a> {
    pub(super) metric: &'a Metric,
    kind: Field,
    temporality: Option<Temporality>,
    is_monotonic: bool,
    pub(super) exemplars: Option<&'a exemplar::Instrument>,
}

impl<'a> Points<'a> {
    pub(super) fn of(metric: &'a Metric, exemplars: Option<&'a exemplar::Instrument>) -> Self {
        let points = match metric.data() {
            AggregatedMetrics::F64(data) => Self::of_data(metric, data),
            AggregatedMetrics::U64(data) => Self::of_data(metric, data),
            AggregatedMetrics::I64(data) => Self::of_data(metric, data),
        };
        Self {
            exemplars,
            ..points
        }
    }

    fn of_data<T>(metric: &'a Metric, data: &MetricData<T>) -> Self {
        let (kind, temporality, is_monotonic) = match data {
            MetricData::Gauge(_) => (GAUGE, None, false),
            MetricData::Sum(sum) => (SUM, Some(sum.temporality()), sum.is_monotonic()),
            MetricData::Histogram(its) => (HISTOGRAM, Some(its.temporality()), false),
            MetricData::ExponentialHistogram(its) => (EXPONENTIAL, Some(its.temporality()), false),
        };
        Self {
            metric,
            kind,
            temporality,
            is_monotonic,
            exemplars: None,
        }
    }

    /// Writes what stands before the data points.
    pub(super) fn head(&self, out: &mut impl Form) -> (Open, Open) {
        let metric = out.item(METRICS.records, 2);
        out.text(NAME, self.metric.name());
        out.text(DESCRIPTION, self.metric.description());
        out.text(UNIT, self.metric.unit());
        let data = out.open(self.kind, 2);
        out.list(DATA_POINTS);
        (metric, data)
    }

    /// Writes what stands behind them.
    pub(super) fn tail(&self, out: &mut impl Form) {
        out.end_list();
        if let Some(temporality) = self.temporality {
            let code = match temporality {
                Temporality::Delta => 1,
                _ => 2,
            };
            out.code(TEMPORALITY, code);
        }
        if self.is_monotonic {
            out.truth(MONOTONIC, true);
        }
    }
}

/// What instruments measure.
pub(super) trait Number: Copy {
    fn write(self, out: &mut impl Form);
    /// What histograms have: large integers lose their last digits.
    fn as_double(self) -> f64;
}

const AS_DOUBLE: Field = field(4, FIXED64, "asDouble");
const AS_INT: Field = field(6, FIXED64, "asInt");

impl Number for f64 {
    fn write(self, out: &mut impl Form) {
        out.double(AS_DOUBLE, self);
    }

    fn as_double(self) -> f64 {
        self
    }
}

impl Number for i64 {
    fn write(self, out: &mut impl Form) {
        out.sfixed64(AS_INT, self);
    }

    fn as_double(self) -> f64 {
        self as f64
    }
}

impl Number for u64 {
    /// OTLP has no number above those of `i64`, for which stock writes 0.
    fn write(self, out: &mut impl Form) {
        out.sfixed64(AS_INT, i64::try_from(self).unwrap_or_default());
    }

    fn as_double(self) -> f64 {
        self as f64
    }
}

fn times(out: &mut impl Form, start: Option<SystemTime>, end: SystemTime) {
    if let Some(start) = start {
        time(out, START, start);
    }
    time(out, TIME, end);
}

/// Of gauges and sums.
const ATTRIBUTES: Field = nested(7, "attributes");

impl<T: Number> Item for (&Gauge<T>, &GaugeDataPoint<T>) {
    const LIST: Field = DATA_POINTS;
    const MAY_BE_CUT: bool = false;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy) {
        let (gauge, point) = self;
        secrets.begin();
        times(out, gauge.start_time(), gauge.time());
        point.value().write(out);
        attributes(out, ATTRIBUTES, || point.attributes(), secrets, policy);
    }
}

impl<T: Number> Item for (&Sum<T>, &SumDataPoint<T>) {
    const LIST: Field = DATA_POINTS;
    const MAY_BE_CUT: bool = false;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy) {
        let (sum, point) = self;
        secrets.begin();
        times(out, Some(sum.start_time()), sum.time());
        point.value().write(out);
        attributes(out, ATTRIBUTES, || point.attributes(), secrets, policy);
    }
}

impl<T: Number> Item for (&Histogram<T>, &HistogramDataPoint<T>, &[Exemplar]) {
    const LIST: Field = DATA_POINTS;
    const MAY_BE_CUT: bool = false;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy) {
        const BUCKETS: Field = nested(6, "bucketCounts");
        const BOUNDS: Field = nested(7, "explicitBounds");
        const EXEMPLARS: Field = nested(8, "exemplars");
        const ATTRIBUTES: Field = nested(9, "attributes");
        const MIN: Field = field(11, FIXED64, "min");
        const MAX: Field = field(12, FIXED64, "max");
        let (histogram, point, own) = self;
        secrets.begin();
        times(out, Some(histogram.start_time()), histogram.time());
        out.fixed64(COUNT, point.count());
        out.double(TOTAL, point.sum().as_double());
        out.fixed64s(BUCKETS, point.bucket_counts());
        out.doubles(BOUNDS, point.bounds());
        exemplars(out, EXEMPLARS, own);
        attributes(out, ATTRIBUTES, || point.attributes(), secrets, policy);
        optional(out, MIN, point.min());
        optional(out, MAX, point.max());
    }
}

impl<T: Number> Item
    for (
        &ExponentialHistogram<T>,
        &ExponentialHistogramDataPoint<T>,
        &[Exemplar],
    )
{
    const LIST: Field = DATA_POINTS;
    const MAY_BE_CUT: bool = false;

    fn write(self, out: &mut impl Form, secrets: &mut Secrets, policy: &impl Policy) {
        const ATTRIBUTES: Field = nested(1, "attributes");
        const SCALE: Field = field(6, VARINT, "scale");
        const ZERO_COUNT: Field = field(7, FIXED64, "zeroCount");
        const POSITIVE: Field = nested(8, "positive");
        const NEGATIVE: Field = nested(9, "negative");
        const EXEMPLARS: Field = nested(11, "exemplars");
        const MIN: Field = field(12, FIXED64, "min");
        const MAX: Field = field(13, FIXED64, "max");
        const ZERO_THRESHOLD: Field = field(14, FIXED64, "zeroThreshold");
        let (histogram, point, own) = self;
        secrets.begin();
        attributes(out, ATTRIBUTES, || point.attributes(), secrets, policy);
        times(out, Some(histogram.start_time()), histogram.time());
        out.fixed64(COUNT, point.count() as u64);
        out.double(TOTAL, point.sum().as_double());
        out.sint(SCALE, point.scale().into());
        out.fixed64(ZERO_COUNT, point.zero_count());
        buckets(out, POSITIVE, point.positive_bucket());
        buckets(out, NEGATIVE, point.negative_bucket());
        exemplars(out, EXEMPLARS, own);
        optional(out, MIN, point.min());
        optional(out, MAX, point.max());
        if point.zero_threshold() != 0.0 {
            out.double(ZERO_THRESHOLD, point.zero_threshold());
        }
    }
}

fn optional(out: &mut impl Form, field: Field, value: Option<impl Number>) {
    if let Some(value) = value {
        out.double(field, value.as_double());
    }
}

fn buckets(out: &mut impl Form, field: Field, buckets: &ExponentialBucket) {
    const OFFSET: Field = self::field(1, VARINT, "offset");
    const COUNTS: Field = nested(2, "bucketCounts");
    let open = out.open(field, 2);
    out.sint(OFFSET, buckets.offset());
    out.varints(COUNTS, buckets.counts());
    out.close(open);
}
