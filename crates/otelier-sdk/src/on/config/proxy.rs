//! The usual proxy variables.

use otelier_otlp::Proxy;

use super::env::Env;

/// The proxies to go through, if any is named.
pub(super) fn proxy(env: &Env<'_>) -> Option<Proxy> {
    // A web server hands a request's `Proxy:` header to CGI programs under the
    // upper-case name.
    let http: &[_] = if env.text("REQUEST_METHOD").is_some() {
        &["http_proxy"]
    } else {
        &["HTTP_PROXY", "http_proxy"]
    };
    let proxy = Proxy {
        http: env.first(http),
        https: env.first(&["HTTPS_PROXY", "https_proxy"]),
        all: env.first(&["ALL_PROXY", "all_proxy"]),
        no: env.first(&["NO_PROXY", "no_proxy"]),
    };
    let is_named = proxy.http.is_some() || proxy.https.is_some() || proxy.all.is_some();
    is_named.then_some(proxy)
}
