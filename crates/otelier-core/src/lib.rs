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
//! - [`date`]: days as people count them,
//! - [`scope`]: who records, by which conventions,
//! - [`Events`]: events of the conventions, which are log records,
//! - [`Names`]: names of spans and routes, made once,
//! - [`shown!`]: how a value is shown that holds what cannot be,
//! - `span_layer`: what services and tests make of `tracing` spans,
//! - [`semconv`]: the attribute names of the semantic conventions.
//!
//! # Features
//! - `otel`, on by default: all of the above but `span_layer`.
//! - `edge`: [`edge`] alone, whose names record nothing without `otel`, so that an edge
//!   is written once.
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
mod date;
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
mod shown;
#[cfg(feature = "otel")]
mod source;
#[cfg(feature = "spans")]
mod spans;
#[cfg(feature = "otel")]
mod starter;
mod stop;
mod text;

#[cfg(feature = "scan")]
pub use self::redact::{
    Arguments, MAX_TEXT, REDACTED, Treatment, is_longer, is_secret, redact_query, redact_start,
    redact_text, shorten, shorten_chars, shorten_display, shorten_query, treatment,
};
#[cfg(feature = "spans")]
pub use self::spans::span_layer;
#[cfg(feature = "otel")]
pub use self::{
    attribute::redact_value,
    conventions::Conventions,
    error_name::{error_name, error_name_of, known_error_name, name_error},
    event::Events,
    ids::own_trace_id,
    message::Message,
    method::Methods,
    names::Names,
    observed::Observed,
    own::is_own_target,
    propagation::{HeaderCarrier, Propagation, TextMap, TraceHeaders, traceparent},
    providers::Providers,
    scope::scope,
    source::{AlreadyInstalled, Source, install, installed, stay_off, when_installed},
    starter::SpanStarter,
};
pub use self::{
    content::ContentCapture,
    date::date,
    run::{Outcome, Record, Run},
    stop::{is_stopping, stop},
    text::{cut, head_of},
};
