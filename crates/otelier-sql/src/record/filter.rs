//! Which events and spans are asked for.

use otelier_core::edge::{CLAIMED, SHADOW};
use tracing_core::{Interest, LevelFilter, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// Where sqlx logs its statements.
const STATEMENTS: &str = "sqlx::query";

/// What sqlx logs of statements, and the spans that say whose they are.
#[derive(Debug)]
pub(crate) struct Only;

/// What `tracing::enabled!` asks about is neither event nor span.
fn is_asked_for(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        matches!(metadata.target(), CLAIMED | SHADOW)
    } else {
        metadata.target() == STATEMENTS
    }
}

impl<S> Filter<S> for Only {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        is_asked_for(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if is_asked_for(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    /// The level of sqlx unless it is told another. To ask for `TRACE` would have each
    /// line of each HTTP/2 frame looked at.
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }
}
