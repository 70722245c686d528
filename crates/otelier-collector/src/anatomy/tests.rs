use super::{Anatomy, MOST_STRETCHES};
use crate::store::{Origin, SharedResource as Shared, Span, Trace};
use opentelemetry_proto::tonic::trace::v1::Span as Proto;
use proptest::prelude::*;
use std::sync::Arc;

/// A trace of spans: name, id, parent, start, end.
fn trace(spans: &[(&str, u64, u64, u64, u64)]) -> Trace {
    let origin = Origin::new(&Shared::new(None), None);
    let spans = spans.iter().map(|(name, id, parent, start, end)| {
        let parent = match parent {
            0 => Vec::new(),
            parent => parent.to_be_bytes().to_vec(),
        };
        let proto = Proto {
            trace_id: vec![1; 16],
            span_id: id.to_be_bytes().to_vec(),
            parent_span_id: parent,
            name: (*name).into(),
            start_time_unix_nano: *start,
            end_time_unix_nano: *end,
            ..Proto::default()
        };
        Arc::new(Span::new(&origin, proto).unwrap())
    });
    let spans: Vec<_> = spans.collect();
    Trace {
        id: spans[0].trace_id(),
        spans,
        logs: Vec::new(),
        grown: 1,
    }
}

#[test]
fn the_critical_path_goes_by_the_children_that_end_last() {
    let anatomy = Anatomy::of(&trace(&[
        ("root", 1, 0, 0, 100),
        ("first", 2, 1, 10, 40),
        ("beside", 3, 1, 15, 30),
        ("last", 4, 1, 50, 90),
        ("inner", 5, 4, 60, 70),
        ("job that outlives all", 6, 1, 95, 300),
        ("after", 7, 1, 120, 130),
    ]));
    let critical: Vec<_> = anatomy.parts.iter().map(|part| &*part.critical).collect();
    let expected: [&[_]; 7] = [
        &[(0, 10), (40, 50), (90, 95)],
        &[(10, 40)],
        &[],
        &[(50, 60), (70, 90)],
        &[(60, 70)],
        &[(95, 100)],
        &[],
    ];
    assert_eq!(critical, expected);
    assert_eq!(anatomy.critical_nanos, 100);
    let own: Vec<_> = anatomy.parts.iter().map(|part| part.own_nanos).collect();
    assert_eq!(own, [25, 30, 15, 30, 10, 205, 10]);
}

#[test]
fn a_gap_is_more_than_a_fifth_of_a_span_with_children() {
    let anatomy = Anatomy::of(&trace(&[
        ("root", 1, 0, 0, 100),
        ("a", 2, 1, 21, 40),
        ("b", 3, 1, 60, 70),
        ("leaf", 4, 9, 90, 190),
        ("early", 5, 2, 11, 25),
    ]));
    assert_eq!(anatomy.parts[0].gaps, [(0, 21), (70, 100)]);
    assert_eq!(anatomy.parts[1].gaps, [(25, 40)]);
    assert!(anatomy.parts[3].gaps.is_empty() && anatomy.parts[3].missing_parent);
    assert_eq!(anatomy.parts[4].skew_nanos, 10);
    assert_eq!((anatomy.missing_parents, anatomy.skewed), (1, 1));
}

#[test]
fn equal_siblings_are_a_group_from_three_on() {
    let mut spans = vec![("root", 1, 0, 0, 1000)];
    spans.extend((2..39).map(|id| ("SELECT orders", id, 1, id * 10, id * 10 + 5)));
    spans.extend([
        ("INSERT", 100, 1, 0, 1),
        ("INSERT", 101, 1, 0, 1),
        ("SELECT orders", 102, 2, 0, 1),
    ]);
    let anatomy = Anatomy::of(&trace(&spans));
    assert_eq!(anatomy.groups.len(), 1);
    let group = &anatomy.groups[0];
    assert_eq!((group.count, group.nanos, group.first), (37, 185, 1));
    let grouped = anatomy.parts.iter().filter(|part| part.group == Some(0));
    assert_eq!(grouped.count(), 37);
}

#[test]
fn fifty_thousand_spans_deep_and_wide_are_looked_at() {
    let deep: Vec<_> = (1..=50_000)
        .map(|id| ("deep", id, id - 1, id, 200_000 - id))
        .collect();
    let deep = Anatomy::of(&trace(&deep));
    assert_eq!(deep.critical_nanos, 199_998);
    let mut wide = vec![("root", 1, 0, 0, 500_000)];
    wide.extend((2..=50_000).map(|id| ("wide", id, 1, id * 10, id * 10 + 5)));
    let wide = Anatomy::of(&trace(&wide));
    assert_eq!(wide.critical_nanos, 500_000);
    assert_eq!(wide.parts[0].critical.len(), MOST_STRETCHES);
    assert_eq!(wide.groups[0].count, 49_999);
}

proptest! {
    #[test]
    fn the_critical_path_covers_the_root_once(
        spans in prop::collection::vec((0..20_u64, 0..100_u64, 0..60_u64), 1..40)
    ) {
        let spans: Vec<_> = spans.iter().enumerate()
            .map(|(at, (parent, start, length))| {
                ("s", at as u64 + 1, if at == 0 { 0 } else { *parent }, *start, start + length)
            })
            .collect();
        let trace = trace(&spans);
        let anatomy = Anatomy::of(&trace);
        let root = trace.root().unwrap();
        prop_assert_eq!(u128::from(anatomy.critical_nanos), root.duration().as_nanos());
        let mut all: Vec<_> = anatomy.parts.iter().flat_map(|part| part.critical.clone()).collect();
        all.sort_unstable();
        prop_assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0), "{:?}", all);
        for (part, span) in anatomy.parts.iter().zip(trace.spans()) {
            prop_assert!(u128::from(part.own_nanos) <= span.duration().as_nanos());
        }
    }
}
