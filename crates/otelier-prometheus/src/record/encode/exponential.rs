//! Exponential histograms, whose buckets Prometheus' text does not have.

use std::collections::BTreeMap;

use opentelemetry_sdk::metrics::data::{ExponentialBucket, ExponentialHistogramDataPoint};

/// How many observations are at most each bound. The bounds are powers of two: they
/// stay the same when the histogram changes its scale, as series must. There are no
/// more of them than the histogram has buckets.
pub(super) fn exponential<T>(point: &ExponentialHistogramDataPoint<T>) -> Vec<(f64, u64)> {
    let scale = i32::from(point.scale());
    let (negative, positive) = (
        by_power(point.negative_bucket(), scale),
        by_power(point.positive_bucket(), scale),
    );
    let mut sum = 0;
    let mut buckets: Vec<(f64, u64)> = Vec::new();
    // From the largest ones on: a bucket of `-2^(n + 1)` to `-2^n` ends in the latter.
    for (power, count) in negative.into_iter().rev() {
        sum += count;
        buckets.push((-two_to(power.saturating_sub(width(scale))), sum));
    }
    sum += point.zero_count();
    if sum > 0 {
        buckets.push((point.zero_threshold(), sum));
    }
    for (power, count) in positive {
        sum += count;
        let bound = two_to(power);
        if bound.is_finite() {
            buckets.push((bound, sum));
        }
    }
    // What is too small for a number is zero, too.
    buckets.dedup_by(|next, last| {
        next.0 == last.0 && {
            last.1 = next.1;
            true
        }
    });
    buckets
}

/// Counts by the power of two that they are at most, without holes.
fn by_power(bucket: &ExponentialBucket, scale: i32) -> BTreeMap<i32, u64> {
    let mut powers = BTreeMap::new();
    let mut is_begun = false;
    for (at, count) in (0_i32..).zip(bucket.counts()) {
        is_begun |= count > 0;
        if is_begun {
            let index = bucket.offset().saturating_add(at);
            // Of the bucket whose upper bound is 2^((index + 1) / 2^scale).
            let power = match scale {
                0.. => (index >> scale.min(31)).saturating_add(1),
                _ => index.saturating_add(1).saturating_mul(width(scale)),
            };
            *powers.entry(power).or_insert(0) += count;
        }
    }
    powers
}

/// How many powers of two are in a bucket at least.
fn width(scale: i32) -> i32 {
    1_i32 << (-scale).clamp(0, 11)
}

fn two_to(power: i32) -> f64 {
    f64::from(power).exp2()
}
