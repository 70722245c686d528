//! A receiver that reads all and answers OK, over HTTP/1.1 and HTTP/2, and tells
//! whoever connects to a third port how many bytes came in.

use std::{
    convert::Infallible,
    io,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, combinators::WithTrailers};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf},
    net::{TcpListener, TcpStream},
};

/// Received on all connections, with the framing of HTTP.
static BYTES: AtomicU64 = AtomicU64::new(0);

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let http = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let grpc = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let bytes = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let [one, two, three] =
            [&http, &grpc, &bytes].map(|it| it.local_addr().expect("an address"));
        println!("http://{one} http://{two} {three}");
        tokio::task::spawn(async move {
            loop {
                let (mut stream, _) = bytes.accept().await.expect("a connection");
                let count = BYTES.load(Relaxed).to_string();
                stream.write_all(count.as_bytes()).await.expect("a reader");
            }
        });
        tokio::task::spawn(async move {
            loop {
                let (stream, _) = http.accept().await.expect("a connection");
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(Counted(stream)), service_fn(plain));
                tokio::task::spawn(serving);
            }
        });
        loop {
            let (stream, _) = grpc.accept().await.expect("a connection");
            // As every server of gRPC does.
            stream.set_nodelay(true).expect("no delay");
            let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(Counted(stream)), service_fn(framed));
            tokio::task::spawn(serving);
        }
    });
}

/// A connection whose bytes are counted as they are read.
struct Counted(TcpStream);

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.0).poll_read(cx, buffer);
        BYTES.fetch_add((buffer.filled().len() - before) as u64, Relaxed);
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

async fn plain(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    request.into_body().collect().await?;
    Ok(Response::new(Full::default()))
}

type Ended = std::future::Ready<Option<Result<HeaderMap, Infallible>>>;

async fn framed(
    request: Request<Incoming>,
) -> Result<Response<WithTrailers<Full<Bytes>, Ended>>, hyper::Error> {
    request.into_body().collect().await?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    let body = Full::new(Bytes::from_static(&[0; 5]));
    let body = body.with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(body);
    let content = HeaderValue::from_static("application/grpc");
    response.headers_mut().insert("content-type", content);
    Ok(response)
}
