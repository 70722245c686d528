//! A receiver that reads all and answers OK, over HTTP/1.1 and HTTP/2.

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt as _, Full, combinators::WithTrailers};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;

pub(crate) fn run() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        let http = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let grpc = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let [one, two] = [&http, &grpc].map(|it| it.local_addr().expect("an address"));
        println!("http://{one} http://{two}");
        tokio::task::spawn(async move {
            loop {
                let (stream, _) = http.accept().await.expect("a connection");
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service_fn(plain));
                tokio::task::spawn(serving);
            }
        });
        loop {
            let (stream, _) = grpc.accept().await.expect("a connection");
            // As every server of gRPC does.
            stream.set_nodelay(true).expect("no delay");
            let serving = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service_fn(framed));
            tokio::task::spawn(serving);
        }
    });
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
