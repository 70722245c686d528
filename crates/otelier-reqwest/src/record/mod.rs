//! What the client records while the feature is on.

mod answer;
mod attempt;
mod body;
mod call;
mod config;
mod error;
mod exchange;
mod extension;
mod future;
mod layer;
mod middleware;
mod nesting;
mod old;
mod peer;
mod service;
mod telemetry;
mod url;

pub use self::{
    call::CallMiddleware,
    config::{Config, Hosts},
    extension::{SpanName, UrlTemplate},
    future::ResponseFuture,
    layer::TraceLayer,
    middleware::{TraceMiddleware, client, client_with},
    service::Trace,
};
