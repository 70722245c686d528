//! What every otelier instrumentation shares, on the OpenTelemetry *API* alone.
//!
//! ```
//! use std::time::Duration;
//!
//! use otelier_core::{Outcome, Record, Run};
//!
//! struct Baked(&'static str);
//!
//! impl Record for Baked {
//!     fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
//!         println!("{}: {outcome:?} after {elapsed:?}", self.0);
//!     }
//! }
//!
//! // Whatever happens to it now, it is recorded once.
//! let run = Run::start(Baked("apple cake"));
//! run.finish(Outcome::Done);
//! ```
//!
//! Services do not name this crate: they use the facade, `otelier`. Authors of
//! an instrumentation find here
//!
//! - [`edge`]: what every edge is made of; start there,
//! - [`Source`]: which providers a layer records to, and whether telemetry is on,
//! - [`Propagation`]: context in and out of headers,
//! - [`context`]: what is known about the request that is being served,
//! - [`Run`]: the guard that ends a span whatever happens to its future,
//! - [`Observed`]: what is asked when metrics are collected, as long as it lives,
//! - [`is_stopping`]: whether the process was asked to end,
//! - [`treatment`], [`redact_text`]: the one policy that everything goes through
//!   that leaves the process,
//! - [`shorten`], [`redact_query`], [`cut`], [`Methods`]: text from the network
//!   and from errors made fit for attributes,
//! - [`error_name`], [`Message`]: what an error is called, and what it says,
//! - [`scope`]: who records, by which conventions,
//! - [`Events`]: events of the conventions, which are log records,
//! - [`Names`]: names of spans and routes, made once,
//! - `span_layer`: what services and tests make of `tracing` spans,
//! - [`semconv`]: the attribute names of the semantic conventions.
//!
//! # Features
//! - `otel`, on by default: all of the above but `span_layer`.
//! - `edge`, on by default: [`edge`]; without `otel` its names record nothing, so
//!   that an edge is written once.
//! - `scan`: what finds secrets in texts, and the attribute names, for consoles;
//!   it needs no dependency.
//! - `shadow`: `edge::ask_for_shadows`, a `tracing` span in the place of a context.
//! - `spans`: `span_layer`, on a subscriber and tracing-opentelemetry.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "otel")]
mod attribute;
mod content;
#[cfg(feature = "otel")]
pub mod context;
#[cfg(feature = "otel")]
mod conventions;
#[cfg_attr(feature = "otel", path = "edge/mod.rs")]
#[cfg_attr(not(feature = "otel"), path = "edge/off.rs")]
#[cfg(feature = "edge")]
pub mod edge;
#[cfg(feature = "otel")]
mod error_name;
#[cfg(feature = "otel")]
mod event;
#[cfg(feature = "otel")]
mod exemplars;
#[cfg(feature = "otel")]
mod ids;
#[cfg(feature = "otel")]
mod message;
#[cfg(feature = "otel")]
mod method;
#[cfg(feature = "otel")]
mod names;
#[cfg(feature = "otel")]
mod observed;
#[cfg(feature = "otel")]
mod own;
#[cfg(feature = "otel")]
mod propagation;
#[cfg(feature = "otel")]
mod providers;
#[cfg(feature = "scan")]
mod redact;
mod run;
#[cfg(feature = "otel")]
mod scope;
#[cfg(feature = "scan")]
pub mod semconv;
#[cfg(feature = "otel")]
mod source;
#[cfg(feature = "spans")]
mod spans;
#[cfg(feature = "otel")]
mod starter;
mod stop;
mod text;

#[cfg(feature = "otel")]
pub use self::attribute::redact_value;
pub use self::content::ContentCapture;
#[cfg(feature = "otel")]
pub use self::conventions::Conventions;
#[cfg(feature = "otel")]
pub use self::error_name::{error_name, error_name_of, known_error_name, name_error};
#[cfg(feature = "otel")]
pub use self::event::Events;
#[cfg(feature = "otel")]
pub use self::ids::own_trace_id;
#[cfg(feature = "otel")]
pub use self::message::Message;
#[cfg(feature = "otel")]
pub use self::method::Methods;
#[cfg(feature = "otel")]
pub use self::names::Names;
#[cfg(feature = "otel")]
pub use self::observed::Observed;
#[cfg(feature = "otel")]
pub use self::own::is_own_target;
#[cfg(feature = "otel")]
pub use self::propagation::{HeaderCarrier, Propagation, TextMap, TraceHeaders, traceparent};
#[cfg(feature = "otel")]
pub use self::providers::Providers;
#[cfg(feature = "scan")]
pub use self::redact::{
    MAX_TEXT, REDACTED, Treatment, is_longer, is_secret, redact_query, redact_text, shorten,
    shorten_chars, shorten_query, treatment,
};
pub use self::run::{Outcome, Record, Run};
#[cfg(feature = "otel")]
pub use self::scope::scope;
#[cfg(feature = "otel")]
pub use self::source::{AlreadyInstalled, Source, install, installed, stay_off, when_installed};
#[cfg(feature = "spans")]
pub use self::spans::span_layer;
#[cfg(feature = "otel")]
pub use self::starter::SpanStarter;
pub use self::stop::{is_stopping, stop};
pub use self::text::{cut, head_of};
