//! A small scripted collector over real sockets.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri, Version};
use http_body_util::BodyExt as _;
use hyper::{
    body::{Body, Frame, Incoming},
    service::service_fn,
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    runtime::Handle,
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

/// What the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http1,
    Http2,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) version: Version,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) connection: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

/// What to do about a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer(Box<Answer>),
    /// Answer when there is a permit.
    Hold(Arc<Semaphore>, Box<Answer>),
    /// Never answer.
    Hang,
    /// Close the connection without an answer.
    Close,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<Bytes>,
    trailers: Option<HeaderMap>,
    endless: bool,
}

/// An HTTP status.
pub(crate) fn status(status: u16) -> Answer {
    Answer {
        status,
        ..Answer::default()
    }
}

/// A gRPC status in trailers, after an empty message.
pub(crate) fn grpc(code: u16) -> Answer {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", code.to_string().parse().unwrap());
    Answer {
        status: 200,
        body: vec![Bytes::from_static(&[0; 5])],
        trailers: Some(trailers),
        ..Answer::default()
    }
    .header("content-type", "application/grpc")
}

/// A gRPC status in headers, with nothing after them.
pub(crate) fn grpc_headers_only(code: u16) -> Answer {
    status(200)
        .header("content-type", "application/grpc")
        .header("grpc-status", &code.to_string())
}

impl Answer {
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    pub(crate) fn trailer(mut self, name: &'static str, value: &str) -> Self {
        let value: HeaderValue = value.parse().unwrap();
        self.trailers.as_mut().unwrap().insert(name, value);
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = vec![body.into()];
        self
    }

    fn into_response(mut self) -> Response<Self> {
        let mut response = Response::new(Self::default());
        *response.status_mut() = self.status.try_into().unwrap();
        *response.headers_mut() = std::mem::take(&mut self.headers);
        *response.body_mut() = self;
        response
    }

    pub(crate) fn endless(mut self) -> Self {
        self.endless = true;
        self
    }
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self::Answer(Box::new(answer))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.endless {
            return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 8192])))));
        }
        if let Some(data) = self.body.pop() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        let trailers = self.trailers.take();
        Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        !self.endless && self.body.is_empty() && self.trailers.is_none()
    }
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

struct State {
    script: Box<Script>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    open: Mutex<Vec<JoinHandle<()>>>,
    leave: watch::Sender<usize>,
    abrupt: AtomicBool,
}

/// Serves until it is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// `script` gets the number of the request, from 0.
    pub(crate) async fn start<R: Into<Reply>>(
        speaks: Speaks,
        script: impl Fn(usize, &Seen) -> R + Send + Sync + 'static,
    ) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start_at(address, speaks, None, script).await
    }

    pub(crate) async fn start_tls<R: Into<Reply>>(
        speaks: Speaks,
        tls: rustls::ServerConfig,
        script: impl Fn(usize, &Seen) -> R + Send + Sync + 'static,
    ) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start_at(address, speaks, Some(tls), script).await
    }

    pub(crate) async fn start_at<R: Into<Reply>>(
        address: SocketAddr,
        speaks: Speaks,
        tls: Option<rustls::ServerConfig>,
        script: impl Fn(usize, &Seen) -> R + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let tls = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        Self::serve(Listener::Tcp(listener), address, speaks, tls, script)
    }

    /// On a socket of this path, where there is nothing yet. The address is of
    /// no use then.
    #[cfg(unix)]
    pub(crate) fn start_on<R: Into<Reply>>(
        path: &std::path::Path,
        speaks: Speaks,
        script: impl Fn(usize, &Seen) -> R + Send + Sync + 'static,
    ) -> Self {
        let listener = Listener::Unix(tokio::net::UnixListener::bind(path).unwrap());
        let address = SocketAddr::from(([0; 4], 0));
        Self::serve(listener, address, speaks, None, script)
    }

    fn serve<R: Into<Reply>>(
        listener: Listener,
        address: SocketAddr,
        speaks: Speaks,
        tls: Option<TlsAcceptor>,
        script: impl Fn(usize, &Seen) -> R + Send + Sync + 'static,
    ) -> Self {
        let state = Arc::new(State {
            script: Box::new(move |number, seen| script(number, seen).into()),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            open: Mutex::default(),
            leave: watch::Sender::new(0),
            abrupt: AtomicBool::new(false),
        });
        let accepting = Handle::current().spawn(accept(listener, speaks, tls, Arc::clone(&state)));
        Self {
            address,
            state,
            accepting,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    pub(crate) fn requests(&self) -> usize {
        self.state.seen.lock().unwrap().len()
    }

    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(Ordering::Acquire)
    }

    /// Has connections that it accepts from now on reset when they are closed,
    /// with what was not sent yet: as when a machine goes.
    pub(crate) fn end_abruptly(&self) {
        self.state.abrupt.store(true, Ordering::Release);
    }

    /// Closes all open connections, and returns when that is done.
    pub(crate) async fn close_connections(&self) {
        let open = std::mem::take(&mut *self.state.open.lock().unwrap());
        for connection in open {
            connection.abort();
            let _ = connection.await;
        }
    }

    /// Has all connections closed as soon as they are idle, with a GOAWAY in
    /// HTTP/2, and returns when that is done.
    pub(crate) async fn go_away(&self) {
        self.state.leave.send_modify(|round| *round += 1);
        let open = std::mem::take(&mut *self.state.open.lock().unwrap());
        for connection in open {
            connection.await.unwrap();
        }
    }

    /// Stops listening, too.
    pub(crate) async fn stop(mut self) {
        self.end().await;
    }

    /// The same, to be asked what it has seen.
    pub(crate) async fn end(&mut self) {
        self.accepting.abort();
        let _ = (&mut self.accepting).await;
        self.close_connections().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
        for connection in self.state.open.lock().unwrap().iter() {
            connection.abort();
        }
    }
}

