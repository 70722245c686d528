//! What the program asks of a layer.

use std::{borrow::Cow, sync::Arc};

use axum::http::{HeaderMap, HeaderName, Method, Uri};

/// Which peers are believed when they tell, by `Forwarded` or `X-Forwarded-*`,
/// whom a request came from and for whom it was meant.
///
/// ```
/// use otelier_axum::{ProxyTrust, TraceLayer};
///
/// // Clients connect to the service itself.
/// let layer = TraceLayer::new().with_proxy_trust(ProxyTrust::Nobody);
/// # let _ = layer;
/// ```
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

type Exclusion = dyn Fn(&Method, &Uri, &HeaderMap) -> bool + Send + Sync;

#[derive(Clone, Default)]
pub(crate) struct Config {
    pub(crate) excluded_paths: Option<Vec<String>>,
    pub(crate) included_paths: Option<Vec<String>>,
    pub(crate) excluded_if: Option<Arc<Exclusion>>,
    pub(crate) proxies: ProxyTrust,
    pub(crate) public_endpoint: bool,
    pub(crate) trace_response: bool,
    pub(crate) body_sizes: bool,
    pub(crate) access_log: bool,
    /// With the keys under which they are entries of the request's context.
    pub(crate) context_headers: Vec<(HeaderName, Cow<'static, str>)>,
    pub(crate) context_parameters: Vec<(String, Cow<'static, str>)>,
    pub(crate) context_labels: Vec<Cow<'static, str>>,
    pub(crate) request_headers: Vec<HeaderName>,
    pub(crate) response_headers: Vec<HeaderName>,
    pub(crate) body_fields: Vec<String>,
}

otelier_core::shown!(Config: excluded_paths, included_paths, proxies, public_endpoint);
