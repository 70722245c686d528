//! What a series was before: a point in five seconds, for half an hour.

use super::{
    exemplar::{Exemplar, Exemplars},
    metric::{Metric, Point, of_each},
};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, HistogramDataPoint, NumberDataPoint, number_data_point::Value,
};
use std::collections::VecDeque;

/// Points of one series.
const MOST: usize = 360;
/// Points of a series are at least so far apart.
const STEP_NANOS: u64 = 5_000_000_000;
/// None is older than this, seen from the latest.
const SPAN_NANOS: u64 = 30 * 60 * 1_000_000_000;

/// When a point was, and its value or how many it counted.
pub(crate) type Reading = (u64, Option<Value>);

/// The earlier points of a series and its latest, the oldest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    points: VecDeque<(Point, usize)>,
    weight: usize,
    exemplars: Exemplars,
}

impl History {
    /// What it takes in memory.
    pub(super) fn weight(&self) -> usize {
        self.weight + self.exemplars.weight()
    }

    /// The traces that measurements of half an hour lead to, the oldest first.
    pub(crate) fn exemplars(&self) -> impl Iterator<Item = &Exemplar> {
        self.exemplars.iter()
    }

    pub(crate) fn points(&self) -> impl DoubleEndedIterator<Item = &Point> {
        self.points.iter().map(|(point, _)| point)
    }

    /// When the latest points were, and their value or how many each counted; the oldest first.
    pub(crate) fn readings(&self, most: usize) -> Vec<Reading> {
        let points = self.points();
        let count = |count: u64| Some(Value::AsInt(i64::try_from(count).unwrap_or(i64::MAX)));
        let latest = points.rev().take(most).map(|point| {
            let value = match point {
                Point::Number(point) => point.value,
                Point::Histogram(point) => count(point.count),
                Point::ExponentialHistogram(point) => count(point.count),
                Point::Summary(point) => count(point.count),
            };
            (point.time_unix_nano(), value)
        });
        let mut latest: Vec<_> = latest.collect();
        latest.reverse();
        latest
    }

    fn pop(&mut self) {
        if let Some((_, weight)) = self.points.pop_front() {
            self.weight -= weight;
        }
    }

    /// Takes the latest point. With no `room` for another, the oldest goes.
    pub(super) fn push(&mut self, metric: &Metric, room: usize) {
        let at = metric.time_unix_nano();
        let oldest = at.saturating_sub(SPAN_NANOS);
        self.exemplars.push(metric.point(), oldest, room);
        let mut point = bare(metric.point());
        if let Some((last, _)) = self.points.back() {
            let last_at = last.time_unix_nano();
            let before = self.points.len().checked_sub(2);
            let before = before.and_then(|before| self.points.get(before));
            let since = before.map_or(last_at, |(point, _)| point.time_unix_nano());
            if at < last_at {
                return;
            }
            // The latest is always there; it makes way for a later one as long as the one before
            // it is near.
            let near = before.is_some() && at - since < STEP_NANOS;
            if near && let Some((last, weight)) = self.points.pop_back() {
                self.weight -= weight;
                if metric.temporality() == AggregationTemporality::Delta {
                    add(&mut point, &last);
                }
            }
        }
        let weight = weight(&point);
        self.weight += weight;
        self.points.push_back((point, weight));
        while self.points.len() > 1
            && (self.points.len() > MOST
                || self.weight > room
                || self
                    .points
                    .front()
                    .is_some_and(|(point, _)| point.time_unix_nano() < oldest))
        {
            self.pop();
        }
    }
}

/// A point without what is the same in all of its series, and without exemplars,
/// which are kept apart.
fn bare(point: &Point) -> Point {
    let mut point = point.clone();
    of_each!(&mut point, point => point.attributes = Vec::new());
    match &mut point {
        Point::Number(point) => point.exemplars = Vec::new(),
        Point::Histogram(point) => point.exemplars = Vec::new(),
        Point::ExponentialHistogram(point) => point.exemplars = Vec::new(),
        Point::Summary(_) => {}
    }
    point
}

