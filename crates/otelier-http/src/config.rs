//! What can be chosen when a layer is made.

use http::Uri;
use otelier_core::edge::http_client::Hosts;

/// How requests are recorded; by default with the trace context sent to every
/// host.
///
/// ```
/// use otelier_http::{Config, Hosts, TraceLayer};
///
/// let config = Config::new()
///     .with_propagation_to(Hosts::only([".shop.example"]))
///     .with_origin(http::Uri::from_static("http://shop.example"));
/// let layer = TraceLayer::with_config(config);
/// # let _ = layer;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Config {
    pub(crate) propagation: Hosts,
    pub(crate) origin: Uri,
}

impl Config {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses which hosts get the trace context and the baggage. Requests to the
    /// others are recorded all the same.
    pub fn with_propagation_to(mut self, hosts: Hosts) -> Self {
        self.propagation = hosts;
        self
    }

    /// Says where requests go whose URI names no host, such as `/orders/7` over a
    /// connection that is already there: scheme, host and port of this URI.
    pub fn with_origin(mut self, origin: Uri) -> Self {
        self.origin = origin;
        self
    }
}
