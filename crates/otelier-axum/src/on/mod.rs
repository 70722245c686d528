//! What the layer does while the feature is on.

mod body;
mod exchange;
mod exclude;
mod forwarded;
mod future;
mod layer;
mod method;
mod origin;
mod query;
mod request;
mod scope;
mod service;
mod telemetry;
mod text;

pub use self::{
    body::TracedBody,
    future::ResponseFuture,
    layer::{TraceLayer, instrument, layer},
    service::Trace,
};
