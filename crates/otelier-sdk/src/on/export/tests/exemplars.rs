//! Exemplars on their way out.

use std::time::Duration;

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    metrics::MeterProvider as _,
    trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState},
};
use opentelemetry_sdk::metrics::{
    Aggregation, InMemoryMetricExporter, Instrument, PeriodicReader, Stream,
};
use otelier_collector::{Point, Store};
use otelier_core::{
    Conventions,
    edge::{Durations, Sampled},
};

use super::{collector, metrics::Meters};
use crate::imp::hooks::Hooks;

/// What an edge has.
pub(super) fn durations(meters: &Meters) -> Durations {
    let mut conventions = Conventions::default();
    conventions.exemplars.clone_from(&meters.exemplars);
    let scope = InstrumentationScope::builder("oven").build();
    let meter = meters.provider.meter_with_scope(scope.clone());
    let builder = meter.f64_histogram("took");
    Durations::new(builder.with_boundaries(vec![1.0]), scope, &conventions)
}

pub(super) fn sampled() -> Option<Sampled> {
    let state = TraceState::NONE;
    let span = SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, true, state);
    let _current = Context::new().with_remote_span_context(span).attach();
    Sampled::current(Duration::ZERO)
}

pub(super) fn labels() -> [KeyValue; 2] {
    [KeyValue::new("cake", "apple"), KeyValue::new("oven", 1)]
}

/// How many exemplars the latest point of this name has.
pub(super) fn arrived(store: &Store, name: &str) -> usize {
    let metrics = store.metrics_named(name);
    assert_eq!(metrics.len(), 1, "{name}");
    match metrics[0].point() {
        Point::Histogram(point) => point.exemplars.len(),
        Point::ExponentialHistogram(point) => point.exemplars.len(),
        point => panic!("{point:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn our_reader_takes_exemplars_at_each_collection_and_another_sees_none() {
    let collector = collector().await;
    let theirs = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(theirs.clone()).build();
    let hooks = Hooks::new().with_metric_reader(reader);
    let meters = Meters::with(&collector.grpc_endpoint(), &[], &hooks);
    let bound = durations(&meters).bind(&labels());
    for (seconds, expected) in [(&[0.5, 0.6, 2.0][..], 2), (&[], 0), (&[0.7], 1)] {
        for seconds in seconds {
            bound.record(*seconds, sampled);
        }
        meters.flush().await;
        assert_eq!(arrived(collector.store(), "took"), expected);
    }
    let shown = format!("{:?}", theirs.get_finished_metrics().unwrap());
    assert!(shown.contains("exemplars: []") && !shown.contains("exemplars: [E"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_view_of_buckets_keeps_exemplars_and_one_of_names_loses_them() {
    let stream = || Stream::builder();
    let buckets = move || {
        stream().with_aggregation(Aggregation::ExplicitBucketHistogram {
            boundaries: vec![0.1, 0.2],
            record_min_max: false,
        })
    };
    let exponential = move || {
        stream().with_aggregation(Aggregation::Base2ExponentialHistogram {
            max_size: 160,
            max_scale: 20,
            record_min_max: true,
        })
    };
    for (kind, name, expected) in [(0, "took", 1), (1, "took", 1), (2, "renamed", 0)] {
        let collector = collector().await;
        let view = move |it: &Instrument| {
            let stream = match kind {
                0 => buckets(),
                1 => exponential(),
                _ => stream().with_name("renamed"),
            };
            (it.name() == "took").then(|| stream.build().unwrap())
        };
        let hooks = Hooks::new().with_view(view);
        let meters = Meters::with(&collector.grpc_endpoint(), &[], &hooks);
        let durations = durations(&meters);
        durations.record(0.5, sampled, &labels());
        meters.flush().await;
        assert_eq!(arrived(collector.store(), name), expected, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn none_are_kept_where_none_would_leave() {
    let collector = collector().await;
    let kept = |variables: &[(&str, &str)]| {
        let meters = Meters::with(&collector.grpc_endpoint(), variables, &Hooks::new());
        meters.exemplars.is_some()
    };
    assert!(kept(&[]));
    assert!(!kept(&[("OTEL_METRICS_EXEMPLAR_FILTER", "always_off")]));
    let stock = ("OTELIER_EXPORTER", "stock");
    assert_eq!(kept(&[stock]), !crate::imp::export::HAS_STOCK);
    // JSON is ours in any case, and so is what is printed.
    assert!(kept(&[stock, ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]));
    assert!(kept(&[stock, ("OTEL_METRICS_EXPORTER", "otlp,console")]));
}
