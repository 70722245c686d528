//! OpenTelemetry metrics for Prometheus to scrape, as text and OpenMetrics.
//!
//! Services use it through the facade, as `otelier::prometheus`. Whoever asks the
//! route is answered, so it belongs where only Prometheus can reach it:
//!
//! ```no_run
//! # #[cfg(feature = "axum")]
//! # async fn serve() -> std::io::Result<()> {
//! use axum::Router;
//!
//! let metrics: Router = Router::new().route("/metrics", otelier_prometheus::route());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:9464").await?;
//! axum::serve(listener, metrics).await
//! # }
//! ```
//!
//! Another server asks for the [`page`].
//!
//! # What is told
//! The same instruments as by OTLP, cumulative, whether anything is exported or not.
//!
//! | there | here |
//! |---|---|
//! | a sum that only grows | a counter, `_total` |
//! | another sum, a gauge | a gauge |
//! | a histogram | a histogram |
//! | an exponential histogram | a histogram whose bounds are powers of two |
//! | a unit | the end of the name, in words: `_seconds`, `_bytes`, `_ratio` |
//! | an attribute | a label; what Prometheus does not allow in a name is `_` |
//! | the scope | `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`, and its attributes |
//! | the resource | `target_info` |
//! | an exemplar, in OpenMetrics | `trace_id` and `span_id` beside its bucket |
//!
//! Values of keys that name a secret are `[REDACTED]`, and texts go through the same
//! policy as those that are exported.
//!
//! Two attributes whose keys become one label are one, their values joined by `;`.
//! Of two metrics that become one name but not one type, and of two series that
//! become one, the first is told; that the other is not is said at most once a
//! minute.
//!
//! # What is not
//! Timestamps, `_created`, the least and the largest value of a histogram, names in
//! UTF-8 (`escaping=` is not heeded), compression, which a layer of the server's
//! does.
//!
//! # Cost
//! Nothing between two scrapes but what the SDK's second reader takes where metrics
//! are exported by OTLP, too. A scrape reads all series on a thread for blocking
//! work; those that come meanwhile wait and share the next reading. Of more than 8 at
//! a time the others are refused. The last page of each format is kept.
//!
//! # Features
//! - `axum` (default): A route for axum servers.
//! - `otel` (default): Reads and writes metrics. Without it there are none.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod page;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
#[cfg(feature = "axum")]
mod route;

pub use self::page::{Page, Unread};
#[cfg(feature = "otel")]
pub use self::record::{Reader, Shared};
#[cfg(feature = "axum")]
pub use self::route::route;

/// What the process's metrics are at this moment, in the form that an `Accept` header
/// asks for: OpenMetrics, or text where it does not ask for that.
///
/// # Errors
/// There is nothing to read, or too many read at this moment.
///
/// # Cancellation
/// Dropping the future does not stop a reading that has begun, which others may wait
/// for.
pub async fn page(accept: &str) -> Result<Page, Unread> {
    record::page(accept).await
}
