//! A local OTLP receiver and viewer for development and CI.
//!
//! It takes traces, metrics and logs over gRPC and HTTP, keeps them in bounded memory, and answers
//! questions about them: in a test, over HTTP, or on a terminal. The binary `otelier-collector`
//! is this library with flags.
//!
//! ```no_run
//! use otelier_collector::{Collector, Style};
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
//! if let Some(trace) = span.and_then(|span| collector.store().trace(span.trace_id())) {
//!     let picture = trace.tree(Style::Plain);
//! }
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
//! - `page` (default): a page to look at what was received, at `/`.
//! - `mcp` (default): a server of the Model Context Protocol, for agents: at `/mcp`, and by
//!   `otelier-collector mcp` on a terminal's pipes.
//! - `cli` (default): the binary `otelier-collector`; without it this is a library for tests, and
//!   argument parsing is not built.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod allow;
mod anatomy;
mod api;
mod aside;
#[cfg_attr(not(feature = "page"), path = "no_assets.rs")]
mod assets;
mod collector;
mod decode;
mod draw;
mod error;
mod fault;
mod file;
mod forward;
#[doc(hidden)]
pub mod fuzz;
mod id;
mod json;
#[cfg_attr(not(feature = "mcp"), path = "no_mcp.rs")]
mod mcp;
mod notice;
mod pace;
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

pub use self::{
    collector::Collector,
    draw::{Detail, Style},
    error::Error,
    fault::Fault,
    file::{Opened, Rotation, Skipped},
    forward::ForwardStats,
    id::{InvalidId, SpanId, TraceId},
    mcp::serve_mcp,
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
