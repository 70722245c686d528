//! Where a server is, as its callers name it.

use std::sync::Arc;

use http::{Uri, uri::Authority};
use opentelemetry::{KeyValue, StringValue};
use otelier_core::{cut, edge::http_client::without_brackets, semconv};

use super::method::Methods;

/// Longer names are not DNS names.
const MAX_HOST_BYTES: usize = 255;

/// A server, as one of its callers names it.
pub(super) struct Host {
    address: Option<StringValue>,
    port: Option<i64>,
    /// Those that a client calls there.
    pub(super) methods: Methods,
}

impl Host {
    pub(super) fn new(authority: Option<&Authority>, port: Option<u16>) -> Self {
        let host = authority.map(|authority| without_brackets(authority.host()));
        let host = host.map(|host| cut(host, MAX_HOST_BYTES).to_ascii_lowercase());
        let host = host.filter(|host| !host.is_empty());
        Self {
            port: host.as_ref().and(port).map(i64::from),
            address: host.map(|host| Arc::<str>::from(host).into()),
            methods: Methods::new(),
        }
    }

    /// Of a client's URI, whose port its scheme may say.
    pub(super) fn of(uri: &Uri) -> Self {
        let by_scheme = || match uri.scheme_str()? {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        Self::new(uri.authority(), uri.port_u16().or_else(by_scheme))
    }

    /// Adds address and port.
    pub(super) fn describe(&self, attributes: &mut Vec<KeyValue>) {
        if let Some(address) = &self.address {
            attributes.push(KeyValue::new(semconv::SERVER_ADDRESS, address.clone()));
        }
        if let Some(port) = self.port {
            attributes.push(KeyValue::new(semconv::SERVER_PORT, port));
        }
    }
}
