//! What a proxy tells about the request that it passed on.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderValue};

use super::{labels::Scheme, origin::Host};

/// The first hop's values: `Forwarded` wins, `X-Forwarded-*` fill what it omits.
#[derive(Debug, Default)]
pub(super) struct Forwarded<'a> {
    pub(super) scheme: Option<Scheme>,
    /// A well-formed authority.
    pub(super) host: Option<&'a str>,
    pub(super) client: Option<IpAddr>,
}

/// Tells whether a peer can be a proxy of ours: it is on this machine, or on a
/// network that the internet does not route.
pub(super) fn is_trusted(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

impl<'a> Forwarded<'a> {
    /// Reads them in one pass, which costs less than a look-up for each.
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let (mut told, mut older) = (Self::default(), Self::default());
        let mut is_told = false;
        for (name, value) in headers {
            match name.as_str() {
                "forwarded" if !is_told => {
                    is_told = true;
                    told.read(first(value).unwrap_or_default());
                }
                "x-forwarded-proto" if older.scheme.is_none() => {
                    older.scheme = first(value).and_then(Scheme::parse);
                }
                "x-forwarded-host" if older.host.is_none() => {
                    older.host = first(value).filter(|host| Host::parse(host).is_some());
                }
                "x-forwarded-for" if older.client.is_none() => {
                    older.client = first(value).and_then(address);
                }
                _ => {}
            }
        }
        Self {
            scheme: told.scheme.or(older.scheme),
            host: told.host.or(older.host),
            client: told.client.or(older.client),
        }
    }

    /// Reads one hop of `Forwarded`.
    fn read(&mut self, hop: &'a str) {
        for pair in hop.split(';') {
            let Some((key, value)) = pair.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match key.trim() {
                key if key.eq_ignore_ascii_case("proto") => self.scheme = Scheme::parse(value),
                key if key.eq_ignore_ascii_case("host") => {
                    self.host = Some(value).filter(|host| Host::parse(host).is_some());
                }
                key if key.eq_ignore_ascii_case("for") => self.client = address(value),
                _ => {}
            }
        }
    }
}

/// The first member of a list, which may go on over several headers.
fn first(list: &HeaderValue) -> Option<&str> {
    list.to_str().ok()?.split(',').next().map(str::trim)
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(node: &str) -> Option<IpAddr> {
    if let Ok(ip) = node.parse() {
        return Some(ip);
    }
    let bare = node
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match bare {
        Some(ip) => ip.parse().ok(),
        None => node.parse::<SocketAddr>().ok().map(|node| node.ip()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::http::{HeaderMap, HeaderName};

    use super::{Forwarded, Scheme, is_trusted};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    fn read(pairs: &[(&'static str, &str)]) -> (Option<Scheme>, bool, Option<String>) {
        let headers = headers(pairs);
        let forwarded = Forwarded::of(&headers);
        let client = forwarded.client.map(|ip| ip.to_string());
        (forwarded.scheme, forwarded.host.is_some(), client)
    }

    #[test]
    fn the_first_hop_of_forwarded_is_read() {
        let value =
            r#"for="[2001:db8::1]:4711";Proto=HTTPS;host=shop.example, for=10.0.0.1;proto=http"#;
        let expected = (Some(Scheme::Https), true, Some("2001:db8::1".to_owned()));
        assert_eq!(read(&[("forwarded", value)]), expected);
    }

    #[test]
    fn the_older_headers_fill_what_is_missing() {
        let pairs = [
            ("forwarded", "proto=https"),
            ("x-forwarded-proto", "http"),
            ("x-forwarded-host", "shop.example, inner"),
            ("x-forwarded-for", "192.0.2.1:80, 10.0.0.1"),
        ];
        let expected = (Some(Scheme::Https), true, Some("192.0.2.1".to_owned()));
        assert_eq!(read(&pairs), expected);
    }

    #[test]
    fn what_cannot_be_read_is_as_if_not_sent() {
        let pairs = [
            ("forwarded", "for=_hidden;proto=gopher;host=\"a b\";;=;x"),
            ("x-forwarded-for", "unknown"),
        ];
        assert_eq!(read(&pairs), (None, false, None));
    }

    #[test]
    fn only_near_peers_are_trusted() {
        let trusted = |ip: &str| is_trusted(ip.parse::<IpAddr>().unwrap());
        for near in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.0.1",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(trusted(near), "{near}");
        }
        for far in ["8.8.8.8", "172.32.0.1", "2001:db8::1", "::ffff:8.8.8.8"] {
            assert!(!trusted(far), "{far}");
        }
    }
}
