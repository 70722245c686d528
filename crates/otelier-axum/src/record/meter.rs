//! Who records.

use opentelemetry::InstrumentationScope;

pub(super) fn scope() -> InstrumentationScope {
    otelier_core::scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}
