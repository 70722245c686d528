//! One span per attempt, numbered from the second on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::StatusCode};
use opentelemetry::Value;
use otelier_reqwest::{CallMiddleware, TraceMiddleware, UrlTemplate};
use otelier_testing::capture;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};

use crate::{Seen, app, assert_agreed, client_for, serve};

fn retrying(server: std::net::SocketAddr) -> ClientBuilder {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::ZERO, Duration::ZERO)
        .build_with_max_retries(2);
    ClientBuilder::new(client_for(server))
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .with(TraceMiddleware::new())
}

fn with_call(server: std::net::SocketAddr) -> ClientWithMiddleware {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::ZERO, Duration::ZERO)
        .build_with_max_retries(2);
    ClientBuilder::new(client_for(server))
        .with(CallMiddleware::new())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .with(TraceMiddleware::new())
        .build()
}

/// Fails so many times, then succeeds.
pub(crate) fn failing(times: usize) -> Router {
    let count = Arc::new(AtomicUsize::new(0));
    Router::new().fallback(async move || {
        if count.fetch_add(1, Ordering::Relaxed) < times {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        }
    })
}

#[tokio::test]
async fn each_attempt_has_a_span_and_a_number() {
    let telemetry = capture();
    let server = serve(failing(2)).await;
    let client = retrying(server).build();
    client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    let tree = telemetry
        .tree()
        .with_attributes(&["http.request.resend_count"]);
    insta::assert_snapshot!(tree, @r"
    GET [client] 503 ERROR
    GET [client] 503 ERROR http.request.resend_count=1
    GET [client] 200 http.request.resend_count=2
    ");
    let spans = telemetry.spans();
    let count = spans[2].get("http.request.resend_count");
    assert_eq!(count, Some(Value::I64(2)));
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn a_call_can_have_a_span_around_its_attempts() {
    let telemetry = capture();
    let server = serve(failing(1)).await;
    let client = with_call(server);
    let request = client.get(format!("http://{server}/orders/7"));
    request
        .with_extension(UrlTemplate::new("/orders/{id}"))
        .send()
        .await
        .unwrap();
    let tree = telemetry
        .tree()
        .with_attributes(&["http.request.resend_count"]);
    insta::assert_snapshot!(tree, @r"
    GET /orders/{id} [internal] 200
      GET /orders/{id} [client] 503 ERROR
      GET /orders/{id} [client] 200 http.request.resend_count=1
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn a_call_that_fails_at_last_is_an_error() {
    let telemetry = capture();
    let server = serve(failing(9)).await;
    with_call(server)
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [internal] 503 ERROR
      GET [client] 503 ERROR
      GET [client] 503 ERROR
      GET [client] 503 ERROR
    ");
}

#[tokio::test]
async fn a_call_that_is_dropped_is_no_error() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = with_call(server);
    let mut call = Box::pin(client.get(format!("http://{server}/hang")).send());
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(call.as_mut().poll(&mut cx).is_pending());
    drop(call);
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [internal]
      GET [client]
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn each_attempt_sends_its_own_context() {
    let telemetry = capture();
    let seen = Seen::default();
    let router = seen.router().layer(axum::middleware::map_response(
        async |mut response: axum::response::Response| {
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        },
    ));
    let server = serve(router).await;
    retrying(server)
        .build()
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    for (at, span) in telemetry.spans().iter().enumerate() {
        let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
        assert_eq!(seen.header(at, "traceparent").await, Some(expected));
    }
    assert_eq!(seen.headers().await.len(), 3);
}
