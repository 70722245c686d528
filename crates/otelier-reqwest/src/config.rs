//! What can be chosen when a middleware or layer is made.

/// When the span of a request ends.
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    pub(crate) span_end: SpanEnd,
    pub(crate) propagation: Hosts,
}

impl Config {
    /// The default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses when span and duration end.
    #[must_use]
    pub fn with_span_end(mut self, end: SpanEnd) -> Self {
        self.span_end = end;
        self
    }

    /// Chooses which hosts get the trace context and the baggage. Requests to the
    /// others are recorded all the same.
    #[must_use]
    pub fn with_propagation_to(mut self, hosts: Hosts) -> Self {
        self.propagation = hosts;
        self
    }
}

/// A set of hosts: `api.example.com` is that name or address alone,
/// `.example.com` every name below it. IPv6 addresses have no brackets; neither
/// case nor port counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts {
    pub(crate) patterns: Vec<String>,
    pub(crate) listed: Listed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    In,
    Out,
}

impl Hosts {
    /// Every host.
    #[must_use]
    pub fn all() -> Self {
        Self {
            patterns: Vec::new(),
            listed: Listed::Out,
        }
    }

    /// These hosts and no other.
    pub fn only<S: Into<String>>(hosts: impl IntoIterator<Item = S>) -> Self {
        Self {
            patterns: hosts.into_iter().map(Into::into).collect(),
            listed: Listed::In,
        }
    }

    /// Every host but these.
    pub fn except<S: Into<String>>(hosts: impl IntoIterator<Item = S>) -> Self {
        Self {
            listed: Listed::Out,
            ..Self::only(hosts)
        }
    }
}

impl Default for Hosts {
    fn default() -> Self {
        Self::all()
    }
}
