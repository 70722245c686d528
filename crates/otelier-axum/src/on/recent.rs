//! Texts that one request has in common with the one before it on this thread,
//! so that they are made once: a connection keeps its peer, host and client.

use std::{cell::RefCell, net::IpAddr, sync::Arc, thread::LocalKey};

use opentelemetry::StringValue;

use super::origin::{Host, address};

thread_local! {
    static AGENT: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
    static ADDRESS: RefCell<Option<(IpAddr, Arc<str>)>> = const { RefCell::new(None) };
    static HOST: RefCell<Option<Named>> = const { RefCell::new(None) };
}

/// A host's parts, and the text that they were cut from.
struct Named {
    authority: Box<str>,
    name: Arc<str>,
    port: Option<u16>,
}

pub(super) fn agent(text: &str) -> StringValue {
    let same = |last: &Arc<str>| (**last == *text).then(|| Arc::clone(last));
    recall(&AGENT, same, || {
        let agent = Arc::<str>::from(text);
        (Arc::clone(&agent), agent)
    })
    .into()
}

/// An address as text.
pub(super) fn address_of(ip: IpAddr) -> StringValue {
    let same = |(last, text): &(IpAddr, Arc<str>)| (*last == ip).then(|| Arc::clone(text));
    recall(&ADDRESS, same, || {
        let text = address(ip);
        (Arc::clone(&text), (ip, text))
    })
    .into()
}

/// Name and port of an authority, `None` if it is not well-formed.
pub(super) fn host(authority: &str) -> Option<(StringValue, Option<u16>)> {
    let known = HOST.with_borrow(|last| {
        let last = last.as_ref().filter(|last| *last.authority == *authority)?;
        Some((Arc::clone(&last.name), last.port))
    });
    if let Some((name, port)) = known {
        return Some((name.into(), port));
    }
    let host = Host::parse(authority)?;
    let name = Arc::<str>::from(host.name);
    HOST.set(Some(Named {
        authority: authority.into(),
        name: Arc::clone(&name),
        port: host.port,
    }));
    Some((name.into(), host.port))
}

fn recall<T>(
    last: &'static LocalKey<RefCell<Option<T>>>,
    same: impl FnOnce(&T) -> Option<Arc<str>>,
    make: impl FnOnce() -> (Arc<str>, T),
) -> Arc<str> {
    if let Some(text) = last.with_borrow(|last| last.as_ref().and_then(same)) {
        return text;
    }
    let (text, made) = make();
    last.set(Some(made));
    text
}

#[cfg(test)]
mod tests {
    use super::{address_of, agent, host};

    #[test]
    fn what_changes_is_made_anew() {
        for text in ["curl/8", "curl/8", "curl/9", "curl/8"] {
            assert_eq!(agent(text).as_str(), text);
        }
        for text in ["192.0.2.1", "192.0.2.1", "2001:db8::1", "192.0.2.1"] {
            assert_eq!(address_of(text.parse().unwrap()).as_str(), text);
        }
        for (text, name, port) in [
            ("a.example:80", "a.example", Some(80)),
            ("a.example:80", "a.example", Some(80)),
            ("a.example", "a.example", None),
        ] {
            assert_eq!(host(text), Some((name.to_owned().into(), port)));
        }
        assert_eq!(host("a b"), None);
    }
}
