//! What the layer records, mostly over real sockets.
#![cfg(test)]

mod access;
mod attributes;
mod context;
mod endings;
mod exclusions;
mod gates;
mod grpc;
mod identity;
mod metrics;
mod off;
mod options;
mod passing;
mod propagation;
mod property;
mod routes;
mod soak;
mod stream_ends;
mod streams;
mod timeouts;
mod upgrades;
mod wire;

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes, HttpBody, to_bytes},
    http::{Request, Response},
};
use otelier_axum::layer;
use tower::{Service, ServiceExt as _};

/// Answers a request in process, and reads the answer to its end.
async fn call<S, B>(app: S, request: Request<Body>) -> Response<String>
where
    S: Service<Request<Body>, Response = Response<B>, Error = Infallible>,
    B: HttpBody<Data = Bytes, Error: Into<axum::BoxError>> + Send + 'static,
{
    let response = app.oneshot(request).await.unwrap().map(Body::new);
    let (head, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    Response::from_parts(head, String::from_utf8_lossy(&body).into_owned())
}

fn get(uri: &str) -> Request<Body> {
    Request::get(uri).body(Body::empty()).unwrap()
}

/// Any path is answered with 200.
fn anything() -> Router {
    Router::new().fallback(async || "ok").layer(layer())
}