enum Listener {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Listener {
    async fn accept(&self, state: &State) -> Box<dyn Duplex> {
        match self {
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await.unwrap();
                if state.abrupt.load(Ordering::Acquire) {
                    stream.set_zero_linger().unwrap();
                }
                Box::new(stream)
            }
            #[cfg(unix)]
            Self::Unix(listener) => Box::new(listener.accept().await.unwrap().0),
        }
    }
}

async fn accept(listener: Listener, speaks: Speaks, tls: Option<TlsAcceptor>, state: Arc<State>) {
    loop {
        let stream = listener.accept(&state).await;
        let number = state.connections.fetch_add(1, Ordering::AcqRel);
        let (tls, shared) = (tls.clone(), Arc::clone(&state));
        let connection = Handle::current().spawn(async move {
            match tls {
                None => serve(stream, speaks, number, shared).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, speaks, number, shared).await;
                    }
                }
            }
        });
        state.open.lock().unwrap().push(connection);
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    speaks: Speaks,
    number: usize,
    state: Arc<State>,
) {
    let mut leave = state.leave.subscribe();
    let service = service_fn(move |request| answer(request, number, Arc::clone(&state)));
    let stream = TokioIo::new(stream);
    match speaks {
        Speaks::Http1 => {
            let serving =
                hyper::server::conn::http1::Builder::new().serve_connection(stream, service);
            let mut serving = std::pin::pin!(serving);
            tokio::select! {
                _ = serving.as_mut() => return,
                _ = leave.changed() => serving.as_mut().graceful_shutdown(),
            }
            let _ = serving.await;
        }
        Speaks::Http2 => {
            let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(stream, service);
            let mut serving = std::pin::pin!(serving);
            tokio::select! {
                _ = serving.as_mut() => return,
                _ = leave.changed() => serving.as_mut().graceful_shutdown(),
            }
            let _ = serving.await;
        }
    }
}

async fn answer(
    request: Request<Incoming>,
    connection: usize,
    state: Arc<State>,
) -> Result<Response<Answer>, std::io::Error> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map_err(std::io::Error::other)?
        .to_bytes();
    let seen = Seen {
        version: head.version,
        uri: head.uri,
        headers: head.headers,
        body,
        connection,
    };
    let number = {
        let mut all = state.seen.lock().unwrap();
        all.push(seen.clone());
        all.len() - 1
    };
    match (state.script)(number, &seen) {
        Reply::Answer(answer) => Ok(answer.into_response()),
        Reply::Hold(gate, answer) => {
            gate.acquire().await.unwrap().forget();
            Ok(answer.into_response())
        }
        Reply::Hang => std::future::pending().await,
        Reply::Close => Err(std::io::Error::other("closed as asked")),
    }
}
