//! `tracing` spans as OpenTelemetry spans, the same in services and in tests.

mod integers;
mod settled;
mod status;

use opentelemetry::trace::Tracer;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter};
use tracing_subscriber::{
    Layer,
    filter::{FilterExt as _, filter_fn},
    registry::LookupSpan,
};

use self::{integers::Integers, settled::Settled, status::ErrorStatus};
use crate::is_own_target;

/// The layer that turns `tracing` spans into spans of a tracer.
///
/// Spans of level INFO and above are taken, except those of telemetry itself.
/// Their fields are attributes: an integer is an integer whatever its type, and
/// a text where an `i64` cannot hold it. The span of `#[tracing::instrument(err)]`
/// has the status error where the function returns one.
#[must_use]
pub fn span_layer<S, T>(tracer: T) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    T: Tracer + Send + Sync + 'static,
    T::Span: Send + Sync,
{
    let spans = |metadata: &Metadata<'_>| metadata.is_span() && !is_own_target(metadata.target());
    let errors = move |metadata: &Metadata<'_>| spans(metadata) || status::tells_error(metadata);
    let status = ErrorStatus.with_filter(filter_fn(errors).and(LevelFilter::INFO));
    tracing_opentelemetry::layer()
        .with_tracer(Settled(tracer))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .and_then(Integers::new())
        .with_filter(filter_fn(spans).and(LevelFilter::INFO))
        .and_then(status)
        .boxed()
}
