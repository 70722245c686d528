//! What a worker records.
#![cfg(test)]

#[cfg(feature = "apalis")]
mod apalis;
mod attempts;
mod context;
mod correlation;
mod depth;
mod endings;
mod metrics;
mod off;
mod passing;
mod send;
#[cfg(feature = "tokio")]
mod tasks;
mod within;

use std::fmt;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _, TracerProvider as _};
use otelier_core::{Conventions, Propagation};
use otelier_jobs::{Context, Panicked};
use otelier_testing::{Telemetry, capture_with};

/// A capture of a service called `lettuce` that propagates what is usual.
fn capture() -> Telemetry {
    let mut conventions = Conventions::default();
    conventions.namespace = Some("lettuce".to_owned());
    let propagation = Propagation::none().with_trace_context().with_baggage();
    capture_with(propagation, conventions)
}

/// Enqueues a job in a span of its own.
fn enqueue(telemetry: &Telemetry, name: &'static str) -> Context {
    let tracer = telemetry.tracer_provider().tracer("test");
    let span = tracer.start_with_context(name, telemetry.context());
    let _attached = telemetry.context().with_span(span).attach();
    Context::current()
}

#[derive(Debug, PartialEq)]
enum Failed {
    Disk,
    Panic(String),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disk => f.write_str("disk is full"),
            Self::Panic(message) => f.write_str(message),
        }
    }
}

impl From<Panicked> for Failed {
    fn from(panicked: Panicked) -> Self {
        Self::Panic(panicked.to_string())
    }
}
