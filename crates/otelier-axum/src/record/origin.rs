//! Where a request came from and whom it was meant for.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderValue, Request, Uri},
};
use opentelemetry::KeyValue;
use otelier_core::semconv;

use super::{
    forwarded::{self, Forwarded},
    host::address,
    protocol::Scheme,
    recent,
};
use crate::config::ProxyTrust;

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
