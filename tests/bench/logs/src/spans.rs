//! Spans of `tracing` with five fields, three of them integers.

use std::time::Duration;

use measure::measure;
use opentelemetry::{Context, trace::TracerProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor},
};
use otelier_core::span_layer;
use tracing::{Dispatch, field::Empty};
use tracing_subscriber::layer::SubscriberExt as _;

pub const NAMES: [&str; 5] = [
    "tracing span, ours",
    "tracing span, not sampled, ours",
    "tracing span, an integer late, ours",
    "tracing span below the level, ours",
    "tracing span, tracing-opentelemetry",
];

/// Drops every span.
#[derive(Debug)]
struct Sink;

impl SpanProcessor for Sink {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        drop(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

pub fn run(variant: &str) {
    let sampler = if variant.contains("not sampled") {
        Sampler::AlwaysOff
    } else {
        Sampler::AlwaysOn
    };
    let tracers = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_span_processor(Sink)
        .build();
    let tracer = tracers.tracer("bench");
    let registry = tracing_subscriber::registry;
    let dispatch: Dispatch = if variant.ends_with("ours") {
        registry().with(span_layer(tracer)).into()
    } else {
        let layer = tracing_opentelemetry::layer()
            .with_tracer(tracer)
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        registry().with(layer).into()
    };
    tracing::dispatcher::set_global_default(dispatch).expect("the first");
    let (is_late, is_below) = (variant.contains("late"), variant.contains("below"));
    measure(|count| {
        for order in 0..count {
            let span = if is_below {
                tracing::debug_span!("order", order, items = 3_u32, total = 7_u64, shop = "north")
            } else {
                tracing::info_span!(
                    "order",
                    order,
                    items = 3_u32,
                    total = 7_u64,
                    shop = "north",
                    late = Empty
                )
            };
            let _entered = span.enter();
            if is_late {
                span.record("late", 8_u64);
            }
        }
    });
}
