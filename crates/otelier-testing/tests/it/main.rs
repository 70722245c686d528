//! What a test sees of its own telemetry.
#![cfg(test)]

mod isolation;
mod of_tracing;
mod span_layer;
mod views;

use opentelemetry::{InstrumentationScope, global::BoxedTracer};
use otelier_core::Source;

/// The tracer that an instrumentation made here would use.
fn tracer() -> BoxedTracer {
    let source = Source::current();
    let providers = source.providers().expect("telemetry is captured");
    providers.tracer(InstrumentationScope::builder("test").build())
}
