//! What can be chosen when a middleware or layer is made.

use otelier_core::edge::http_client::Hosts;

/// When the span of a request ends.
///
/// ```
/// use otelier_reqwest::{Config, SpanEnd, client_with};
///
/// // Large answers: what takes its time is to read them.
/// let config = Config::new().with_span_end(SpanEnd::Body);
/// let http = client_with(reqwest::Client::new(), config);
/// # let _ = http;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpanEnd {
    /// With the response's head, as the conventions have it.
    #[default]
    Head,
    /// With the response's body: read to its end, failed, or dropped.
    Body,
}

/// How requests are recorded; by default up to the response's head, with the
/// trace context sent to every host.
///
/// ```
/// use otelier_reqwest::{Config, Hosts, client_with};
///
/// let config = Config::new().with_propagation_to(Hosts::except(["api.partner.example"]));
/// let http = client_with(reqwest::Client::new(), config);
/// # let _ = http;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Config {
    pub(crate) span_end: SpanEnd,
    pub(crate) propagation: Hosts,
}

impl Config {
    /// The default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses when span and duration end.
    pub fn with_span_end(mut self, end: SpanEnd) -> Self {
        self.span_end = end;
        self
    }

    /// Chooses which hosts get the trace context and the baggage. Requests to the
    /// others are recorded all the same.
    pub fn with_propagation_to(mut self, hosts: Hosts) -> Self {
        self.propagation = hosts;
        self
    }
}
