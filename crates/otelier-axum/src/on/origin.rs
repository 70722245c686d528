//! Where a request came from and whom it was meant for.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderValue, Request, Uri},
};
use opentelemetry::KeyValue;
use otelier_core::semconv;

use super::{
    config::ProxyTrust,
    forwarded::{self, Forwarded},
    labels::Scheme,
    recent,
};

/// Longer names are not DNS names.
const MAX_HOST_BYTES: usize = 255;

/// Both ends of a request, as far as they are known and believed.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    /// `http` or `https`, whatever was sent: it is a label of metrics.
    pub(super) scheme: Scheme,
    /// What a proxy says that it was asked for.
    forwarded: Option<&'a str>,
    client: Option<IpAddr>,
    peer: Option<SocketAddr>,
}

impl<'a> Origin<'a> {
    pub(super) fn of<B>(request: &'a Request<B>, uri: &Uri, trust: ProxyTrust) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0);
        let trusted = match trust {
            ProxyTrust::Private => peer.is_some_and(|peer| forwarded::is_trusted(peer.ip())),
            ProxyTrust::Nobody => false,
            ProxyTrust::Everybody => true,
        };
        let forwarded = if trusted {
            Forwarded::of(request.headers())
        } else {
            Forwarded::default()
        };
        let connection = || uri.scheme_str().and_then(Scheme::parse);
        Self {
            scheme: forwarded.scheme.or_else(connection).unwrap_or(Scheme::Http),
            forwarded: forwarded.host,
            client: forwarded.client.or(peer.map(|peer| peer.ip())),
            peer,
        }
    }

    /// Says, once, that a proxy is not believed because nobody tells who it is:
    /// the server was started without `ConnectInfo`.
    pub(super) fn tell_of_proxy(&self, trust: ProxyTrust) {
        static IS_TOLD: AtomicBool = AtomicBool::new(false);
        let is_odd = self.peer.is_none() && trust == ProxyTrust::Private;
        if is_odd && !IS_TOLD.load(Relaxed) && !IS_TOLD.swap(true, Relaxed) {
            tracing::warn!(
                target: "otelier",
                "requests come over a proxy, but the server does not tell from where: its \
                 Forwarded and X-Forwarded headers are not believed, so that scheme, host and \
                 client are the proxy's view of this service; serve \
                 into_make_service_with_connect_info::<SocketAddr>(), or choose a ProxyTrust"
            );
        }
    }

    /// `host` is the header's.
    pub(super) fn describe(
        &self,
        uri: &Uri,
        host: Option<&HeaderValue>,
        attributes: &mut Vec<KeyValue>,
    ) {
        let named = || match uri.authority() {
            Some(authority) => Some(authority.as_str().as_bytes()),
            None => Some(host?.as_bytes()),
        };
        attributes.push(KeyValue::new(semconv::URL_SCHEME, self.scheme.as_str()));
        let forwarded = self.forwarded.map(str::as_bytes);
        if let Some((name, port)) = forwarded.or_else(named).and_then(recent::host) {
            let port = i64::from(port.unwrap_or(self.scheme.port()));
            attributes.push(KeyValue::new(semconv::SERVER_ADDRESS, name));
            attributes.push(KeyValue::new(semconv::SERVER_PORT, port));
        }
        let peer = self.peer.map(|peer| (recent::address_of(peer.ip()), peer));
        if let Some(client) = self.client {
            let same = peer.as_ref().filter(|(_, peer)| peer.ip() == client);
            let client = same.map_or_else(|| address(client).into(), |(text, _)| text.clone());
            attributes.push(KeyValue::new(semconv::CLIENT_ADDRESS, client));
        }
        if let Some((text, peer)) = peer {
            attributes.push(KeyValue::new(semconv::NETWORK_PEER_ADDRESS, text));
            attributes.push(KeyValue::new(
                semconv::NETWORK_PEER_PORT,
                i64::from(peer.port()),
            ));
        }
    }
}

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
        if name.is_empty() || name.len() > MAX_HOST_BYTES || !name.as_bytes().iter().all(is_name) {
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
