//! The bridge to OpenTelemetry, and the ids of its current context.

mod bridge;
mod error_type;
mod filter;
mod panics;
mod record;
mod span_fields;

#[cfg(feature = "console")]
use opentelemetry::{Context, trace::TraceContextExt as _};

pub use self::bridge::{Bridge, Ship, bridge};
pub use self::filter::ShipFilter;
pub(crate) use self::panics::record_panics;

/// The ids of the current span.
#[cfg(feature = "console")]
#[derive(Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) trace: u128,
    pub(crate) span: u64,
}

/// The same ids that a log record gets which is emitted now.
#[cfg(feature = "console")]
pub(crate) fn current_ids() -> Option<Ids> {
    Context::map_current(|context| {
        let span = context.span();
        let ids = span.span_context();
        ids.is_valid().then(|| Ids {
            trace: u128::from_be_bytes(ids.trace_id().to_bytes()),
            span: u64::from_be_bytes(ids.span_id().to_bytes()),
        })
    })
}
