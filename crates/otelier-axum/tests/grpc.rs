//! Calls of gRPC where the process has a layer of theirs: this one has, so that it is
//! of its own.
#![cfg(test)]

use axum::{
    Router,
    body::Body,
    http::{Request, Version},
    routing::post,
};
use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_axum::instrument;
use otelier_core::edge::grpc;
use otelier_testing::capture;
use tower::ServiceExt as _;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn call(content: &str) -> Request<Body> {
    let request = Request::post("/shop.Prices/Get").version(Version::HTTP_2);
    let request = request.header("content-type", content);
    let request = request.header("traceparent", PARENT);
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn calls_are_left_to_a_layer_of_theirs_and_run_in_their_callers_context() {
    let telemetry = capture();
    let layer = grpc::Layer::new();
    let trace = || {
        let trace = Context::map_current(|cx| cx.span().span_context().trace_id());
        std::future::ready(trace.to_string())
    };
    let app = Router::new().route("/shop.Prices/Get", post(trace));
    let app = instrument(app);
    let response = app.clone().oneshot(call("application/grpc")).await.unwrap();
    let seen = axum::body::to_bytes(response.into_body(), 64)
        .await
        .unwrap();
    assert_eq!(seen, PARENT[3..35]);
    assert_eq!(telemetry.spans().len(), 0);
    // Whoever records it outside has told so.
    let mut recorded = call("text/plain");
    recorded.extensions_mut().insert(grpc::Recorded);
    app.clone().oneshot(recorded).await.unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    app.clone().oneshot(call("text/plain")).await.unwrap();
    assert_eq!(telemetry.spans().len(), 1);
    drop(layer);
    app.oneshot(call("application/grpc")).await.unwrap();
    assert_eq!(telemetry.spans().len(), 2);
}
