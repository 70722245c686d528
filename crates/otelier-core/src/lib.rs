//! What every otelier instrumentation shares, on the OpenTelemetry *API* alone.
//!
//! Services do not name this crate: they use the facade, `otelier`. Authors of
//! an instrumentation find here
//!
//! - [`Source`]: which providers a layer records to, and whether telemetry is on,
//! - [`Propagation`]: context in and out of headers,
//! - [`context`]: what is known about the request that is being served,
//! - [`Run`]: the guard that ends a span whatever happens to its future,
//! - [`is_secret`]: which attribute keys must never carry a value,
//! - [`redact_query`], [`redact_text`], [`cut`], [`Methods`]: text from the network
//!   and from errors made fit for attributes,
//! - [`Names`]: names of spans and routes, made once,
//! - [`semconv`]: the attribute names of the semantic conventions.
//!
//! # Features
//! - `otel`, on by default: all of the above. Without it there is what finds
//!   secrets in texts, for consoles, and no dependency.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "otel")]
pub mod context;
mod free_text;
#[cfg(feature = "otel")]
mod ids;
#[cfg(feature = "otel")]
mod method;
#[cfg(feature = "otel")]
mod names;
#[cfg(feature = "otel")]
mod propagation;
#[cfg(feature = "otel")]
mod providers;
mod query;
mod redaction;
#[cfg(feature = "otel")]
mod run;
#[cfg(feature = "otel")]
pub mod semconv;
mod text;

pub use self::free_text::redact_text;
#[cfg(feature = "otel")]
pub use self::ids::own_trace_id;
#[cfg(feature = "otel")]
pub use self::method::Methods;
#[cfg(feature = "otel")]
pub use self::names::Names;
#[cfg(feature = "otel")]
pub use self::propagation::{HeaderCarrier, Propagation, TextMap, TraceHeaders, traceparent};
#[cfg(feature = "otel")]
pub use self::providers::{
    AlreadyInstalled, Conventions, Providers, Source, SpanStarter, install, installed,
};
pub use self::query::redact_query;
pub use self::redaction::{REDACTED, is_secret};
#[cfg(feature = "otel")]
pub use self::run::{Outcome, Record, Run};
pub use self::text::cut;
