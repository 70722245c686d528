//! Exemplars of a series: measurements that lead to a trace.

use super::metric::Point;
use crate::id::{SpanId, TraceId};
use opentelemetry_proto::tonic::metrics::v1::{Exemplar as Proto, exemplar::Value};
use std::collections::VecDeque;

/// Of one series; the oldest go.
const MOST: usize = 256;

/// A measurement, and the span that it was made in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exemplar {
    pub(crate) time_unix_nano: u64,
    pub(crate) value: f64,
    pub(crate) trace_id: TraceId,
    /// The sender may leave it out.
    pub(crate) span_id: Option<SpanId>,
}

impl Exemplar {
    /// `None` if it leads nowhere.
    fn of(proto: &Proto) -> Option<Self> {
        Some(Self {
            time_unix_nano: proto.time_unix_nano,
            value: match proto.value? {
                Value::AsDouble(number) => number,
                Value::AsInt(number) => number as f64,
            },
            trace_id: TraceId::from_bytes(&proto.trace_id)?,
            span_id: SpanId::from_bytes(&proto.span_id),
        })
    }

    /// Those of one point, at most the last so many.
    pub(crate) fn all_of(point: &Point) -> impl Iterator<Item = Self> + '_ {
        let all: &[Proto] = match point {
            Point::Number(point) => &point.exemplars,
            Point::Histogram(point) => &point.exemplars,
            Point::ExponentialHistogram(point) => &point.exemplars,
            Point::Summary(_) => &[],
        };
        let last = all.len().saturating_sub(MOST);
        all.get(last..)
            .unwrap_or_default()
            .iter()
            .filter_map(Self::of)
    }
}

/// Those of half an hour.
#[derive(Debug, Clone, Default)]
pub(super) struct Exemplars(VecDeque<Exemplar>);

impl Exemplars {
    pub(super) fn iter(&self) -> impl Iterator<Item = &Exemplar> {
        self.0.iter()
    }

    /// What they take in memory.
    pub(super) fn weight(&self) -> usize {
        self.0.capacity() * size_of::<Exemplar>()
    }

    /// Takes those of the latest point, unless they are older than `oldest`. With no
    /// `room` for them there are none.
    pub(super) fn push(&mut self, point: &Point, oldest: u64, room: usize) {
        if room < MOST * size_of::<Exemplar>() {
            self.0 = VecDeque::new();
            return;
        }
        for exemplar in Exemplar::all_of(point) {
            // A sender may repeat them until there is a newer one.
            if self.0.contains(&exemplar) {
                continue;
            }
            if self.0.len() >= MOST {
                self.0.pop_front();
            }
            self.0.push_back(exemplar);
        }
        let is_old = |exemplar: &Exemplar| exemplar.time_unix_nano < oldest;
        while self.0.front().is_some_and(is_old) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry_proto::tonic::metrics::v1::HistogramDataPoint;

    const ROOM: usize = usize::MAX;

    /// A point with the exemplars of these seconds.
    fn point(seconds: impl IntoIterator<Item = u64>) -> Point {
        let exemplars = seconds.into_iter().map(|second| Proto {
            time_unix_nano: second,
            value: Some(Value::AsDouble(0.5)),
            trace_id: vec![1; 16],
            span_id: vec![2; 8],
            filtered_attributes: Vec::new(),
        });
        Point::Histogram(HistogramDataPoint {
            exemplars: exemplars.collect(),
            ..HistogramDataPoint::default()
        })
    }

    fn seconds(exemplars: &Exemplars) -> Vec<u64> {
        exemplars.iter().map(|it| it.time_unix_nano).collect()
    }

    #[test]
    fn exemplars_stay_for_a_while_and_are_told_once() {
        let mut kept = Exemplars::default();
        kept.push(&point([1, 2]), 0, ROOM);
        kept.push(&point([2, 3]), 0, ROOM);
        kept.push(&point([]), 0, ROOM);
        assert_eq!(seconds(&kept), [1, 2, 3]);
        kept.push(&point([]), 3, ROOM);
        assert_eq!(seconds(&kept), [3]);
    }

    #[test]
    fn exemplars_are_no_more_than_a_few_hundred_and_none_without_room() {
        let mut kept = Exemplars::default();
        kept.push(&point(0..10_000), 0, ROOM);
        kept.push(&point(20_000..20_010), 0, ROOM);
        assert_eq!(seconds(&kept).len(), MOST);
        assert_eq!(seconds(&kept).last(), Some(&20_009));
        assert!(kept.weight() <= 2 * MOST * size_of::<Exemplar>());
        kept.push(&point([30_000]), 0, 100);
        assert_eq!((seconds(&kept).len(), kept.weight()), (0, 0));
    }

    #[test]
    fn one_that_leads_to_no_trace_is_not_kept() {
        let mut kept = Exemplars::default();
        let Point::Histogram(mut histogram) = point([1, 2, 3]) else {
            panic!()
        };
        histogram.exemplars[0].trace_id = Vec::new();
        histogram.exemplars[1].value = None;
        histogram.exemplars[2].span_id = Vec::new();
        kept.push(&Point::Histogram(histogram), 0, ROOM);
        let kept: Vec<_> = kept.iter().map(|it| it.span_id).collect();
        assert_eq!(kept, [None]);
    }
}
