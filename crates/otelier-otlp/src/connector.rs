//! The way to a connection: name, TCP or socket, proxy, TLS.

use std::{
    error, io, iter,
    path::PathBuf,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderValue, Uri, uri::Scheme};
use hyper_util::{
    client::{legacy::connect::HttpConnector, proxy::matcher::Intercept, proxy::matcher::Matcher},
    rt::TokioIo,
};
use tower_service::Service;

use crate::{
    Cause, Error, Protocol, Proxy, Settings,
    resolve::Resolver,
    socket,
    stream::{Duplex, Evidence, Stream},
    tls, tunnel,
};

/// The longest time for name, TCP, proxy and TLS together.
const CONNECT: Duration = Duration::from_secs(5);
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Connects to one endpoint. All errors are a [`Cause`].
#[derive(Clone)]
pub(crate) struct Connector {
    tcp: HttpConnector<Resolver>,
    route: Arc<Route>,
}

struct Route {
    endpoint: Uri,
    socket: Option<PathBuf>,
    protocol: Protocol,
    /// Host and port, or `unix:` and a path, for people.
    peer: Arc<str>,
    tls: Option<tls::Config>,
    proxy: Option<ProxyRoute>,
    bound: Duration,
    evidence: Arc<Evidence>,
}

struct ProxyRoute {
    uri: Uri,
    peer: Arc<str>,
    auth: Option<HeaderValue>,
    tls: Option<tls::Config>,
    tunnel: bool,
}

