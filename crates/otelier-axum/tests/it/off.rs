//! While telemetry is off nothing happens.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
    routing::get,
};
use http_body_util::BodyExt as _;
use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_axum::{instrument, layer};
use otelier_core::Source;
use otelier_testing::capture;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{call, get as request};

#[tokio::test]
async fn a_layer_passes_everything_through() {
    assert!(Source::current().providers().is_none());
    let app = layer().layer(service_fn(async |request: Request<Body>| {
        assert!(request.extensions().is_empty());
        assert!(!Context::current().has_active_span());
        Ok::<_, Infallible>(Response::new(Body::from("ok")))
    }));
    let request = Request::get("/")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .body(Body::empty())
        .unwrap();
    let response = app.oneshot(request).await.unwrap();
    assert_eq!(
        response.into_body().collect().await.unwrap().to_bytes(),
        "ok"
    );
}

#[tokio::test]
async fn a_router_made_before_the_capture_does_not_record_to_it() {
    let router = instrument(Router::new().route("/", get(async || "ok")));
    let telemetry = capture();
    assert_eq!(call(router, request("/")).await.body(), "ok");
    assert_eq!(telemetry.spans().len(), 0);
}

#[tokio::test]
async fn a_layer_made_before_the_capture_does_not_record_to_it() {
    let before = layer();
    let telemetry = capture();
    let app = Router::new().route("/", get(async || "ok")).layer(before);
    call(app, request("/")).await;
    assert_eq!(telemetry.spans().len(), 0);
}
