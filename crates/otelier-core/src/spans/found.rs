//! The layer by which `OpenTelemetrySpanExt` finds the data of a span.

use std::cell::Cell;

use tracing::{
    Metadata, Subscriber,
    span::{Attributes, Id},
    subscriber::Interest,
};
use tracing_subscriber::{
    filter::LevelFilter,
    layer::{Context, Filter},
    registry::LookupSpan,
};

/// Keeps all spans from a layer of tracing-opentelemetry that is there to be found:
/// it looks for data of its type, which ours has put in its place.
///
/// The layer still gets those for which nobody was asked, as `Span::new` makes them.
/// They are left to it.
#[derive(Debug)]
pub(super) struct Unasked;

thread_local! {
    /// The last that came here.
    static LAST: Cell<Option<u64>> = const { Cell::new(None) };
}

/// On a span that came here.
struct Taken;

/// Whether a new span was left to the other layer.
pub(super) fn is_taken<S>(id: &Id, cx: &Context<'_, S>) -> bool
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    LAST.get() == Some(id.into_u64())
        // Ids are used again.
        && cx
            .span(id)
            .is_some_and(|span| span.extensions().get::<Taken>().is_some())
}

impl<S> Filter<S> for Unasked
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        false
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::never()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::OFF)
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        if let Some(span) = cx.span(id) {
            span.extensions_mut().replace(Taken);
            LAST.set(Some(id.into_u64()));
        }
    }
}
