//! `#[tracing::instrument]`, and a span by hand.

use std::{hint::black_box, pin::pin, time::SystemTime};

use measure::{drive, measure, tracers};
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::trace::SdkTracer;
use otelier_core::span_layer;
use tracing::{Dispatch, instrument};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::Never;

pub const NAMES: [&str; 7] = [
    "a span by hand",
    "tracing::instrument, otelier's layer",
    "tracing::instrument, otelier's layer, async",
    "tracing::instrument, otelier's layer, not sampled",
    "tracing::instrument, tracing-opentelemetry's layer",
    "tracing::instrument, tracing-opentelemetry's layer, not sampled",
    "tracing::instrument, no subscriber",
];

#[inline(never)]
#[instrument(skip_all, fields(id, label = label.len()), err(level = "debug"))]
fn instrumented(id: u64, label: &str) -> Result<u64, Never> {
    black_box(label);
    Ok(black_box(id))
}

#[instrument(skip_all, fields(id, label = label.len()), err(level = "debug"))]
async fn instrumented_later(id: u64, label: &str) -> Result<u64, Never> {
    black_box(label);
    Ok(black_box(id))
}

#[inline(never)]
fn by_hand(tracer: &SdkTracer, id: u64, label: &str) -> Result<u64, Never> {
    let span = SpanBuilder::from_name("orders::ship")
        .with_kind(SpanKind::Internal)
        .with_start_time(SystemTime::now())
        .with_attributes([
            KeyValue::new("id", i64::try_from(id).unwrap_or(i64::MAX)),
            KeyValue::new("label.type", "&str"),
            KeyValue::new(
                "label.length",
                i64::try_from(label.len()).unwrap_or(i64::MAX),
            ),
            KeyValue::new("code.function.name", "shop::orders::ship"),
        ]);
    let span = tracer.build_with_context(span, &Context::current());
    let _current = Context::current_with_span(span).attach();
    black_box(label);
    Ok(black_box(id))
}

pub fn run(variant: &str) {
    let tracer = tracers().tracer("bench");
    if variant == "a span by hand" {
        return measure(|count| {
            for id in 0..count {
                black_box(by_hand(&tracer, id, "to Riga")).ok();
            }
        });
    }
    let registry = tracing_subscriber::registry;
    let dispatch: Option<Dispatch> = if variant.contains("otelier's") {
        Some(registry().with(span_layer(tracer)).into())
    } else if variant.contains("tracing-opentelemetry's") {
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        Some(registry().with(layer).into())
    } else {
        None
    };
    if let Some(dispatch) = dispatch {
        tracing::dispatcher::set_global_default(dispatch).expect("the first");
    }
    let is_async = variant.ends_with("async");
    measure(|count| {
        for id in 0..count {
            if is_async {
                drive(pin!(instrumented_later(id, "to Riga"))).ok();
            } else {
                black_box(instrumented(id, "to Riga")).ok();
            }
        }
    });
}
