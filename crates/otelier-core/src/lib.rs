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
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod context;
mod free_text;
mod method;
mod names;
mod propagation;
mod providers;
mod query;
mod redaction;
mod run;
pub mod semconv;
mod text;
mod trace_context;

pub use self::free_text::redact_text;
pub use self::method::Methods;
pub use self::names::Names;
pub use self::propagation::{HeaderCarrier, Propagation};
pub use self::providers::{
    AlreadyInstalled, Conventions, Providers, Source, SpanStarter, install, installed,
};
pub use self::query::redact_query;
pub use self::redaction::{REDACTED, is_secret};
pub use self::run::{Outcome, Record, Run};
pub use self::text::cut;
pub use self::trace_context::{TraceHeaders, traceparent};
