//! Guesses quantiles from buckets, as Prometheus does: evenly spread within each.

use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, exponential_histogram_data_point::Buckets,
};

pub(crate) const NAMES: [&str; 3] = ["p50", "p95", "p99"];
const SHARES: [f64; 3] = [0.5, 0.95, 0.99];

/// One for each name.
pub(crate) type Estimates = [f64; 3];

/// A bucket: its bounds and its count.
pub(super) type Bucket = (f64, f64, u64);

pub(crate) fn of_histogram(point: &HistogramDataPoint) -> Option<Estimates> {
    let (bounds, counts) = (&point.explicit_bounds, &point.bucket_counts);
    if counts.len() != bounds.len() + 1 {
        return None;
    }
    let first = bounds.first().copied().unwrap_or_default();
    let least = point.min.unwrap_or(if first > 0.0 { 0.0 } else { first });
    let most = point
        .max
        .or_else(|| bounds.last().copied())
        .unwrap_or(least);
    let from = std::iter::once(least).chain(bounds.iter().copied());
    let to = bounds.iter().copied().chain([most]);
    let buckets = from
        .zip(to)
        .zip(counts)
        .map(|((from, to), count)| (from, to, *count));
    let buckets: Vec<_> = buckets.collect();
    estimate(&buckets, point.min, point.max, |from, to, share| {
        from + (to - from) * share
    })
}

/// The buckets of an exponential histogram, the lowest first.
pub(super) fn buckets(point: &ExponentialHistogramDataPoint) -> Vec<Bucket> {
    let base = 2_f64.powf(2_f64.powi(point.scale.saturating_neg()));
    let side = |buckets: &Option<Buckets>| -> Vec<Bucket> {
        let Some(buckets) = buckets else {
            return Vec::new();
        };
        let bound = |at: usize| base.powf(f64::from(buckets.offset) + at as f64);
        let counts = buckets.bucket_counts.iter().enumerate();
        counts
            .map(|(at, count)| (bound(at), bound(at + 1), *count))
            .collect()
    };
    let negative = side(&point.negative);
    let mut buckets: Vec<_> = (negative.iter().rev())
        .map(|(from, to, count)| (-to, -from, *count))
        .collect();
    let zero = point.zero_threshold;
    buckets.push((-zero, zero, point.zero_count));
    buckets.extend(side(&point.positive));
    buckets
}

pub(crate) fn of_exponential(point: &ExponentialHistogramDataPoint) -> Option<Estimates> {
    let buckets = buckets(point);
    estimate(&buckets, point.min, point.max, |from, to, share| {
        // Buckets grow by a factor, so that is how they are spread.
        match from > 0.0 && to.is_finite() {
            true => from * (to / from).powf(share),
            false => from + (to - from) * share,
        }
    })
}

fn estimate(
    buckets: &[Bucket],
    min: Option<f64>,
    max: Option<f64>,
    within: impl Fn(f64, f64, f64) -> f64,
) -> Option<Estimates> {
    let total: f64 = buckets.iter().map(|(.., count)| *count as f64).sum();
    if total <= 0.0 {
        return None;
    }
    Some(SHARES.map(|share| {
        let rank = share * total;
        let mut before = 0.0;
        let mut value = f64::NAN;
        for (from, to, count) in buckets {
            let count = *count as f64;
            if count > 0.0 && before + count >= rank {
                value = within(*from, *to, (rank - before) / count);
                break;
            }
            before += count;
        }
        let value = min.map_or(value, |min| value.max(min));
        max.map_or(value, |max| value.min(max))
    }))
}

#[cfg(test)]
mod tests {
    use super::{of_exponential, of_histogram};
    use opentelemetry_proto::tonic::metrics::v1::{
        ExponentialHistogramDataPoint, HistogramDataPoint,
        exponential_histogram_data_point::Buckets,
    };

    #[test]
    fn quantiles_lie_where_the_buckets_have_them() {
        let point = HistogramDataPoint {
            explicit_bounds: vec![10.0, 20.0],
            bucket_counts: vec![50, 50, 0],
            ..HistogramDataPoint::default()
        };
        assert_eq!(of_histogram(&point), Some([10.0, 19.0, 19.8]));
        let cut = HistogramDataPoint {
            max: Some(12.0),
            ..point
        };
        assert_eq!(of_histogram(&cut), Some([10.0, 12.0, 12.0]));
        assert_eq!(of_histogram(&HistogramDataPoint::default()), None);
        let point = ExponentialHistogramDataPoint {
            positive: Some(Buckets {
                offset: 1,
                bucket_counts: vec![4],
            }),
            ..ExponentialHistogramDataPoint::default()
        };
        let [p50, ..] = of_exponential(&point).unwrap();
        assert!((p50 - 8_f64.sqrt()).abs() < 1e-9, "{p50}");
    }
}
