//! What the layer does while the feature is on.

mod access;
mod body;
mod capture;
mod config;
mod exchange;
mod exclude;
mod forwarded;
mod future;
mod here;
mod json;
mod labels;
mod layer;
mod observe;
mod origin;
mod recent;
mod request;
mod route;
mod scope;
mod service;
mod telemetry;
mod upgrade;

/// What is known about the request that is being served, such as the user's or
/// the organisation's id.
///
/// ```
/// async fn handler() -> &'static str {
///     otelier_axum::context::set("organization.id", 7);
///     "ok"
/// }
/// ```
pub mod context {
    pub use otelier_core::context::set;
}

pub use self::{
    config::ProxyTrust,
    future::ResponseFuture,
    here::{TimeToHeaders, trace_id},
    layer::{TraceLayer, instrument, instrument_with, layer},
    service::Trace,
    upgrade::{Upgraded, upgraded},
};
