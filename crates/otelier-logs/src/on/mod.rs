//! The bridge to OpenTelemetry, and the ids of its current context.

mod bridge;
mod filter;
mod panics;
mod record;
mod span_fields;

#[cfg(feature = "console")]
use opentelemetry::{Context, trace::TraceContextExt as _};

#[cfg(feature = "console")]
use crate::ids::Ids;

pub use self::bridge::{Bridge, Ship, bridge};
pub use self::filter::ShipFilter;

/// Has errors of a type known by their path as `exception.type`, wherever an event has
/// one as a `&dyn Error`, which does not tell its type: `shop::StoreError`. It is for
/// all of the process; call it at its start, once for each type of errors of your own.
///
/// Errors of the standard library are known, and those of reqwest and sqlx where
/// otelier instruments them.
pub fn name_error<E: std::error::Error + 'static>() {
    otelier_core::name_error::<E>();
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
