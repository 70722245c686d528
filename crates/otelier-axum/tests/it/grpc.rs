//! Calls of gRPC that nothing else records.

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, Response, Version},
    routing::post,
};
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use opentelemetry::trace::Status;
use otelier_axum::layer;
use otelier_testing::{Telemetry, capture};
use tower::ServiceExt as _;

fn call(path: &str) -> Request<Body> {
    let request = Request::post(path).version(Version::HTTP_2);
    let request = request.header("content-type", "application/grpc");
    request.body(Body::empty()).unwrap()
}

fn status(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([("grpc-status".parse().unwrap(), code.parse().unwrap())])
}

/// A code in the head, and one in the trailers.
fn router() -> Router {
    let in_trailers = async |code: &'static str| {
        let frames = [
            http_body::Frame::data(Bytes::from_static(b"0")),
            http_body::Frame::trailers(status(code)),
        ];
        let frames = stream::iter(frames.map(Ok::<_, std::convert::Infallible>));
        Response::new(Body::new(StreamBody::new(frames)))
    };
    Router::new()
        .route("/shop.Prices/Refused", post(async || status("13")))
        .route("/shop.Prices/Missing", post(move || in_trailers("5")))
        .route("/shop.Prices/Away", post(move || in_trailers("14")))
}

async fn asked(path: &str) -> (Telemetry, Option<String>, Option<String>) {
    let telemetry = capture();
    let response = router().layer(layer()).oneshot(call(path)).await.unwrap();
    response.into_body().collect().await.unwrap();
    let span = &telemetry.spans()[0];
    let text = |key| span.get(key).map(|value| value.to_string());
    let (code, error) = (text("rpc.status_code"), text("error.type"));
    let is_error = matches!(span.status, Status::Error { .. });
    assert_eq!(is_error, error.is_some());
    let point = &telemetry.metric("http.server.request.duration").points[0];
    assert_eq!(point.attributes.get("error.type"), span.get("error.type"));
    (telemetry, code, error)
}

#[tokio::test]
async fn a_span_alone_has_the_status_of_head_or_trailers_and_is_an_error_by_it() {
    for (path, code, error) in [
        ("/shop.Prices/Refused", "INTERNAL", Some("INTERNAL")),
        ("/shop.Prices/Missing", "NOT_FOUND", None),
        ("/shop.Prices/Away", "UNAVAILABLE", Some("UNAVAILABLE")),
    ] {
        let (telemetry, seen, failed) = asked(path).await;
        assert_eq!((seen.as_deref(), failed.as_deref()), (Some(code), error));
        assert_eq!(telemetry.spans()[0].name, format!("POST {path}"));
    }
}
