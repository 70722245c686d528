use std::time::{Duration, SystemTime};

use opentelemetry::{
    Context, InstrumentationScope,
    metrics::MeterProvider as _,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};

use super::*;
use crate::edge::Exemplars;

/// What is kept with, the scope, and who takes it.
struct Rig {
    durations: Durations,
    exemplars: Exemplars,
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

fn rig() -> Rig {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder()
        .with_reader(PeriodicReader::builder(exporter.clone()).build())
        .build();
    let exemplars = Exemplars::new();
    let conventions = Conventions {
        exemplars: Some(exemplars.clone()),
        ..Conventions::default()
    };
    let meter = provider.meter_with_scope(scope());
    let builder = meter.f64_histogram("took");
    let builder = builder.with_boundaries(vec![1.0, 10.0]);
    Rig {
        durations: Durations::new(builder, scope(), &conventions),
        exemplars,
        provider,
        exporter,
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope::builder("oven").build()
}

fn sampled(number: u64) -> impl FnOnce() -> Option<Sampled> {
    let span = context(number, TraceFlags::SAMPLED);
    let since = SystemTime::UNIX_EPOCH + Duration::from_nanos(number);
    move || Sampled::of(&span, since)
}

fn context(number: u64, flags: TraceFlags) -> SpanContext {
    let trace = TraceId::from(u128::from(number) << 64 | 7);
    SpanContext::new(trace, number.into(), flags, false, TraceState::NONE)
}

/// A line for each: label, value, when, trace and span.
fn taken(exemplars: &Exemplars) -> Vec<String> {
    let mut lines = Vec::new();
    exemplars.take(|of, name, attributes, exemplar| {
        assert_eq!((of, name), (&scope(), "took"));
        let labels = attributes
            .iter()
            .map(|it| format!("{}={}", it.key, it.value));
        let labels = Vec::from_iter(labels).join(",");
        let number = u64::from_be_bytes(exemplar.span_id.to_bytes());
        assert_eq!(
            exemplar.trace_id,
            context(number, TraceFlags::SAMPLED).trace_id()
        );
        let took = (exemplar.value * 1e9).round() as u64;
        assert_eq!(exemplar.span_id, SpanId::from(exemplar.nanos - took));
        lines.push(format!("{labels} {} {number}", exemplar.value));
    });
    lines.sort();
    lines
}

#[test]
fn the_newest_of_each_bucket_is_kept_until_it_is_taken() {
    let rig = rig();
    let bound = rig.durations.bind(&[KeyValue::new("cake", "apple")]);
    for (seconds, number) in [
        (0.5, 1),
        (1.0, 2),
        (1.5, 3),
        (10.0, 4),
        (11.0, 5),
        (99.0, 6),
    ] {
        bound.record(seconds, sampled(number));
    }
    bound.record(0.1, || None);
    let expected = ["cake=apple 1 2", "cake=apple 10 4", "cake=apple 99 6"];
    assert_eq!(taken(&rig.exemplars), expected);
    assert!(taken(&rig.exemplars).is_empty(), "each is taken once");
    bound.record(2.0, sampled(8));
    let expected = ["cake=apple 2 8"];
    assert_eq!(taken(&rig.exemplars), expected);
    // The histogram has all of them.
    drop(rig.provider.force_flush());
    let shown = format!("{:?}", rig.exporter.get_finished_metrics().unwrap());
    assert!(shown.contains("count: 8"), "{shown}");
}

#[test]
fn what_is_bound_no_more_is_taken_once_more() {
    let Rig {
        durations,
        exemplars,
        ..
    } = rig();
    durations.bind(&[]).record(0.5, sampled(1));
    drop(durations);
    assert_eq!(taken(&exemplars), [" 0.5 1"]);
    assert!(format!("{exemplars:?}").starts_with("Exemplars"));
    assert_eq!(exemplars.len(), 0);
}

#[test]
fn what_is_not_bound_is_kept_by_its_labels_as_the_sdk_has_them() {
    let rig = rig();
    let labels = |order: [usize; 3]| {
        let labels = [("b", "1"), ("a", "2"), ("c", "3")];
        order.map(|at| KeyValue::new(labels[at].0, labels[at].1))
    };
    rig.durations.record(0.5, sampled(1), &labels([0, 1, 2]));
    rig.durations.record(0.6, sampled(2), &labels([2, 1, 0]));
    rig.durations.record(0.7, || None, &labels([2, 1, 0]));
    rig.durations.record(5.0, sampled(3), &labels([1, 0, 2]));
    let expected = ["a=2,b=1,c=3 0.6 2", "a=2,b=1,c=3 5 3"];
    assert_eq!(taken(&rig.exemplars), expected);
    assert!(taken(&rig.exemplars).is_empty());
}

#[test]
fn labels_without_end_keep_no_more_than_a_few_hundred() {
    let rig = rig();
    for number in 0..1000_i64 {
        let labels = [KeyValue::new("number", number)];
        rig.durations.record(0.5, sampled(1), &labels);
    }
    assert_eq!(taken(&rig.exemplars).len(), 256);
    let bound = (0..3000_i64).map(|number| {
        let bound = rig.durations.bind(&[KeyValue::new("number", number)]);
        bound.record(0.5, sampled(1));
        bound
    });
    let bound = Vec::from_iter(bound);
    assert_eq!(taken(&rig.exemplars).len(), 2000);
    // They go with what they were bound for, and leave room.
    drop(bound);
    let again = rig.durations.bind(&[]);
    again.record(0.5, sampled(3));
    assert_eq!(taken(&rig.exemplars), [" 0.5 3"]);
}

#[test]
fn a_span_that_is_not_sampled_leaves_nothing() {
    let not = context(1, TraceFlags::default());
    assert!(Sampled::of(&not, SystemTime::now()).is_none());
    let current = |flags| {
        let span = context(5, flags);
        let _current = Context::new().with_remote_span_context(span).attach();
        Sampled::current(Duration::ZERO)
    };
    assert!(current(TraceFlags::default()).is_none());
    assert!(current(TraceFlags::SAMPLED).is_some());
    assert!(Sampled::current(Duration::ZERO).is_none());
}

#[test]
fn where_none_are_asked_for_none_are_kept() {
    let meter = SdkMeterProvider::default().meter("oven");
    let builder = meter.f64_histogram("took");
    let durations = Durations::new(builder, scope(), &Conventions::default());
    durations.bind(&[]).record(1.0, sampled(1));
    durations.record(1.0, sampled(1), &[]);
    assert!(durations.exemplars.is_none());
}
