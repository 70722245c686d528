//! From `OTEL_PROPAGATORS` to propagators.

use std::sync::Arc;

use opentelemetry::propagation::{TextMapCompositePropagator, TextMapPropagator};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use otelier_core::Propagation;

use super::{b3, config::Propagator};

/// What our own instrumentations use.
pub(crate) fn ours(propagators: &[Propagator]) -> Propagation {
    propagators
        .iter()
        .fold(Propagation::none(), |all, propagator| match propagator {
            Propagator::TraceContext => all.with_trace_context(),
            Propagator::Baggage => all.with(Arc::new(BaggagePropagator::new())),
            Propagator::B3 => all.with(Arc::new(b3::Single::new())),
            Propagator::B3Multi => all.with(Arc::new(b3::Multi::new())),
        })
}

/// The same for `opentelemetry::global`, which other instrumentations ask.
pub(crate) fn global(propagators: &[Propagator]) -> TextMapCompositePropagator {
    let each = propagators.iter().map(|propagator| match propagator {
        Propagator::TraceContext => boxed(TraceContextPropagator::new()),
        Propagator::Baggage => boxed(BaggagePropagator::new()),
        Propagator::B3 => boxed(b3::Single::new()),
        Propagator::B3Multi => boxed(b3::Multi::new()),
    });
    TextMapCompositePropagator::new(each.collect())
}

fn boxed(
    propagator: impl TextMapPropagator + Send + Sync + 'static,
) -> Box<dyn TextMapPropagator + Send + Sync> {
    Box::new(propagator)
}
