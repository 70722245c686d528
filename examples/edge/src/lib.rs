//! Spans and metrics of a cache.

pub mod cache;
mod client;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;

pub use self::client::Cache;
