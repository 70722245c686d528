//! Exemplars of a scrape, and of who exports beside it.

use std::time::Duration;

use opentelemetry::{
    Context, InstrumentationScope,
    metrics::MeterProvider as _,
    trace::{SpanContext, TraceContextExt as _, TraceFlags, TraceState},
};
use opentelemetry_sdk::Resource;
use otelier_core::{
    Conventions,
    edge::{self, Durations, Sampled},
};
use otelier_prometheus::Reader;

use crate::{Bakery, OPEN, TEXT, label, parser::Parsed};

fn sampled(span: u64) -> impl FnOnce() -> Option<Sampled> {
    move || {
        let (flags, state) = (TraceFlags::SAMPLED, TraceState::NONE);
        let span = SpanContext::new(1.into(), span.into(), flags, true, state);
        let _current = Context::new().with_remote_span_context(span).attach();
        Sampled::current(Duration::ZERO)
    }
}

/// A reader of exemplars, and what keeps some.
fn oven() -> (Bakery, Durations) {
    let exemplars = edge::Exemplars::new();
    let reader = Reader::with(Some(exemplars.clone()), None);
    let bakery = Bakery::reading(reader, Resource::builder_empty().build());
    let mut conventions = Conventions::default();
    conventions.exemplars = Some(exemplars);
    let scope = InstrumentationScope::builder("oven").build();
    let meter = bakery.provider.meter_with_scope(scope.clone());
    let took = meter.f64_histogram("took").with_unit("s");
    let took = took.with_boundaries(vec![1.0, 2.0]);
    (bakery, Durations::new(took, scope, &conventions))
}

/// The span of the exemplar of each bucket.
async fn spans(bakery: &Bakery) -> Vec<String> {
    let page = Parsed::open_metrics(&bakery.text(OPEN).await).unwrap();
    let buckets = page.family("took_seconds").samples.iter();
    let spans = buckets.filter_map(|it| {
        let (labels, _, time) = it.exemplar.as_ref()?;
        assert!(*time > 1.6e9, "{time}");
        assert_eq!(labels["trace_id"], "00000000000000000000000000000001");
        Some(format!(
            "{}: {}",
            it.labels["le"],
            labels["span_id"].trim_start_matches('0')
        ))
    });
    let mut spans: Vec<_> = spans.collect();
    spans.sort();
    spans
}

#[tokio::test]
async fn the_newest_exemplar_of_each_bucket_is_told_at_each_scrape() {
    let (bakery, took) = oven();
    let bound = took.bind(&[label("cake", "apple")]);
    bound.record(0.5, sampled(1));
    bound.record(0.7, sampled(2));
    bound.record(1.0, sampled(3));
    bound.record(9.0, sampled(4));
    // A series that is not bound, with its labels in another order.
    took.record(1.5, sampled(5), &[label("b", "2"), label("a", "1")]);
    let expected = ["+Inf: 4", "1.0: 3", "2.0: 5"];
    assert_eq!(spans(&bakery).await, expected);
    assert_eq!(spans(&bakery).await, expected);
    bound.record(0.1, sampled(6));
    assert_eq!(spans(&bakery).await, ["+Inf: 4", "1.0: 6", "2.0: 5"]);
    // Prometheus' own text has no place for them.
    assert!(!bakery.text(TEXT).await.contains("trace_id"));
}

#[tokio::test]
async fn who_exports_beside_scrapes_gets_each_exemplar_once_and_scrapes_lose_none() {
    let (bakery, took) = oven();
    let shared = bakery.reader.share().unwrap();
    let exported = || {
        let mut spans = Vec::new();
        shared.take(|scope, name, attributes, it| {
            assert_eq!((scope.name(), name), ("oven", "took"));
            assert_eq!(attributes, [label("cake", "apple")]);
            spans.push(it.span_id.to_string().trim_start_matches('0').to_owned());
        });
        spans.sort();
        spans
    };
    let bound = took.bind(&[label("cake", "apple")]);
    bound.record(0.5, sampled(1));
    assert_eq!(spans(&bakery).await, ["1.0: 1"]);
    bound.record(1.5, sampled(2));
    assert_eq!(exported(), ["1", "2"]);
    assert_eq!(exported(), [""; 0]);
    assert_eq!(spans(&bakery).await, ["1.0: 1", "2.0: 2"]);
    // Of a bucket the newest alone, however often it is scraped in between.
    for span in 3..6 {
        bound.record(0.5, sampled(span));
        spans(&bakery).await;
    }
    assert_eq!(exported(), ["5"]);
}

#[tokio::test]
async fn an_instrument_has_so_many_series_with_exemplars_and_no_more() {
    let (bakery, took) = oven();
    let shared = bakery.reader.share().unwrap();
    let mut exported = 0;
    for number in 0..2100_i64 {
        took.record(
            0.5,
            sampled(1),
            &[opentelemetry::KeyValue::new("number", number)],
        );
        shared.take(|_, _, _, _| exported += 1);
    }
    assert_eq!(exported, 2100);
    // What the SDK tells apart: the rest is one series, of which no exemplar is known.
    let found = spans(&bakery).await.len();
    assert!((1900..=2000).contains(&found), "{found}");
}
