//! What a proxy tells about the request that it passed on.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, header::FORWARDED};

use super::origin::{Host, scheme};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The first hop's values: `Forwarded` wins, `X-Forwarded-*` fill what it omits.
#[derive(Debug, Default)]
pub(super) struct Forwarded<'a> {
    pub(super) scheme: Option<&'static str>,
    pub(super) host: Option<Host<'a>>,
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
    pub(super) fn of(headers: &'a HeaderMap) -> Self {
        let mut forwarded = Self::default();
        for pair in first(headers, &FORWARDED).unwrap_or_default().split(';') {
            let Some((key, value)) = pair.split_once('=') else {
                continue;
            };
            let value = value.trim().trim_matches('"');
            match key.trim() {
                key if key.eq_ignore_ascii_case("proto") => forwarded.scheme = scheme(value),
                key if key.eq_ignore_ascii_case("host") => forwarded.host = Host::parse(value),
                key if key.eq_ignore_ascii_case("for") => forwarded.client = address(value),
                _ => {}
            }
        }
        forwarded.scheme = forwarded
            .scheme
            .or_else(|| scheme(first(headers, &X_FORWARDED_PROTO)?));
        forwarded.host = forwarded
            .host
            .or_else(|| Host::parse(first(headers, &X_FORWARDED_HOST)?));
        forwarded.client = forwarded
            .client
            .or_else(|| address(first(headers, &X_FORWARDED_FOR)?));
        forwarded
    }
}

/// The first member of a list, which may go on over several headers.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let list = headers.get(name)?.to_str().ok()?;
    list.split(',').next().map(str::trim)
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

    use super::{Forwarded, is_trusted};

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    fn read(pairs: &[(&'static str, &str)]) -> (Option<&'static str>, bool, Option<String>) {
        let headers = headers(pairs);
        let forwarded = Forwarded::of(&headers);
        let client = forwarded.client.map(|ip| ip.to_string());
        (forwarded.scheme, forwarded.host.is_some(), client)
    }

    #[test]
    fn the_first_hop_of_forwarded_is_read() {
        let value =
            r#"for="[2001:db8::1]:4711";Proto=HTTPS;host=shop.example, for=10.0.0.1;proto=http"#;
        let expected = (Some("https"), true, Some("2001:db8::1".to_owned()));
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
        let expected = (Some("https"), true, Some("192.0.2.1".to_owned()));
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
