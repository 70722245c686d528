//! Spans of `tracing`: with five fields, three of them integers, entered and left;
//! and with three fields around a future, as a handler has it.

use std::{
    pin::pin,
    task::{Context as TaskContext, Waker},
};

use measure::{below_caller, measure};
use opentelemetry::trace::TracerProvider as _;
use otelier_core::span_layer;
use oxtel_sdk::trace::{self as theirs, ExportError};
use tracing::{Dispatch, Instrument as _, field::Empty};
use tracing_subscriber::layer::SubscriberExt as _;

use super::jobs::tracers;

pub const NAMES: [&str; 14] = [
    "tracing span, ours",
    "tracing span, not sampled, ours",
    "tracing span, an integer late, ours",
    "tracing span below the level, ours",
    "tracing span, tracing-opentelemetry",
    "tracing span, oxtel",
    "tracing span, not sampled, oxtel",
    "tracing span in a handler, ours",
    "tracing span in a handler, not sampled, ours",
    "tracing span in a handler, tracing-opentelemetry",
    "tracing span in a handler, not sampled, tracing-opentelemetry",
    "tracing span in a handler, tracing-opentelemetry as it comes",
    "tracing span in a handler, oxtel",
    "tracing span in a handler, not sampled, oxtel",
];

/// Drops every span of oxtel's.
#[derive(Debug)]
struct Sink;

impl theirs::SpanProcessor for Sink {
    fn on_end(&self, span: theirs::SpanData) {
        drop(span);
    }

    fn force_flush(&self) -> Result<(), ExportError> {
        Ok(())
    }

    fn shutdown(&self) -> Result<(), ExportError> {
        Ok(())
    }
}

/// What takes the spans of a variant.
fn dispatch(variant: &str) -> Dispatch {
    if variant.ends_with("oxtel") {
        let sampler = if variant.contains("not sampled") {
            theirs::Sampler::AlwaysOff
        } else {
            theirs::Sampler::AlwaysOn
        };
        let oxtel = oxtel::builder()
            .without_env_exporters()
            .without_local_logs()
            .with_sampler(theirs::Sampler::ParentBased(Box::new(sampler)))
            .with_traces(|traces| traces.with_processor(Sink));
        return oxtel.build().expect("oxtel").dispatch().clone();
    }
    let tracer = tracers(variant).tracer("bench");
    let registry = tracing_subscriber::registry;
    let layer = tracing_opentelemetry::layer().with_tracer(tracer.clone());
    if variant.ends_with("ours") {
        registry().with(span_layer(tracer)).into()
    } else if variant.ends_with("as it comes") {
        registry().with(layer).into()
    } else {
        let layer = layer
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false);
        registry().with(layer).into()
    }
}

pub fn run(variant: &str) {
    tracing::dispatcher::set_global_default(dispatch(variant)).expect("the first");
    if variant.contains("handler") {
        handlers(variant);
        return;
    }
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

/// Below the span of a request: one of OpenTelemetry's, or of `tracing` where that has
/// none beside it.
fn handlers(variant: &str) {
    let _request = below_caller(variant).attach();
    let request = if variant.ends_with("oxtel") {
        tracing::info_span!("request")
    } else {
        tracing::Span::none()
    };
    let _entered = request.enter();
    measure(|count| {
        let mut cx = TaskContext::from_waker(Waker::noop());
        for order in 0..count {
            let span = tracing::info_span!("order", order, shop = "north", paid = true);
            let handler = pin!(async { std::hint::black_box(order) }.instrument(span));
            assert!(handler.poll(&mut cx).is_ready());
        }
    });
}
