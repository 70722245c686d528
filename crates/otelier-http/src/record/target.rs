//! Where a request goes.

use std::borrow::Cow;

use http::{Extensions, Method, Uri, uri::Authority};
use otelier_core::edge::http_client::{Asked, full_url};

/// Host, port and URL, of the request's URI as far as it says them, else of the
/// origin.
pub(super) struct Target<'a> {
    uri: &'a Uri,
    origin: &'a Uri,
    place: Place<'a>,
}

impl<'a> Target<'a> {
    pub(super) fn new(uri: &'a Uri, origin: &'a Uri) -> Self {
        let own = uri.authority();
        let origin = if own.is_some() { uri } else { origin };
        let authority = own.or_else(|| origin.authority());
        let place = authority.map(Place::of);
        Self {
            uri,
            origin,
            place: place.unwrap_or_default(),
        }
    }

    /// In small letters: a host is the same in others.
    pub(super) fn host(&self) -> Cow<'a, str> {
        let host = self.place.host;
        // Without a branch, so that the compiler reads many at a time.
        let has_capital = |any, byte: u8| any | byte.is_ascii_uppercase();
        if host.bytes().fold(false, has_capital) {
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
        self.place.port.or_else(known)
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
        full_url(whole)
    }
}

/// What a valid authority names, read in one pass: `Authority::host` and `port`
/// look through it three times.
#[derive(Debug, Default)]
struct Place<'a> {
    host: &'a str,
    port: Option<u16>,
}

impl<'a> Place<'a> {
    fn of(authority: &'a Authority) -> Self {
        let text = authority.as_str();
        let mark = text
            .bytes()
            .position(|byte| matches!(byte, b':' | b'@' | b'['));
        let (host, port) = text
            .split_at_checked(mark.unwrap_or(text.len()))
            .unwrap_or_default();
        let port = match port.strip_prefix(':').map(str::parse) {
            Some(Ok(port)) => Some(port),
            None if port.is_empty() => None,
            // A user, an address with colons of its own.
            _ => return Self::of_more(authority),
        };
        Self { host, port }
    }

    #[cold]
    fn of_more(authority: &'a Authority) -> Self {
        Self {
            host: authority.host(),
            port: authority.port_u16(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_authority_is_read_as_its_own_crate_reads_it(text in "[a-cA-C0-9:@.\\[\\]%-]{0,24}") {
            if let Ok(authority) = text.parse::<Authority>() {
                let place = Place::of(&authority);
                prop_assert_eq!(place.host, authority.host());
                prop_assert_eq!(place.port, authority.port_u16());
            }
        }
    }

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
