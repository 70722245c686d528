//! What the bridge ships and what the console prints, over subscribers of the test's own.
#![cfg(feature = "console")]
#![expect(clippy::unwrap_used, reason = "a test says so by panicking")]

mod console;
mod printed;

#[cfg(feature = "otel")]
mod bridge;
#[cfg(feature = "otel")]
#[cfg(feature = "file")]
mod file;
mod filter;
#[cfg(feature = "otel")]
mod ids;
#[cfg(feature = "otel")]
mod log_crate;
#[cfg(feature = "otel")]
mod shipped;
#[cfg(feature = "otel")]
mod span_fields;
