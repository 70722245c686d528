//! A local OTLP receiver and viewer for development and CI.
//!
//! It takes traces, metrics and logs over gRPC and HTTP, keeps them in bounded memory, and answers
//! questions about them: in a test, over HTTP, or on a terminal. The binary `otelier-collector`
//! is this library with flags.
//!
//! ```no_run
//! use otelier_collector::Collector;
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let collector = Collector::builder().start().await?; // two free ports on 127.0.0.1
//! // .. run a program with OTEL_EXPORTER_OTLP_ENDPOINT set to collector.grpc_endpoint() ..
//! let within = Duration::from_secs(5);
//! let span = collector
//!     .store()
//!     .wait_for(within, |store| store.spans_named("GET /repos/{id}").pop())
//!     .await;
//! assert_eq!(span.map(|span| span.service().to_owned()).as_deref(), Some("api"));
//! collector.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What is answered
//! What OTLP asks for: an empty response in the request's own format, a partial success with a
//! count when some records are invalid, `INVALID_ARGUMENT` or 400 for what cannot be read,
//! `RESOURCE_EXHAUSTED` or 413 for what is too large. [`Fault`] makes it answer otherwise.
//!
//! # What is not
//! No TLS, no authentication, no disk (apart from [`Collector::with_save`]): it is for one machine.
//!
//! # Features
//! Without any it receives and keeps: that is all that a test needs.
//! - `draw`: traces as trees of text, as pictures and in a line.
//! - `api`: what was received, as JSON over HTTP; includes `draw`.
//! - `page` (default): a page to look at what was received, at `/`; includes `api`.
//! - `mcp` (default): a server of the Model Context Protocol, for agents: at `/mcp`, and by
//!   `otelier-collector mcp` on a terminal's pipes; includes `api`.
//! - `cli` (default): the binary `otelier-collector`; without it argument parsing and what the
//!   doctor tries TLS with are not built; includes `api`.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(feature = "api"),
    expect(
        dead_code,
        reason = "what only the API asks; with it the lint sees all"
    )
)]

mod allow;
#[cfg(feature = "api")]
mod anatomy;
#[cfg_attr(not(feature = "api"), path = "no_api.rs")]
mod api;
#[cfg(feature = "api")]
mod aside;
#[cfg(feature = "api")]
#[cfg_attr(not(feature = "page"), path = "no_assets.rs")]
mod assets;
mod calendar;
mod clean;
mod collector;
mod decode;
mod depth;
#[cfg(feature = "draw")]
mod draw;
mod error;
mod fault;
mod file;
mod forward;
#[cfg(feature = "api")]
#[doc(hidden)]
pub mod fuzz;
mod id;
mod json;
#[cfg(feature = "api")]
#[cfg_attr(not(feature = "mcp"), path = "no_mcp.rs")]
mod mcp;
mod notice;
#[cfg(feature = "api")]
mod pace;
#[cfg(feature = "api")]
mod query;
mod reason;
mod received;
mod refusal;
mod room;
mod running;
mod scan;
mod server;
mod signal;
mod store;

#[cfg(feature = "draw")]
pub use self::draw::{Detail, Style};
#[cfg(feature = "api")]
pub use self::mcp::serve_mcp;
pub use self::{
    collector::Collector,
    error::Error,
    fault::Fault,
    file::{Opened, Rotation, Skipped},
    forward::ForwardStats,
    id::{InvalidId, SpanId, TraceId},
    received::{Outcome, Received},
    refusal::{Code, Refusal},
    running::Running,
    signal::{Signal, Transport},
    store::{
        Completed, Completions, Counts, Log, Metric, MetricKind, Origin, Point, Span, Stats, Store,
        Trace,
    },
};
/// The OTLP messages.
pub use opentelemetry_proto::tonic as proto;

use self::notice::Notice;
