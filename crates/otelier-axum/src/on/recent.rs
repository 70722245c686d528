//! Texts that one request has in common with the one before it on this thread,
//! so that they are made once: a connection keeps its peer, host and client.

use std::{cell::RefCell, net::IpAddr, sync::Arc};

use opentelemetry::StringValue;
use otelier_core::shorten;

use super::{
    origin::{Host, address},
    request::MAX_BYTES,
};

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

/// A text that was sent, `None` if it is none.
pub(super) fn agent(sent: &[u8]) -> Option<StringValue> {
    let known = AGENT.with_borrow(|last| {
        let last = last.as_ref().filter(|last| last.as_bytes() == sent)?;
        Some(Arc::clone(last))
    });
    if let Some(agent) = known {
        return Some(agent.into());
    }
    let text = shorten(str::from_utf8(sent).ok()?, MAX_BYTES);
    let agent = Arc::<str>::from(text);
    AGENT.set(Some(Arc::clone(&agent)));
    Some(agent.into())
}

/// An address as text.
pub(super) fn address_of(ip: IpAddr) -> StringValue {
    let known = ADDRESS.with_borrow(|last| {
        let (_, text) = last.as_ref().filter(|(last, _)| *last == ip)?;
        Some(Arc::clone(text))
    });
    if let Some(text) = known {
        return text.into();
    }
    let text = address(ip);
    ADDRESS.set(Some((ip, Arc::clone(&text))));
    text.into()
}

/// Name and port of an authority, `None` if it is not well-formed.
pub(super) fn host(authority: &[u8]) -> Option<(StringValue, Option<u16>)> {
    let known = HOST.with_borrow(|last| {
        let last = last
            .as_ref()
            .filter(|last| last.authority.as_bytes() == authority)?;
        Some((Arc::clone(&last.name), last.port))
    });
    if let Some((name, port)) = known {
        return Some((name.into(), port));
    }
    let authority = str::from_utf8(authority).ok()?;
    let host = Host::parse(authority)?;
    let name = Arc::<str>::from(host.name);
    HOST.set(Some(Named {
        authority: authority.into(),
        name: Arc::clone(&name),
        port: host.port,
    }));
    Some((name.into(), host.port))
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
