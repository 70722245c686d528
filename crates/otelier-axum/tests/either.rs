//! What holds whether telemetry is compiled in or out.
#![cfg(test)]

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderName, Request, Response},
};
use otelier_axum::{
    ProxyTrust, TimeToHeaders, TraceLayer, context, instrument_with, layer, trace_id, upgraded,
};
use tower::{Layer as _, ServiceExt as _, service_fn};

/// All that a program can ask of a layer.
fn asked() -> TraceLayer {
    layer()
        .with_excluded(["/ping"])
        .with_included(["*"])
        .with_excluded_if(|_, _, _| false)
        .with_proxy_trust(ProxyTrust::Nobody)
        .with_public_endpoint()
        .with_trace_response()
        .with_body_sizes()
        .with_access_log()
        .with_context_header(HeaderName::from_static("x-user-id"), "user.id")
        .with_context_parameter("org", "organization.id")
        .with_context_label("organization.tier")
        .with_request_header(HeaderName::from_static("x-request-id"))
        .with_response_header(HeaderName::from_static("x-request-id"))
        .with_request_body_field("model")
}

async fn handler() -> (TimeToHeaders, String) {
    context::set("organization.id", 7);
    (TimeToHeaders, format!("{:?}", trace_id()))
}

async fn text(response: Response<Body>) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn a_layer_that_is_asked_for_everything_serves() {
    let router = instrument_with(Router::new().fallback(handler), asked());
    let request = || Request::new(Body::empty());
    assert_eq!(text(router.oneshot(request()).await.unwrap()).await, "None");

    let service =
        service_fn(async |_: Request<Body>| Ok::<_, Infallible>(Response::new(Body::from("ok"))));
    let layered = asked().layer(service);
    assert_eq!(text(layered.oneshot(request()).await.unwrap()).await, "ok");
}

#[tokio::test]
async fn what_follows_an_upgrade_runs() {
    let start = upgraded("chat", async |socket: u8| socket + 1);
    assert_eq!(start(7).await, 8);
}
