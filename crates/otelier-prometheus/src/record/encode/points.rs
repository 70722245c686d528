//! The points of a metric as lines.

use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, Histogram, HistogramDataPoint, Metric, MetricData,
};
use otelier_core::edge::Exemplar;

use super::{super::shelf::Instrument, exponential::exponential, number::Number, text::Writer};

/// Where the points of one metric are written.
pub(super) struct Points<'a> {
    pub(super) out: &'a mut Writer,
    pub(super) name: &'a str,
    pub(super) exemplars: Option<&'a mut Instrument>,
}

/// The labels of a series, unless it is told already.
pub(super) type Series<'a, 'b> =
    dyn FnMut(&mut dyn Iterator<Item = &'b KeyValue>) -> Option<String> + 'a;

pub(super) fn points<'b>(to: &mut Points<'_>, metric: &'b Metric, series: &mut Series<'_, 'b>) {
    match metric.data() {
        AggregatedMetrics::F64(data) => of_data(to, data, series),
        AggregatedMetrics::U64(data) => of_data(to, data, series),
        AggregatedMetrics::I64(data) => of_data(to, data, series),
    }
}

fn of_data<'b, T: Number>(
    to: &mut Points<'_>,
    data: &'b MetricData<T>,
    series: &mut Series<'_, 'b>,
) {
    match data {
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                if let Some(labels) = series(&mut point.attributes()) {
                    to.out
                        .sample(to.name, "", &labels, None, point.value(), None);
                }
            }
        }
        MetricData::Sum(sum) => {
            let end = if sum.is_monotonic() { "_total" } else { "" };
            for point in sum.data_points() {
                if let Some(labels) = series(&mut point.attributes()) {
                    to.out
                        .sample(to.name, end, &labels, None, point.value(), None);
                }
            }
        }
        MetricData::Histogram(histogram) => explicit(to, histogram, series),
        MetricData::ExponentialHistogram(histogram) => {
            for point in histogram.data_points() {
                if let Some(labels) = series(&mut point.attributes()) {
                    let exemplars = to.exemplars_of(point.attributes());
                    let buckets = exponential(point);
                    to.buckets(
                        &labels,
                        buckets,
                        point.count() as u64,
                        point.sum(),
                        &exemplars,
                    );
                }
            }
        }
    }
}

fn explicit<'b, T: Number>(
    to: &mut Points<'_>,
    histogram: &'b Histogram<T>,
    series: &mut Series<'_, 'b>,
) {
    for point in histogram.data_points() {
        if let Some(labels) = series(&mut point.attributes()) {
            let exemplars = to.exemplars_of(point.attributes());
            to.buckets(
                &labels,
                bounded(point),
                point.count(),
                point.sum(),
                &exemplars,
            );
        }
    }
}

/// What is at most each bound.
fn bounded<T>(point: &HistogramDataPoint<T>) -> Vec<(f64, u64)> {
    let mut sum = 0;
    let pairs = point.bounds().zip(point.bucket_counts());
    let pairs = pairs.map(|(bound, count)| {
        sum += count;
        (bound, sum)
    });
    // The last one is written for all.
    pairs.filter(|(bound, _)| bound.is_finite()).collect()
}

impl Points<'_> {
    fn exemplars_of<'b>(
        &mut self,
        attributes: impl Iterator<Item = &'b KeyValue>,
    ) -> Vec<Exemplar> {
        let own = self.exemplars.as_mut();
        own.map_or_else(Vec::new, |own| own.point(attributes).collect())
    }

    /// Writes a histogram: how many are at most each bound, rising, and how many there
    /// are.
    fn buckets(
        &mut self,
        labels: &str,
        buckets: Vec<(f64, u64)>,
        count: u64,
        sum: impl Number,
        exemplars: &[Exemplar],
    ) {
        let mut above = f64::NEG_INFINITY;
        for (bound, count) in buckets.into_iter().chain([(f64::INFINITY, count)]) {
            let is_here = |it: &&Exemplar| it.value > above && it.value <= bound;
            let own = exemplars.iter().filter(is_here).max_by_key(|it| it.nanos);
            self.out
                .sample(self.name, "_bucket", labels, Some(bound), count, own);
            above = bound;
        }
        self.out.sample(self.name, "_sum", labels, None, sum, None);
        self.out
            .sample(self.name, "_count", labels, None, count, None);
    }
}
