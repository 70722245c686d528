//! The usual proxy variables.

use otelier_otlp::Proxy;

use super::env::Env;
use crate::variables::{
    ALL_PROXY, HTTP_PROXY, HTTPS_PROXY, LOWER_HTTP_PROXY, NO_PROXY, REQUEST_METHOD, Variable,
};

/// The proxies to go through, if any is named.
pub(super) fn proxy(env: &Env<'_>) -> Option<Proxy> {
    // A web server hands a request's `Proxy:` header to CGI programs under the
    // upper-case name.
    let http = if env.text(&REQUEST_METHOD).is_some() {
        LOWER_HTTP_PROXY
    } else {
        HTTP_PROXY
    };
    let first = |variable: &Variable| Some(env.first(variable)?.1);
    let proxy = Proxy {
        http: first(&http),
        https: first(&HTTPS_PROXY),
        all: first(&ALL_PROXY),
        no: first(&NO_PROXY),
    };
    let is_named = proxy.http.is_some() || proxy.https.is_some() || proxy.all.is_some();
    is_named.then_some(proxy)
}
