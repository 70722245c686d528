//! What the program asks of a layer.

use std::{fmt, sync::Arc};

use axum::http::{HeaderMap, HeaderName, Method, Uri};

/// Which peers are believed when they tell, by `Forwarded` or `X-Forwarded-*`,
/// whom a request came from and for whom it was meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyTrust {
    /// Those on a loopback, private or link-local address, as `ConnectInfo`
    /// tells it.
    #[default]
    Private,
    /// None.
    Nobody,
    /// All of them, and those that are unknown because there is no
    /// `ConnectInfo`. Right only where nothing but the proxy can connect.
    Everybody,
}

/// A header or field to record, and the attribute that it becomes.
#[derive(Clone, Debug)]
pub(super) struct Named<N> {
    pub(super) name: N,
    pub(super) key: Arc<str>,
    /// Its value is never recorded.
    pub(super) secret: bool,
}

type Exclusion = dyn Fn(&Method, &Uri, &HeaderMap) -> bool + Send + Sync;

#[derive(Clone, Default)]
pub(super) struct Config {
    pub(super) excluded_paths: Option<Vec<String>>,
    pub(super) excluded_if: Option<Arc<Exclusion>>,
    pub(super) proxies: ProxyTrust,
    pub(super) public_endpoint: bool,
    pub(super) trace_response: bool,
    pub(super) body_sizes: bool,
    pub(super) access_log: bool,
    pub(super) context_headers: Vec<Named<HeaderName>>,
    pub(super) context_parameters: Vec<Named<String>>,
    pub(super) context_labels: Vec<Arc<str>>,
    pub(super) request_headers: Vec<Named<HeaderName>>,
    pub(super) response_headers: Vec<Named<HeaderName>>,
    pub(super) body_fields: Arc<[Named<String>]>,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("excluded_paths", &self.excluded_paths)
            .field("proxies", &self.proxies)
            .field("public_endpoint", &self.public_endpoint)
            .finish_non_exhaustive()
    }
}
