//! Texts that one request has in common with others before it on this thread, so
//! that they are made once: a connection keeps its peer, host and client, and
//! clients come back.

use std::{cell::RefCell, net::IpAddr, sync::Arc, thread::LocalKey};

use opentelemetry::StringValue;
use otelier_core::shorten;

use super::{
    host::{Host, address},
    listed::MAX_BYTES,
};

/// How many of each kind a thread knows, and the longest header that is kept, in
/// bytes.
const AGENTS: usize = 16;
const HOSTS: usize = 8;
const ADDRESSES: usize = 128;
const LONGEST: usize = 512;

/// What was asked for, and what came of it, each in the one place that its hash
/// leaves it; strangers can only take that place from each other. Nothing is
/// allocated before the first.
type Places<K, V> = RefCell<Vec<Option<(K, V)>>>;

type HostAndPort = (Arc<str>, Option<u16>);

thread_local! {
    static AGENT: Places<Box<[u8]>, Arc<str>> = const { RefCell::new(Vec::new()) };
    static ADDRESS: Places<IpAddr, Arc<str>> = const { RefCell::new(Vec::new()) };
    static HOST: Places<Box<[u8]>, HostAndPort> = const { RefCell::new(Vec::new()) };
    static PROXIED_HOST: Places<Box<[u8]>, HostAndPort> = const { RefCell::new(Vec::new()) };
    static PROXIED_CLIENT: Places<Box<[u8]>, Arc<str>> = const { RefCell::new(Vec::new()) };
}

/// What came of the same before, or of this now, in one of `N` places.
#[inline]
fn recent<const N: usize, K, V: Clone>(
    places: &'static LocalKey<Places<K, V>>,
    hash: u64,
    is_same: impl FnOnce(&K) -> bool,
    make: impl FnOnce() -> Option<(Option<K>, V)>,
) -> Option<V> {
    // The upper bits of a product depend on all of the lower ones.
    let place = usize::from(hash.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()[0]) % N;
    let known = places.with_borrow(|places| {
        let (key, value) = places.get(place)?.as_ref()?;
        is_same(key).then(|| value.clone())
    });
    if known.is_some() {
        return known;
    }
    let (key, value) = make()?;
    if let Some(key) = key {
        places.with_borrow_mut(|places| {
            if places.is_empty() {
                places.resize_with(N, || None);
            }
            if let Some(place) = places.get_mut(place) {
                *place = Some((key, value.clone()));
            }
        });
    }
    Some(value)
}

/// The same for what a header says. Of a longer text its middle and its end tell
/// which place it has: there user agents and lists differ.
#[inline]
fn sent<const N: usize, V: Clone>(
    places: &'static LocalKey<Places<Box<[u8]>, V>>,
    sent: &[u8],
    make: impl FnOnce() -> Option<V>,
) -> Option<V> {
    let half = sent.get(sent.len() / 2..).unwrap_or_default();
    let hash = match (half.first_chunk(), sent.last_chunk()) {
        (Some(middle), Some(end)) => {
            let [middle, end] = [middle, end].map(|word| u64::from_le_bytes(*word));
            middle.rotate_left(29) ^ end
        }
        (None, Some(end)) => u64::from_le_bytes(*end),
        _ => sent
            .iter()
            .fold(0, |hash, byte| hash << 8 | u64::from(*byte)),
    };
    let make = || {
        let value = make()?;
        Some(((sent.len() <= LONGEST).then(|| sent.into()), value))
    };
    recent::<N, _, _>(places, hash, |known| **known == *sent, make)
}

/// A text that was sent, `None` if it is none.
pub(super) fn agent(agent: &[u8]) -> Option<StringValue> {
    let make = || Some(shorten(str::from_utf8(agent).ok()?, MAX_BYTES).into());
    sent::<AGENTS, _>(&AGENT, agent, make).map(Into::into)
}

/// An address as text.
pub(super) fn address_of(ip: IpAddr) -> StringValue {
    let hash = match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => {
            let [high, low] = [ip.to_bits() >> 64, ip.to_bits()];
            (high as u64).rotate_left(29) ^ low as u64
        }
    };
    let make = || Some((Some(ip), address(ip)));
    let known = recent::<ADDRESSES, _, _>(&ADDRESS, hash, |known| *known == ip, make);
    known.unwrap_or_else(|| address(ip)).into()
}

