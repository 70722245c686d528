//! `tracing` spans as OpenTelemetry spans, the same in services and in tests.

mod found;
mod gathered;
mod late;
mod layer;
mod prepared;
mod status;

use opentelemetry::trace::Tracer;
use tracing::Subscriber;
use tracing_subscriber::{Layer, registry::LookupSpan};

use self::{found::Unasked, layer::SpanLayer, prepared::Prepared};

/// The layer that turns `tracing` spans into spans of a tracer.
///
/// Spans of level INFO and above are taken, except those of telemetry itself.
/// Their fields are attributes: an integer is an integer whatever its type, and
/// a text where an `i64` cannot hold it. The span of `#[tracing::instrument(err)]`
/// has the status error where the function returns one.
///
/// `tracing_opentelemetry::OpenTelemetrySpanExt` works on them, as on those of its
/// own layer.
#[must_use]
pub fn span_layer<S, T>(tracer: T) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    T: Tracer + Send + Sync + 'static,
    T::Span: Send + Sync,
{
    let tracer = Prepared::new(tracer);
    let ours = SpanLayer::new(tracer.clone());
    // The outer one says which levels anybody wants.
    layer::theirs(tracer)
        .with_filter(Unasked)
        .and_then(ours.with_filter(layer::filter()))
        .boxed()
}