impl Connector {
    pub(crate) fn new(settings: &Settings) -> Result<Self, Error> {
        let endpoint = settings.endpoint.clone();
        let secure = match endpoint.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            _ => {
                return Err(Error::Endpoint {
                    reason: "starts with neither http:// nor https://",
                });
            }
        };
        if settings.socket.is_some() && !cfg!(unix) {
            return Err(Error::Endpoint {
                reason: "names a Unix socket, which this system does not have",
            });
        }
        let named = match &settings.socket {
            Some(path) => Some(format!("unix:{}", path.display()).into()),
            None => peer(&endpoint),
        };
        let Some(peer) = named else {
            return Err(Error::Endpoint {
                reason: "names no host",
            });
        };
        if endpoint
            .authority()
            .is_some_and(|it| it.as_str().contains('@'))
        {
            return Err(Error::Endpoint {
                reason: "holds a user or a password: put them into HEADERS as `authorization`",
            });
        }
        let proxy = match &settings.proxy {
            Some(proxy) if settings.socket.is_none() => ProxyRoute::new(proxy, settings)?,
            _ => None,
        };
        // Less than a short timeout, so that it is told what it was.
        let bound = CONNECT.min(settings.timeout / 5 * 4);
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        // Of this each of a name's addresses gets its share.
        tcp.set_connect_timeout(Some(bound));
        let tls = secure
            .then(|| tls::config(&settings.tls, settings.protocol))
            .transpose()?;
        Ok(Self {
            tcp,
            route: Arc::new(Route {
                endpoint,
                socket: settings.socket.clone(),
                protocol: settings.protocol,
                peer,
                tls,
                proxy,
                bound,
                evidence: Arc::default(),
            }),
        })
    }

    /// Host and port of the endpoint, or its socket.
    pub(crate) fn peer(&self) -> &Arc<str> {
        &self.route.peer
    }

    pub(crate) fn evidence(&self) -> &Evidence {
        &self.route.evidence
    }

    /// What each request through a plain proxy carries; a tunnel's opening
    /// carries it instead.
    pub(crate) fn proxy_authorization(&self) -> Option<&HeaderValue> {
        let proxy = self.route.proxy.as_ref()?;
        proxy.auth.as_ref().filter(|_| !proxy.tunnel)
    }

    async fn connect(mut self) -> Result<TokioIo<Stream>, Cause> {
        let route = Arc::clone(&self.route);
        let connecting = async {
            let (stream, absolute) = match (&route.socket, &route.proxy) {
                (Some(path), _) => {
                    let dialled = socket::dial(path, &route.peer, route.protocol);
                    (dialled.await?, false)
                }
                (None, None) => (self.dial(&route.endpoint, &route.peer).await?, false),
                (None, Some(proxy)) => (self.through(proxy).await?, !proxy.tunnel),
            };
            let stream = match &route.tls {
                None => stream,
                Some(config) => {
                    let host = route.endpoint.host().unwrap_or_default();
                    let secured = tls::handshake(config, host, stream).await;
                    Box::new(secured.map_err(|error| self.cause(&error, &route.peer))?)
                }
            };
            Ok(TokioIo::new(Stream::new(
                stream,
                Arc::clone(&route.evidence),
                route.protocol,
                absolute,
            )))
        };
        match tokio::time::timeout(route.bound, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(Cause::ConnectTimeout {
                peer: Arc::clone(&route.peer),
                after: route.bound,
            }),
        }
    }

    async fn through(&mut self, proxy: &ProxyRoute) -> Result<Box<dyn Duplex>, Cause> {
        let mut stream = self.dial(&proxy.uri, &proxy.peer).await?;
        if let Some(config) = &proxy.tls {
            let host = proxy.uri.host().unwrap_or_default();
            let secured = tls::handshake(config, host, stream).await;
            stream = Box::new(secured.map_err(|error| self.cause(&error, &proxy.peer))?);
        }
        if proxy.tunnel {
            tunnel::open(&mut stream, &self.route.peer, proxy.auth.as_ref())
                .await
                .map_err(|error| self.cause(&error, &proxy.peer))?
                .map_err(|status| Cause::Proxy { status })?;
        }
        Ok(stream)
    }

    async fn dial(&mut self, to: &Uri, peer: &Arc<str>) -> Result<Box<dyn Duplex>, Cause> {
        match self.tcp.call(to.clone()).await {
            Ok(stream) => Ok(Box::new(stream.into_inner())),
            // Each address of the name used up its share of the bound.
            Err(error) if is_io(&error, io::ErrorKind::TimedOut) => Err(Cause::ConnectTimeout {
                peer: Arc::clone(peer),
                after: self.route.bound,
            }),
            // The system had nothing to look the name up with.
            Err(error) if is_io(&error, io::ErrorKind::WouldBlock) => Err(self.cause(&error, peer)),
            // The type does not tell this in another way.
            Err(error) if error.to_string().starts_with("dns error") => Err(Cause::Unresolved {
                peer: Arc::clone(peer),
            }),
            Err(error) => Err(self.cause(&error, peer)),
        }
    }

    fn cause(&self, error: &(dyn error::Error + 'static), peer: &Arc<str>) -> Cause {
        Cause::of(error, self.route.protocol, peer)
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = Cause;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Cause>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cause>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

impl ProxyRoute {
    fn new(proxy: &Proxy, settings: &Settings) -> Result<Option<Self>, Error> {
        let endpoint = &settings.endpoint;
        let (variable, value) = match (endpoint.scheme_str(), &proxy.http, &proxy.https) {
            (Some("http"), Some(http), _) if !http.is_empty() => ("HTTP_PROXY", http),
            (Some("https"), _, Some(https)) if !https.is_empty() => ("HTTPS_PROXY", https),
            _ => match &proxy.all {
                Some(all) if !all.is_empty() => ("ALL_PROXY", all),
                _ => return Ok(None),
            },
        };
        let value = value.trim();
        let rules = Matcher::builder().all(value);
        let unusable = Error::Proxy { variable };
        // Asked twice, as a proxy that cannot be used is ignored by the rules.
        let Some(found) = rules.build().intercept(endpoint).filter(speaks_http) else {
            return Err(unusable);
        };
        let no = proxy.no.as_deref().unwrap_or_default();
        let rules = Matcher::builder().all(value).no(no);
        // To the rules, `*` is names only.
        let none = no.split(',').any(|host| host.trim() == "*");
        if none || rules.build().intercept(endpoint).is_none() {
            return Ok(None);
        }
        let uri = found.uri().clone();
        let tls = (uri.scheme() == Some(&Scheme::HTTPS))
            .then(|| tls::proxy_config(&settings.tls, variable))
            .transpose()?;
        Ok(Some(Self {
            peer: peer(&uri).ok_or(unusable)?,
            uri,
            auth: found.basic_auth().cloned(),
            tls,
            // Proxies do not speak HTTP/2 without TLS to their clients.
            tunnel: endpoint.scheme() == Some(&Scheme::HTTPS)
                || settings.protocol == Protocol::Grpc,
        }))
    }
}

fn speaks_http(found: &Intercept) -> bool {
    matches!(found.uri().scheme_str(), Some("http" | "https"))
}

fn peer(uri: &Uri) -> Option<Arc<str>> {
    let host = uri.host().filter(|host| !host.is_empty())?;
    let secure = uri.scheme() == Some(&Scheme::HTTPS);
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    Some(format!("{host}:{port}").into())
}

/// Whether an error is one of this kind of I/O at its root.
fn is_io(error: &(dyn error::Error + 'static), kind: io::ErrorKind) -> bool {
    iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<io::Error>())
        .any(|error| error.kind() == kind)
}
