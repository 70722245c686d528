//! Texts that one request has in common with the one before it on this thread,
//! so that they are made once: a connection keeps its peer, host and client.

use std::{cell::RefCell, net::IpAddr, sync::Arc, thread::LocalKey};

use opentelemetry::StringValue;
use otelier_core::shorten;

use super::{
    host::{Host, address},
    listed::MAX_BYTES,
};

/// What was asked for last, and what came of it.
type Last<K, V> = RefCell<Option<(K, V)>>;

thread_local! {
    static AGENT: Last<Arc<str>, Arc<str>> = const { RefCell::new(None) };
    static ADDRESS: Last<IpAddr, Arc<str>> = const { RefCell::new(None) };
    static HOST: Last<Box<str>, (Arc<str>, Option<u16>)> = const { RefCell::new(None) };
}

/// What came of the same before, or of this now.
#[inline]
fn recent<K, V: Clone>(
    last: &'static LocalKey<Last<K, V>>,
    is_same: impl FnOnce(&K) -> bool,
    make: impl FnOnce() -> Option<(K, V)>,
) -> Option<V> {
    let known = last.with_borrow(|last| {
        let (key, value) = last.as_ref()?;
        is_same(key).then(|| value.clone())
    });
    if known.is_some() {
        return known;
    }
    let (key, value) = make()?;
    last.set(Some((key, value.clone())));
    Some(value)
}

/// A text that was sent, `None` if it is none.
pub(super) fn agent(sent: &[u8]) -> Option<StringValue> {
    let make = || {
        let agent = Arc::<str>::from(shorten(str::from_utf8(sent).ok()?, MAX_BYTES));
        Some((Arc::clone(&agent), agent))
    };
    recent(&AGENT, |last| last.as_bytes() == sent, make).map(Into::into)
}

/// An address as text.
pub(super) fn address_of(ip: IpAddr) -> StringValue {
    let known = recent(&ADDRESS, |last| *last == ip, || Some((ip, address(ip))));
    known.unwrap_or_else(|| address(ip)).into()
}

/// Name and port of an authority, `None` if it is not well-formed.
pub(super) fn host(authority: &[u8]) -> Option<(StringValue, Option<u16>)> {
    let make = || {
        let authority = str::from_utf8(authority).ok()?;
        let host = Host::parse(authority)?;
        Some((authority.into(), (host.name.into(), host.port)))
    };
    let known = recent(&HOST, |last| last.as_bytes() == authority, make);
    known.map(|(name, port)| (name.into(), port))
}

#[cfg(test)]
mod tests {
    use super::{address_of, agent, host};

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
}
