//! Names and addresses of machines, as they are sent and as they are recorded.

use std::{net::IpAddr, sync::Arc};

/// Longer names are not DNS names.
const MAX_BYTES: usize = 255;

/// An address as text, at a fraction of what `Display` costs for IPv4. An IPv4
/// client of a dual-stack socket is an IPv4 address.
pub(super) fn address(ip: IpAddr) -> Arc<str> {
    const LONGEST: usize = "255.255.255.255".len();
    let ip = match ip.to_canonical() {
        IpAddr::V6(ip) => return ip.to_string().into(),
        IpAddr::V4(ip) => ip,
    };
    let mut text = [0; LONGEST];
    let mut free = text.iter_mut();
    let mut push = |byte| {
        if let Some(slot) = free.next() {
            *slot = byte;
        }
    };
    for (at, octet) in ip.octets().into_iter().enumerate() {
        if at > 0 {
            push(b'.');
        }
        for (unit, least) in [(100, 100), (10, 10), (1, 0)] {
            if octet >= least {
                push(b'0' + octet / unit % 10);
            }
        }
    }
    let length = LONGEST - free.len();
    let text = text
        .get(..length)
        .and_then(|text| str::from_utf8(text).ok());
    text.unwrap_or_default().into()
}

/// `host`, `host:port`, `[v6]:port`.
#[derive(Debug, PartialEq)]
pub(super) struct Host<'a> {
    pub(super) name: &'a str,
    pub(super) port: Option<u16>,
}

impl<'a> Host<'a> {
    /// Reads an authority, `None` unless it is well-formed. Credentials are
    /// left out.
    pub(super) fn parse(authority: &'a str) -> Option<Self> {
        let host = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (name, port, marks): (_, _, &[u8]) = match host.strip_prefix('[') {
            Some(rest) => {
                let (name, rest) = rest.split_once(']')?;
                (
                    name,
                    rest.strip_prefix(':').or(rest.is_empty().then_some(""))?,
                    b":.",
                )
            }
            None => {
                let (name, port) = host.split_once(':').unwrap_or((host, ""));
                (name, port, b"-._~")
            }
        };
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || marks.contains(byte);
        if name.is_empty() || name.len() > MAX_BYTES || !name.as_bytes().iter().all(is_name) {
            return None;
        }
        let port = match port {
            "" => None,
            port => Some(port.parse().ok()?),
        };
        Some(Self { name, port })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::{Host, address};

    #[test]
    fn addresses_read_as_always() {
        for octet in 0..=255 {
            let ip = Ipv4Addr::new(octet, 0, 255 - octet, octet);
            assert_eq!(*address(ip.into()), *ip.to_string());
            assert_eq!(*address(ip.to_ipv6_mapped().into()), *ip.to_string());
        }
        let ip: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(*address(ip), *"2001:db8::1");
    }

    #[test]
    fn authorities_are_cut_into_name_and_port() {
        for (authority, name, port) in [
            ("shop.example", "shop.example", None),
            ("shop.example:8080", "shop.example", Some(8080)),
            ("shop.example:", "shop.example", None),
            ("user:pw@shop.example", "shop.example", None),
            ("[2001:db8::1]", "2001:db8::1", None),
            ("[::1]:80", "::1", Some(80)),
        ] {
            assert_eq!(
                Host::parse(authority),
                Some(Host { name, port }),
                "{authority}"
            );
        }
    }

    #[test]
    fn what_is_no_authority_is_not_recorded() {
        let long = "a".repeat(256);
        for authority in [
            "", ":80", "a:b", "a:80:80", "a b", "a/b", "[::1", "[::1]x", "a:99999", &long,
        ] {
            assert_eq!(Host::parse(authority), None, "{authority}");
        }
    }
}
