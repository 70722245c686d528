//! What a proxy tells about the request that it passed on.

use std::{borrow::Cow, net::IpAddr};

use axum::http::HeaderValue;
use opentelemetry::StringValue;

use super::{host::Host, protocol::Scheme, recent};

/// The headers of proxies, as a pass over all headers meets them. Of several of
/// one name the first counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told<'a> {
    forwarded: Option<&'a HeaderValue>,
    scheme: Option<&'a HeaderValue>,
    host: Option<&'a HeaderValue>,
    client: Option<&'a HeaderValue>,
}

impl<'a> Told<'a> {
    /// Takes note of a header.
    #[inline]
    pub(super) fn meet(&mut self, name: &str, value: &'a HeaderValue) {
        let place = match name {
            "forwarded" => &mut self.forwarded,
            "x-forwarded-proto" => &mut self.scheme,
            "x-forwarded-host" => &mut self.host,
            "x-forwarded-for" => &mut self.client,
            _ => return,
        };
        place.get_or_insert(value);
    }

    pub(super) fn is_nothing(&self) -> bool {
        let headers = [self.forwarded, self.scheme, self.host, self.client];
        headers.iter().all(Option::is_none)
    }

    /// What the first hop was asked by: `Forwarded` wins, `X-Forwarded-*` fill
    /// what it omits.
    #[inline]
    pub(super) fn scheme(&self) -> Option<Scheme> {
        let told = self.hop().and_then(|hop| hop.scheme);
        told.or_else(|| scheme(self.scheme?))
    }

    /// Name and port of a well-formed authority that it was asked for, and who
    /// asked.
    #[inline]
    pub(super) fn host_and_client(&self) -> (Option<HostAndPort>, Option<StringValue>) {
        let hop = self.hop();
        let host = match hop.as_ref().and_then(|hop| hop.host.as_deref()) {
            Some(host) => recent::host(host.as_bytes()),
            None => self
                .host
                .and_then(|host| recent::proxied_host(host.as_bytes(), first)),
        };
        let client = match hop.and_then(|hop| hop.client) {
            Some(client) => Some(recent::address_of(client)),
            None => self
                .client
                .and_then(|client| recent::proxied_client(client.as_bytes(), client_of)),
        };
        (host, client)
    }

    #[inline]
    fn hop(&self) -> Option<Hop<'a>> {
        self.forwarded.map(Hop::first_of)
    }
}

/// Tells whether a peer can be a proxy of ours: it is on this machine, or on a
/// network that the internet does not route.
pub(super) fn is_trusted(peer: IpAddr) -> bool {
    match peer.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

/// As attributes have them.
type HostAndPort = (StringValue, Option<u16>);

/// What `Forwarded` says of one hop.
#[derive(Debug, Default)]
struct Hop<'a> {
    scheme: Option<Scheme>,
    /// A well-formed authority.
    host: Option<Cow<'a, str>>,
    client: Option<IpAddr>,
}

impl<'a> Hop<'a> {
    #[cold]
    fn first_of(list: &'a HeaderValue) -> Self {
        let mut hop = Self::default();
        hop.read(first(list.as_bytes()).unwrap_or_default());
        hop
    }

    /// Reads one hop of `Forwarded`.
    fn read(&mut self, hop: &'a str) {
        for pair in parts(hop, ';') {
            let Some((key, value)) = pair.split_once('=') else {
                continue;
            };
            let (key, value) = (key.trim(), unquoted(value.trim()));
            if key.eq_ignore_ascii_case("proto") {
                self.scheme = Scheme::parse(&value);
            } else if key.eq_ignore_ascii_case("host") {
                self.host = Some(value).filter(|host| Host::parse(host).is_some());
            } else if key.eq_ignore_ascii_case("for") {
                self.client = address(&value);
            }
        }
    }
}

/// The address that a list begins with.
fn client_of(list: &[u8]) -> Option<IpAddr> {
    address(first(list)?)
}

/// The scheme that a list begins with.
fn scheme(list: &HeaderValue) -> Option<Scheme> {
    match list.as_bytes() {
        b"https" => Some(Scheme::Https),
        b"http" => Some(Scheme::Http),
        list => Scheme::parse(first(list)?),
    }
}

/// The first member of a list, which may go on over several headers. Empty ones
/// before it are none (RFC 9110, 5.6.1).
fn first(list: &[u8]) -> Option<&str> {
    let is_empty = |byte: &u8| matches!(byte, b',' | b' ' | b'\t');
    let start = list.iter().position(|byte| !is_empty(byte))?;
    let list = list.get(start..)?;
    let end = list.iter().position(|byte| matches!(byte, b',' | b'"'));
    let (first, rest) = list.split_at_checked(end.unwrap_or(list.len()))?;
    let first = if rest.first() == Some(&b'"') {
        parts(str::from_utf8(list).ok()?, ',').next()?
    } else {
        str::from_utf8(first).ok()?
    };
    Some(first.trim())
}

/// Cuts a text at a mark, but not within quotes.
fn parts(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |c| {
        if is_escaped {
            is_escaped = false;
        } else if is_quoted && c == '\\' {
            is_escaped = true;
        } else if c == '"' {
            is_quoted = !is_quoted;
        } else {
            return c == mark && !is_quoted;
        }
        false
    })
}

/// A value without its quotes, and without the escapes within them.
fn unquoted(value: &str) -> Cow<'_, str> {
    let bare = value.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    match bare {
        Some(bare) if bare.contains('\\') => {
            let mut is_escaped = false;
            let meant = bare.chars().filter(|c| {
                is_escaped = *c == '\\' && !is_escaped;
                !is_escaped
            });
            meant.collect()
        }
        bare => bare.unwrap_or(value).into(),
    }
}

/// A node and its port: `192.0.2.1`, `192.0.2.1:80`, `192.0.2.1:_x`,
/// `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, `[2001:db8::1]:_x`.
/// `None` where the node is hidden or unknown.
fn address(node: &str) -> Option<IpAddr> {
    if let Ok(ip) = node.parse() {
        return Some(ip);
    }
    let (ip, port) = match node.strip_prefix('[') {
        Some(rest) => {
            let (ip, rest) = rest.split_once(']')?;
            let ip = ip.parse().ok().map(IpAddr::V6)?;
            if rest.is_empty() {
                return Some(ip);
            }
            (ip, rest.strip_prefix(':')?)
        }
        None => {
            let (ip, port) = node.split_once(':')?;
            (ip.parse().ok().map(IpAddr::V4)?, port)
        }
    };
    is_port(port).then_some(ip)
}

/// A number, or an underscore and what a proxy calls the port instead.
fn is_port(port: &str) -> bool {
    match port.strip_prefix('_') {
        Some(name) => {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
            !name.is_empty() && name.bytes().all(is_allowed)
        }
        None => matches!(port.len(), 1..=5) && port.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests;
