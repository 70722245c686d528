//! Where requests are passed on to.

use crate::Error;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use tokio::net::lookup_host;

/// An endpoint of OTLP over HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    /// Without user, password, and the slash at the end.
    pub(crate) base: String,
    pub(crate) authorization: Option<HeaderValue>,
    host: String,
    port: u16,
}

impl Target {
    /// Reads `http://[user:password@]host[:port][/path]`.
    pub(crate) fn of(url: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::ForwardUrl {
            url: masked(url),
            reason: reason.to_owned(),
        };
        let (user, base) = split_user(url.trim_end_matches('/'));
        let uri: Uri = base.parse().map_err(|_| refuse("it is not a URL"))?;
        match uri.scheme_str() {
            Some("http") => {}
            Some("https") => return Err(refuse("https is not supported, use http")),
            _ => return Err(refuse("it does not start with http://")),
        }
        if uri.query().is_some() {
            return Err(refuse("it has a query"));
        }
        let host = uri.host().unwrap_or_default();
        let authorization = user.map(|user| {
            let user: Vec<u8> = percent_decode_str(user).collect();
            let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(user)))
                .map_err(|_| refuse("its user cannot be sent"))?;
            value.set_sensitive(true);
            Ok(value)
        });
        Ok(Self {
            authorization: authorization.transpose()?,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            base,
        })
    }

    /// Refuses to be one of the addresses that this process listens on.
    pub(crate) async fn check(&self, own: &[SocketAddr]) -> Result<(), Error> {
        // A name that does not resolve yet may do so later.
        let Ok(addresses) = lookup_host((self.host.as_str(), self.port)).await else {
            return Ok(());
        };
        for address in addresses {
            if own.iter().any(|own| leads_to(address, *own)) {
                return Err(Error::ForwardUrl {
                    url: self.base.clone(),
                    reason: "it is this collector itself".into(),
                });
            }
        }
        Ok(())
    }
}

/// Whether a connection to an address ends at a listener.
fn leads_to(address: SocketAddr, listener: SocketAddr) -> bool {
    let (to, at) = (address.ip().to_canonical(), listener.ip().to_canonical());
    address.port() == listener.port()
        && (to == at
            || (at.is_unspecified() && is_local(to))
            || (to.is_unspecified() && at.is_loopback()))
}

/// Whether an address is one of this machine: only those can be bound to.
fn is_local(ip: IpAddr) -> bool {
    ip.is_loopback() || UdpSocket::bind((ip, 0)).is_ok()
}

/// User and password, and the URL without them.
fn split_user(url: &str) -> (Option<&str>, String) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (None, url.to_owned());
    };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), format!("{scheme}://{host}{path}")),
        None => (None, url.to_owned()),
    }
}

/// A URL that can be shown: without user, password and query.
fn masked(url: &str) -> String {
    let (user, mut shown) = split_user(url);
    if let Some(query) = shown.find('?') {
        shown.truncate(query);
        shown.push_str("?…");
    }
    // A password with a slash in it does not end where a URL has it end.
    let shown = match shown.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => shown,
    };
    match user {
        Some(_) => shown.replacen("://", "://…@", 1),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Target, leads_to, masked};

    #[test]
    fn a_password_is_sent_and_never_shown() {
        let target = Target::of("http://ann:s3cr%3At@host:4318/otlp/").unwrap();
        assert_eq!(target.base, "http://host:4318/otlp");
        assert_eq!(
            target.authorization.clone().unwrap(),
            "Basic YW5uOnMzY3I6dA=="
        );
        assert!(!format!("{target:?}").contains("YW5u"));
        for url in [
            "http://ann:s3cret@host",
            "https://ann:s3cret@host",
            "http://ann:s3/cret@host",
            "http://ann:s3 cret@ho st",
            "http://host?key=s3cret",
            "ann:s3cret@host",
        ] {
            let shown = masked(url);
            assert!(!shown.contains("s3") && !shown.contains("cret"), "{shown}");
            if let Err(error) = Target::of(url) {
                assert!(!format!("{error} {error:?}").contains("cret"), "{error}");
            }
        }
    }

    #[test]
    fn a_listener_is_found_behind_each_of_its_addresses() {
        let leads = |to: &str, at: &str| leads_to(to.parse().unwrap(), at.parse().unwrap());
        assert!(leads("127.0.0.1:1", "127.0.0.1:1"));
        assert!(leads("[::ffff:127.0.0.1]:1", "127.0.0.1:1"));
        assert!(leads("127.0.0.1:1", "0.0.0.0:1"));
        assert!(leads("0.0.0.0:1", "127.0.0.1:1"));
        assert!(!leads("127.0.0.1:1", "127.0.0.1:2"));
        assert!(!leads("192.0.2.1:1", "0.0.0.0:1"));
    }
}
