//! The status of spans whose function returned an error.

use std::fmt::Debug;

use opentelemetry::{Context as OtelContext, trace::TraceContextExt as _};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{layer::Context, registry::LookupSpan};

use crate::Message;

/// The field that the macro writes.
const ERROR: &str = "error";

/// Whether an event may be that of the macro: it has an error and no message.
pub(super) fn tells_error(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
        && *metadata.level() == Level::ERROR
        && metadata.fields().field(ERROR).is_some()
        && metadata.fields().field("message").is_none()
}

/// Gives the span of `#[tracing::instrument(err)]` the status error when its
/// function returns one, described by what the error says.
///
/// The macro says so by an event of level ERROR, which becomes a log record and
/// not an event of the span. Other events of level ERROR change no status: a
/// service may log an error and go on. `err(level = "warn")` changes none either.
pub(super) fn set<S>(event: &Event<'_>, cx: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(span) = cx.event_span(event) else {
        return;
    };
    // The macro places its event where it placed its span. A span that is not
    // exported is not seen here, so that the one around it keeps its status.
    if is_of(event.metadata(), span.metadata()) {
        let mut said = Said::default();
        event.record(&mut said);
        OtelContext::map_current(|cx| cx.span().set_status(said.0.status("")));
    }
}

/// What the field of the error says.
#[derive(Default)]
struct Said(Message);

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == ERROR {
            // What was recorded by `Display` comes as this, too.
            self.0 = Message::of(format_args!("{value:?}"));
        }
    }
}

fn is_of(event: &Metadata<'_>, span: &Metadata<'_>) -> bool {
    event.line() == span.line() && event.file() == span.file() && event.target() == span.target()
}
