//! Where a request goes.

use std::borrow::Cow;

use http::{Extensions, Method, Uri};
use otelier_core::edge::http_client::{Asked, full_url};

/// Host, port and URL, of the request's URI as far as it says them, else of the
/// origin.
pub(super) struct Target<'a> {
    uri: &'a Uri,
    origin: &'a Uri,
}

impl<'a> Target<'a> {
    pub(super) fn new(uri: &'a Uri, origin: &'a Uri) -> Self {
        let named = if uri.authority().is_some() {
            uri
        } else {
            origin
        };
        Self { uri, origin: named }
    }

    /// In small letters: a host is the same in others.
    pub(super) fn host(&self) -> Cow<'a, str> {
        let host = self.origin.host().unwrap_or_default();
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            host.to_ascii_lowercase().into()
        } else {
            host.into()
        }
    }

    pub(super) fn port(&self) -> Option<u16> {
        let known = || match self.origin.scheme_str()? {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        self.origin.port_u16().or_else(known)
    }

    /// A request that goes there; `host` is its host.
    pub(super) fn asked<'b>(
        &self,
        host: &'b str,
        method: &'b Method,
        extensions: &'b Extensions,
    ) -> Asked<'b> {
        Asked {
            method,
            host,
            port: self.port(),
            extensions: Some(extensions),
        }
    }

    pub(super) fn is_secure(&self) -> bool {
        matches!(self.origin.scheme_str(), Some("https" | "wss"))
    }

    /// `url.full`, without its secrets.
    pub(super) fn url(&self) -> String {
        let whole = match (self.origin.scheme_str(), self.origin.authority()) {
            (Some(scheme), Some(authority)) => {
                let rest = self.uri.path_and_query().map_or("", |rest| rest.as_str());
                [scheme, "://", authority.as_str(), rest].concat()
            }
            (None, Some(authority)) if self.uri.authority().is_none() => {
                ["//", authority.as_str(), &self.uri.to_string()].concat()
            }
            _ => self.uri.to_string(),
        };
        if is_plain(&whole) {
            whole
        } else {
            full_url(&whole)
        }
    }
}

/// Whether there is nothing to be taken out of a URL.
fn is_plain(url: &str) -> bool {
    url.len() <= 2048 && !url.bytes().any(|byte| matches!(byte, b'@' | b'?' | b'#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(uri: &str, origin: &str) -> (String, Option<u16>, String) {
        let (uri, origin) = (uri.parse().unwrap(), origin.parse().unwrap());
        let target = Target::new(&uri, &origin);
        (target.host().into_owned(), target.port(), target.url())
    }

    #[test]
    fn the_uri_says_where_a_request_goes_or_else_the_origin() {
        for (uri, origin, host, port, url) in [
            (
                "http://Shop.Example/a?b=1",
                "/",
                "shop.example",
                Some(80),
                "http://Shop.Example/a?b=1",
            ),
            (
                "https://[::1]:8443/a",
                "/",
                "[::1]",
                Some(8443),
                "https://[::1]:8443/a",
            ),
            (
                "/a?sig=x",
                "https://shop.example",
                "shop.example",
                Some(443),
                "https://shop.example/a?sig=REDACTED",
            ),
            (
                "/a",
                "shop.example:81",
                "shop.example",
                Some(81),
                "//shop.example:81/a",
            ),
            (
                "http://other.example/a",
                "https://shop.example",
                "other.example",
                Some(80),
                "http://other.example/a",
            ),
            ("/a", "/", "", None, "/a"),
            (
                "shop.example:443",
                "/",
                "shop.example",
                Some(443),
                "shop.example:443",
            ),
            (
                "http://u:pw@shop.example/",
                "/",
                "shop.example",
                Some(80),
                "http://REDACTED:REDACTED@shop.example/",
            ),
        ] {
            assert_eq!(target(uri, origin), (host.to_owned(), port, url.to_owned()));
        }
    }
}
