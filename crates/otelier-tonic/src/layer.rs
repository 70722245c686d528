//! The layers.

use std::{marker::PhantomData, net::SocketAddr, sync::Arc};

use http::{Extensions, HeaderName, Uri};
use tower_layer::Layer;

use crate::{
    config::Config,
    record::{self, Layered, Telemetry, layered},
    service::Trace,
    side::{Client, Server},
};

/// Records a span and metrics for each call that a server answers, see the
/// [crate] root.
///
/// Put it on with `tonic::transport::Server::layer`, before the services are
/// added; inside of a layer for gRPC-Web, where there is one.
pub type ServerLayer = TraceLayer<Server>;

/// Records a span and metrics for each call that a client makes, see the [crate]
/// root, and has the trace context travel with it.
///
/// Put it directly around the channel: a retry layer outside of it gives one span
/// per attempt. The service's error is a type that is an
/// [`Error`](std::error::Error), as a channel's is; layers that box it stand
/// outside.
pub type ClientLayer = TraceLayer<Client>;

/// What a [`ClientLayer`] makes of a channel, for the types of stubs that are
/// kept: `PricesClient<ClientService<Channel>>`.
pub type ClientService<S> = Layered<S, Trace<S, Client>>;

/// Records calls of one side: a [`ServerLayer`], or a [`ClientLayer`]. Requests
/// that are no calls of gRPC pass through.
///
/// The layer records to the providers that are current when it is made, or, if
/// there are none, to the process's as soon as these are installed.
///
/// While telemetry is disabled, or all its exporters are `none`, the context of
/// others passes through all the same; where neither an endpoint nor
/// `OTEL_PROPAGATORS` is set nothing is done.
///
/// # Cost
/// While telemetry is off a call pays an atomic load and two branches; where it is
/// compiled out, the service is the inner one itself.
#[derive(Clone, Debug)]
#[must_use]
pub struct TraceLayer<K> {
    telemetry: Telemetry,
    side: PhantomData<fn() -> K>,
}

impl<K> TraceLayer<K> {
    /// Leaves no span and no metric for these services and methods, such as
    /// `shop.Prices` and `shop.Prices/Watch`, in place of the health checks and the
    /// reflection that are left out otherwise. A server's still run in their
    /// caller's context.
    pub fn with_excluded<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.edit(|config| config.excluded = Some(names.into_iter().map(Into::into).collect()))
    }

    /// Records an entry of the request's metadata as
    /// `rpc.request.metadata.<name>`. Values that are marked as sensitive, and
    /// those of names like `authorization`, become `[REDACTED]`.
    pub fn with_request_metadata(self, name: HeaderName) -> Self {
        self.edit(|config| config.request_metadata.push(name))
    }

    /// Records an entry of the metadata at the response's head as
    /// `rpc.response.metadata.<name>`, under the same rules as
    /// [`with_request_metadata`](Self::with_request_metadata).
    pub fn with_response_metadata(self, name: HeaderName) -> Self {
        self.edit(|config| config.response_metadata.push(name))
    }

    fn with(telemetry: Telemetry) -> Self {
        Self {
            telemetry,
            side: PhantomData,
        }
    }

    fn edit(self, edit: impl FnOnce(&mut Config)) -> Self {
        Self::with(self.telemetry.edit(edit))
    }
}

impl TraceLayer<Server> {
    /// Makes a layer that records to the current providers.
    pub fn new() -> Self {
        Self::with(record::server())
    }

    /// Says which services and methods there are, such as `shop.Prices`, or
    /// `shop.Prices/Get`: all others are recorded as `_OTHER`, and a method that is
    /// named is not, even where the answer is `UNIMPLEMENTED`.
    ///
    /// Without such a list the methods are known that were once answered with
    /// anything else, up to 256 of them.
    pub fn with_known<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        self.edit(|config| config.known = Some(names.into_iter().map(Into::into).collect()))
    }

    /// Says where the address of the caller's connection is found,
    /// `network.peer.address`: with tonic's own server it is in
    /// `tonic::transport::server::TcpConnectInfo`. A bare [`SocketAddr`] among the
    /// extensions is found without.
    ///
    /// ```
    /// use tonic::transport::server::TcpConnectInfo;
    ///
    /// let layer = otelier_tonic::server_layer()
    ///     .with_peer(|extensions| extensions.get::<TcpConnectInfo>()?.remote_addr());
    /// # drop(layer);
    /// ```
    pub fn with_peer(
        self,
        peer: impl Fn(&Extensions) -> Option<SocketAddr> + Send + Sync + 'static,
    ) -> Self {
        self.edit(|config| config.peer = Some(Arc::new(peer)))
    }
}

impl TraceLayer<Client> {
    /// Makes a layer that records to the current providers.
    pub fn new() -> Self {
        Self::with(record::client())
    }

    /// Says where calls go, `server.address` and `server.port`: what the channel
    /// was made for. The channel knows it, and does not tell.
    pub fn with_origin(self, origin: Uri) -> Self {
        self.edit(|config| config.origin = origin)
    }

    /// Sends neither trace context nor baggage, for servers of others. Calls are
    /// recorded all the same.
    pub fn without_propagation(self) -> Self {
        self.edit(|config| config.keeps_context = true)
    }
}

impl Default for TraceLayer<Server> {
    fn default() -> Self {
        Self::new()
    }
}

impl Default for TraceLayer<Client> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S, K> Layer<S> for TraceLayer<K> {
    type Service = Layered<S, Trace<S, K>>;

    fn layer(&self, inner: S) -> Self::Service {
        layered(inner, |inner| {
            Trace::<S, K>::new(inner, self.telemetry.clone())
        })
    }
}

/// Makes a layer for a server, see [`ServerLayer`].
pub fn server_layer() -> ServerLayer {
    ServerLayer::new()
}

/// Makes a layer for a client, see [`ClientLayer`].
pub fn client_layer() -> ClientLayer {
    ClientLayer::new()
}
