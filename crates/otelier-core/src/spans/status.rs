//! The status of spans whose function returned an error.

use opentelemetry::{
    Context as OtelContext,
    trace::{Status, TraceContextExt as _},
};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// Gives the span of `#[tracing::instrument(err)]` the status error when its
/// function returns one.
///
/// The macro says so by an event of level ERROR, which becomes a log record and
/// not an event of the span. Other events of level ERROR change no status: a
/// service may log an error and go on. `err(level = "warn")` changes none either.
#[derive(Debug)]
pub(super) struct ErrorStatus;

/// Whether an event may be that of the macro: it has an error and no message.
pub(super) fn tells_error(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
        && *metadata.level() == Level::ERROR
        && metadata.fields().field("error").is_some()
        && metadata.fields().field("message").is_none()
}

impl<S> Layer<S> for ErrorStatus
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_event(&self, event: &Event<'_>, cx: Context<'_, S>) {
        let Some(span) = cx.event_span(event) else {
            return;
        };
        // The macro places its event where it placed its span. A span that is not
        // exported is not seen here, so that the one around it keeps its status.
        if is_of(event.metadata(), span.metadata()) {
            OtelContext::map_current(|cx| cx.span().set_status(Status::error("")));
        }
    }
}

fn is_of(event: &Metadata<'_>, span: &Metadata<'_>) -> bool {
    event.line() == span.line() && event.file() == span.file() && event.target() == span.target()
}