/// Name and port of an authority, `None` if it is not well-formed.
pub(super) fn host(authority: &[u8]) -> Option<(StringValue, Option<u16>)> {
    let known = sent::<HOSTS, _>(&HOST, authority, || host_and_port(authority));
    known.map(|(name, port)| (name.into(), port))
}

/// The same of what a proxy says that it was asked for, in a list of which `first`
/// reads the first.
pub(super) fn proxied_host<'a>(
    list: &'a [u8],
    first: impl FnOnce(&'a [u8]) -> Option<&'a str>,
) -> Option<(StringValue, Option<u16>)> {
    let make = || host_and_port(first(list)?.as_bytes());
    let known = sent::<HOSTS, _>(&PROXIED_HOST, list, make);
    known.map(|(name, port)| (name.into(), port))
}

/// Whom a proxy says that it asks for, in a list of which `first` reads the first,
/// `None` if that is no address.
pub(super) fn proxied_client(
    list: &[u8],
    first: impl FnOnce(&[u8]) -> Option<IpAddr>,
) -> Option<StringValue> {
    let make = || Some(address(first(list)?));
    sent::<ADDRESSES, _>(&PROXIED_CLIENT, list, make).map(Into::into)
}

fn host_and_port(authority: &[u8]) -> Option<HostAndPort> {
    let host = Host::parse(str::from_utf8(authority).ok()?)?;
    Some((host.name.into(), host.port))
}

#[cfg(test)]
mod tests {
    use super::{address_of, agent, host, proxied_client, proxied_host};

    /// What stands before the comma.
    fn first(list: &[u8]) -> Option<&str> {
        str::from_utf8(list).ok()?.split(',').next()
    }

    #[test]
    fn what_changes_is_made_anew() {
        for text in ["curl/8", "curl/8", "curl/9", "curl/8"] {
            assert_eq!(agent(text.as_bytes()), Some(text.to_owned().into()));
        }
        for text in ["192.0.2.1", "192.0.2.1", "2001:db8::1", "192.0.2.1"] {
            assert_eq!(address_of(text.parse().unwrap()).as_str(), text);
        }
        for (text, name, port) in [
            ("a.example:80", "a.example", Some(80)),
            ("a.example:80", "a.example", Some(80)),
            ("a.example", "a.example", None),
        ] {
            let parts = Some((name.to_owned().into(), port));
            assert_eq!(host(text.as_bytes()), parts);
        }
        assert_eq!(host(b"a b"), None);
        assert_eq!(agent(b"\xff"), None);
    }

    #[test]
    fn more_than_are_known_are_told_apart() {
        for _ in 0..2 {
            for n in 0..u32::from(u16::MAX) / 64 {
                let ip = std::net::Ipv4Addr::from_bits(0xc000_0200 + n);
                assert_eq!(address_of(ip.into()).as_str(), ip.to_string());
                let text = format!("agent/{n}");
                assert_eq!(agent(text.as_bytes()), Some(text.into()));
                let list = format!("{ip},10.0.0.1");
                let client = proxied_client(list.as_bytes(), |list| first(list)?.parse().ok());
                assert_eq!(client, Some(ip.to_string().into()));
                let name = format!("{n}.example");
                let list = format!("{name}:81, inner");
                let host = proxied_host(list.as_bytes(), first);
                assert_eq!(host, Some((name.into(), Some(81))));
            }
        }
        assert_eq!(proxied_client(b"unknown", |_| None), None);
        assert_eq!(proxied_host(b"a b", first), None);
        // The same bytes mean one thing in `host`, another in a list.
        assert_eq!(host(b"a.example, b"), None);
        assert!(proxied_host(b"a.example, b", first).is_some());
        assert_eq!(host(b"a.example, b"), None);
    }

    #[test]
    fn what_is_too_long_to_be_kept_is_made_each_time() {
        let long = "a".repeat(5000);
        let short = agent(long.as_bytes()).unwrap();
        assert!(short.as_str().len() <= super::MAX_BYTES);
        assert_eq!(agent(long.as_bytes()), Some(short));
    }
}
