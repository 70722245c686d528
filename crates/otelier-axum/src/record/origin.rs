//! Where a request came from and whom it was meant for.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
};

use axum::{
    extract::ConnectInfo,
    http::{HeaderValue, Request, Uri},
};
use opentelemetry::KeyValue;
use otelier_core::semconv;

use super::{
    forwarded::{self, Told},
    protocol::Scheme,
    recent,
};
use crate::config::ProxyTrust;

/// Both ends of a request, as far as they are known and believed.
#[derive(Debug)]
pub(super) struct Origin<'a> {
    /// `http` or `https`, whatever was sent: it is a label of metrics.
    pub(super) scheme: Scheme,
    /// What a proxy says, where it is believed.
    told: Option<&'a Told<'a>>,
    peer: Option<SocketAddr>,
}

impl<'a> Origin<'a> {
    pub(super) fn of<B>(
        request: &Request<B>,
        uri: &Uri,
        told: &'a Told<'a>,
        trust: ProxyTrust,
    ) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|info| info.0);
        let is_trusted = || match trust {
            ProxyTrust::Private => peer.is_some_and(|peer| forwarded::is_trusted(peer.ip())),
            ProxyTrust::Nobody => false,
            ProxyTrust::Everybody => true,
        };
        let told = Some(told).filter(|told| !told.is_nothing() && is_trusted());
        let connection = || uri.scheme_str().and_then(Scheme::parse);
        let scheme = told.and_then(Told::scheme).or_else(connection);
        Self {
            scheme: scheme.unwrap_or(Scheme::Http),
            told,
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
        let (host, client) = self.told.map(Told::host_and_client).unwrap_or_default();
        if let Some((name, port)) = host.or_else(|| recent::host(named()?)) {
            let port = i64::from(port.unwrap_or(self.scheme.port()));
            attributes.push(KeyValue::new(semconv::SERVER_ADDRESS, name));
            attributes.push(KeyValue::new(semconv::SERVER_PORT, port));
        }
        let peer = self.peer.map(|peer| (recent::address_of(peer.ip()), peer));
        if let Some(client) = client.or_else(|| peer.as_ref().map(|(text, _)| text.clone())) {
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
