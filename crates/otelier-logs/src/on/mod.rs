//! The bridge to OpenTelemetry, and the ids of its current context.

mod bridge;
mod filter;
#[cfg(feature = "console")]
mod ids;
mod panics;
mod record;
mod span_fields;

pub use self::bridge::{Bridge, Ship, bridge};
pub use self::filter::ShipFilter;
#[cfg(feature = "console")]
pub(crate) use self::ids::current_ids;

/// Has errors of a type known by their path as `exception.type`, wherever an event has
/// one as a `&dyn Error`, which does not tell its type: `shop::StoreError`. It is for
/// all of the process; call it at its start, once for each type of errors of your own.
///
/// Errors of the standard library are known, and those of reqwest and sqlx where
/// otelier instruments them.
pub fn name_error<E: std::error::Error + 'static>() {
    otelier_core::name_error::<E>();
}
