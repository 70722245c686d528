//! Every way in which a request can end.

use std::{panic::AssertUnwindSafe, pin::Pin, task};

use futures_util::FutureExt as _;
use http::Extensions;
use opentelemetry::{
    Context,
    trace::{Status, TraceContextExt as _},
};
use otelier_reqwest::{TraceMiddleware, client};
use otelier_testing::capture;
use reqwest::Request;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Next};

use crate::{Answer, app, assert_ended_as, by, client_for, serve};

/// A client whose inner middleware is a function.
fn around<F>(inner: F) -> ClientWithMiddleware
where
    F: for<'a> Fn(Request, &'a mut Extensions, Next<'a>) -> Answer<'a> + Send + Sync + 'static,
{
    ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .with(by(inner))
        .build()
}

fn poll_once(future: Pin<&mut impl Future>) {
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert!(future.poll(&mut cx).is_pending());
}

#[tokio::test]
async fn an_answered_request_ends_with_its_head() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let response = client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
    assert_eq!(response.text().await.unwrap(), "ok");
    assert_ended_as(&telemetry, "GET [client] 200");
}

#[tokio::test]
async fn a_request_that_is_dropped_while_pending_is_no_error() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let mut request = Box::pin(client.get(format!("http://{server}/hang")).send());
    poll_once(request.as_mut());
    assert_eq!(telemetry.metric("http.client.active_requests").total(), 1.0);
    drop(request);
    assert_ended_as(&telemetry, "GET [client]");
    let span = &telemetry.spans()[0];
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.get("error.type"), None);
}

#[tokio::test]
async fn a_request_that_is_never_polled_leaves_nothing() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    drop(client.get(format!("http://{server}/")).send());
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metrics().len(), 0);
}

#[tokio::test]
async fn a_panic_further_in_is_an_error() {
    let telemetry = capture();
    let client = around(|_, _, _| Box::pin(async { panic!("burnt") }));
    let request = client.get("http://shop.example/").send();
    AssertUnwindSafe(request).catch_unwind().await.unwrap_err();
    assert_ended_as(&telemetry, "GET [client] ERROR panic");
}

#[tokio::test]
async fn a_panic_before_the_first_await_is_an_error() {
    let telemetry = capture();
    let client = around(|_, _, _| panic!("burnt"));
    let request = client.get("http://shop.example/").send();
    AssertUnwindSafe(request).catch_unwind().await.unwrap_err();
    assert_ended_as(&telemetry, "GET [client] ERROR panic");
}

#[tokio::test]
async fn an_error_further_in_is_an_error() {
    let telemetry = capture();
    let client = around(|_, _, _| {
        let error = std::io::Error::other("burnt");
        Box::pin(async { Err(reqwest_middleware::Error::middleware(error)) })
    });
    client.get("http://shop.example/").send().await.unwrap_err();
    assert_ended_as(&telemetry, "GET [client] ERROR middleware_error");
}

#[tokio::test]
async fn the_span_is_current_while_the_inner_call_is_polled_and_dropped() {
    struct InSpan;
    impl Drop for InSpan {
        fn drop(&mut self) {
            tracing::info!(in_span = Context::current().has_active_span(), "dropped");
        }
    }
    let telemetry = capture();
    let client = around(|_, _, _| {
        let early = InSpan;
        Box::pin(async move {
            let _early = early;
            tracing::info_span!("inner").in_scope(|| ());
            tokio::task::yield_now().await;
            tracing::info_span!("again").in_scope(|| ());
            std::future::pending().await
        })
    });
    let mut request = Box::pin(client.get("http://shop.example/").send());
    poll_once(request.as_mut());
    poll_once(request.as_mut());
    assert!(!Context::current().has_active_span());
    drop(request);
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client]
      inner [internal]
      again [internal]
      INFO dropped in_span=true
    ");
}
