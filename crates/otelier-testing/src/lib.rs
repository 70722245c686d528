//! Captures a test's own spans, metrics and logs without globals, and draws
//! them as a tree.
//!
//! ```
//! let telemetry = otelier_testing::capture();
//!
//! tracing::info_span!("bake", otel.kind = "internal").in_scope(|| {
//!     tracing::info!(loaves = 3, "oven is hot");
//! });
//!
//! assert_eq!(
//!     telemetry.tree().to_string(),
//!     "bake [internal]\n  INFO oven is hot loaves=3\n",
//! );
//! ```
//!
//! Tests that run in parallel do not see each other: nothing is installed for
//! the process, only for the thread, and only while the value lives.
//!
//! # What is captured
//! | signal | from |
//! |---|---|
//! | spans | every otelier layer, pool or client *made* while the capture is current, and `tracing` spans at `INFO` and above, with the status and the attributes that a service exports |
//! | metrics | the same layers, pools and clients |
//! | logs | `tracing` events at `INFO` and above, and whatever is emitted through [`Telemetry::logger_provider`] |
//!
//! # Runtimes
//! On a current-thread runtime (`#[tokio::test]`) the guard covers the test and
//! every task that it spawns. On a multi-thread runtime, wrap each spawned
//! future in [`Telemetry::scope`]; layers still record wherever they run, as
//! they take their destination when they are made.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod capture;
mod events;
mod ids;
mod metrics;
mod sinks;
mod spans;
mod store;
mod tree;

pub use self::capture::{Scope, Telemetry, capture, capture_with};
pub use self::events::Log;
pub use self::metrics::{Metric, MetricKind, MetricsSummary, Point};
pub use self::spans::{Attributes, Event, Link, Span};
pub use self::tree::Tree;
