//! A server on a socket of its own, and clients that can hang up.

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http2::{SendRequest, handshake},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use otelier_testing::{Span, Telemetry};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

/// Serves on a free port of the loopback until the runtime ends.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Serves with connections that are watched, until what is returned is told.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn watch(router: Router) -> (SocketAddr, oneshot::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = otelier_axum::serve(listener, router);
    let server = server.with_graceful_shutdown(async {
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    tokio::spawn(server.into_future());
    (address, stop)
}

/// A connection on which a head was sent.
pub(crate) async fn open(server: SocketAddr, head: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let head = format!("{head}\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// Sends a head and reads until the server closes.
pub(crate) async fn send(server: SocketAddr, head: &str) -> String {
    let mut stream = open(server, head).await;
    let mut answer = Vec::new();
    // A server that gives up in the middle resets the connection.
    stream.read_to_end(&mut answer).await.ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A client's end of an HTTP/2 connection.
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
pub(crate) async fn connect_h2(server: SocketAddr) -> SendRequest<Empty<Bytes>> {
    let stream = TokioIo::new(TcpStream::connect(server).await.unwrap());
    let (sender, connection) = handshake(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Sends a GET over HTTP/2; the body is the caller's to read or to drop.
pub(crate) async fn send_h2(server: SocketAddr, path: &str) -> Response<Incoming> {
    let uri = format!("http://shop.example{path}");
    let request = Request::get(uri).body(Empty::new()).unwrap();
    let mut sender = connect_h2(server).await;
    sender.send_request(request).await.unwrap()
}

/// Waits for spans; a span that never ends fails the test instead of hanging it.
pub(crate) async fn ended(telemetry: &Telemetry, count: usize) -> Vec<Span> {
    let ended = tokio::time::timeout(Duration::from_secs(30), telemetry.ended(count));
    ended.await.expect("the span never ended")
}