fn weight(point: &Point) -> usize {
    use super::budget::Weigh as _;
    size_of::<(Point, usize)>() + point.heap()
}

/// Adds an earlier delta, where that can be done; else it is lost.
fn add(point: &mut Point, earlier: &Point) {
    match (point, earlier) {
        (Point::Number(point), Point::Number(earlier)) => add_number(point, earlier),
        (Point::Histogram(point), Point::Histogram(earlier)) => add_histogram(point, earlier),
        _ => {}
    }
}

const fn add_number(point: &mut NumberDataPoint, earlier: &NumberDataPoint) {
    point.start_time_unix_nano = earlier.start_time_unix_nano;
    point.value = match (point.value, earlier.value) {
        (Some(Value::AsInt(a)), Some(Value::AsInt(b))) => Some(Value::AsInt(a.wrapping_add(b))),
        (Some(Value::AsDouble(a)), Some(Value::AsDouble(b))) => Some(Value::AsDouble(a + b)),
        (value, _) => value,
    };
}

fn add_histogram(point: &mut HistogramDataPoint, earlier: &HistogramDataPoint) {
    if point.explicit_bounds != earlier.explicit_bounds {
        return;
    }
    point.start_time_unix_nano = earlier.start_time_unix_nano;
    point.count = point.count.saturating_add(earlier.count);
    point.sum = point.sum.zip(earlier.sum).map(|(a, b)| a + b);
    for (count, more) in point.bucket_counts.iter_mut().zip(&earlier.bucket_counts) {
        *count = count.saturating_add(*more);
    }
}

#[cfg(test)]
mod tests {
    use super::{History, MOST};
    use crate::store::{Origin, SharedResource, metric::split};
    use opentelemetry_proto::tonic::metrics::v1::{
        Metric, NumberDataPoint, Sum, metric::Data, number_data_point::Value,
    };

    /// A history of a point a second, one more each, and what is left of it.
    fn history(seconds: u64, temporality: i32, room: usize) -> Vec<(u64, f64)> {
        let origin = Origin::new(&SharedResource::new(None), None);
        let mut history = History::default();
        for second in 0..seconds {
            let point = NumberDataPoint {
                time_unix_nano: second * 1_000_000_000,
                value: Some(Value::AsInt(1)),
                ..NumberDataPoint::default()
            };
            let data = Data::Sum(Sum {
                data_points: vec![point],
                aggregation_temporality: temporality,
                is_monotonic: true,
            });
            let metric = Metric {
                data: Some(data),
                ..Metric::default()
            };
            let metric = split(&origin, metric).pop().unwrap();
            history.push(&metric, room);
        }
        let points = history.points();
        let number = |point: &crate::Point| match point {
            crate::Point::Number(point) => match point.value {
                Some(Value::AsInt(number)) => number as f64,
                _ => 0.0,
            },
            _ => 0.0,
        };
        points
            .map(|point| (point.time_unix_nano() / 1_000_000_000, number(point)))
            .collect()
    }

    #[test]
    fn a_history_has_a_point_in_five_seconds_for_half_an_hour() {
        let points = history(4000, 2, usize::MAX);
        assert!(
            points.len() <= MOST && points.len() > 350,
            "{}",
            points.len()
        );
        assert_eq!(points.last().unwrap().0, 3999);
        let first = points.first().unwrap().0;
        assert!(first >= 3999 - 1800, "{first}");
    }

    #[test]
    fn deltas_that_are_near_are_added_up() {
        let points = history(100, 1, usize::MAX);
        let sum: f64 = points.iter().map(|(_, number)| number).sum();
        assert_eq!(sum, 100.0);
    }

    #[test]
    fn without_room_the_latest_point_is_kept_alone() {
        assert_eq!(history(50, 2, 0), [(49, 1.0)]);
    }
}
