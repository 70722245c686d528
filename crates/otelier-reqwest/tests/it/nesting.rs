//! A request that passes two of ours is recorded once, by the inner one.

use std::{panic::AssertUnwindSafe, task, time::Duration};

use futures_util::FutureExt as _;
use http::Extensions;
use otelier_reqwest::{CallMiddleware, TraceLayer, TraceMiddleware, client};
use otelier_testing::capture;
use reqwest::{Method, Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use tower::{Layer as _, ServiceExt as _};

use crate::{
    Answer, Seen, app, assert_agreed, assert_ended_as, by, client_for, retries::failing, serve,
};

fn retry() -> impl Middleware {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::ZERO, Duration::ZERO)
        .build_with_max_retries(2);
    RetryTransientMiddleware::new_with_policy(policy)
}

fn get(url: &str) -> Request {
    Request::new(Method::GET, url.parse().unwrap())
}

/// A client that is traced outside and inside of a function.
fn around<F>(client: reqwest::Client, inner: F) -> ClientWithMiddleware
where
    F: for<'a> Fn(Request, &'a mut Extensions, Next<'a>) -> Answer<'a> + Send + Sync + 'static,
{
    ClientBuilder::new(client)
        .with(TraceMiddleware::new())
        .with(by(inner))
        .with(TraceMiddleware::new())
        .build()
}

fn stub(code: u16) -> Response {
    let response = http::Response::builder().status(code);
    response.body("ok").unwrap().into()
}

#[tokio::test]
async fn two_middlewares_make_one_span() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let twice = ClientBuilder::from_client(client(client_for(server)))
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://{server}/");
    twice.get(url).send().await.unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
    let span = &telemetry.spans()[0];
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(seen.header(0, "traceparent").await, Some(expected));
}

#[tokio::test]
async fn a_layer_over_a_traced_client_makes_one_span() {
    let telemetry = capture();
    let server = serve(app()).await;
    let traced = TraceLayer::new().layer(client(client_for(server)));
    let url = format!("http://{server}/");
    traced.oneshot(get(&url)).await.unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
}

#[tokio::test]
async fn two_layers_make_one_span() {
    let telemetry = capture();
    let server = serve(app()).await;
    let traced = TraceLayer::new().layer(TraceLayer::new().layer(client_for(server)));
    let url = format!("http://{server}/status/404");
    traced.oneshot(get(&url)).await.unwrap();
    assert_ended_as(&telemetry, "GET [client] 404 ERROR");
}

#[tokio::test]
async fn with_retries_between_each_attempt_has_one_span() {
    let telemetry = capture();
    let server = serve(failing(2)).await;
    let client = ClientBuilder::new(client_for(server))
        .with(TraceMiddleware::new())
        .with(retry())
        .with(TraceMiddleware::new())
        .build();
    let work = async { client.get(format!("http://{server}/")).send().await };
    let span = tracing::info_span!("work");
    tracing::Instrument::instrument(work, span).await.unwrap();
    let tree = telemetry
        .tree()
        .with_attributes(&["http.request.resend_count"]);
    insta::assert_snapshot!(tree, @r"
    work [internal]
      GET [client] 503 ERROR
      GET [client] 503 ERROR http.request.resend_count=1
      GET [client] 200 http.request.resend_count=2
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn inside_of_retries_each_attempt_counts_once() {
    let telemetry = capture();
    let server = serve(failing(2)).await;
    let client = ClientBuilder::new(client_for(server))
        .with(CallMiddleware::new())
        .with(retry())
        .with(TraceMiddleware::new())
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://{server}/");
    client.get(url).send().await.unwrap();
    let tree = telemetry
        .tree()
        .with_attributes(&["http.request.resend_count"]);
    insta::assert_snapshot!(tree, @r"
    GET [internal] 200
      GET [client] 503 ERROR
      GET [client] 503 ERROR http.request.resend_count=1
      GET [client] 200 http.request.resend_count=2
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn a_call_inside_of_retries_has_its_attempt_below_it() {
    let telemetry = capture();
    let server = serve(failing(1)).await;
    let client = ClientBuilder::new(client_for(server))
        .with(retry())
        .with(CallMiddleware::new())
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://{server}/");
    client.get(url).send().await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [internal] 503 ERROR
      GET [client] 503 ERROR
    GET [internal] 200
      GET [client] 200
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn a_layer_over_a_client_with_retries_has_a_span_for_each_attempt() {
    let telemetry = capture();
    let server = serve(failing(1)).await;
    let inner = ClientBuilder::new(client_for(server))
        .with(retry())
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://{server}/");
    let traced = TraceLayer::new().layer(inner);
    traced.oneshot(get(&url)).await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 503 ERROR
    GET [client] 200
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn an_attempt_that_follows_at_once_is_no_child_of_the_one_before() {
    let telemetry = capture();
    let twice = ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .with(by(|request, extensions, next| {
            Box::pin(async move {
                let again = request.try_clone().unwrap();
                next.clone().run(again, extensions).await.unwrap();
                next.run(request, extensions).await
            })
        }))
        .with(TraceMiddleware::new())
        .with(by(|_, _, _| Box::pin(async { Ok(stub(500)) })))
        .build();
    twice.get("http://shop.example/").send().await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 500 ERROR
    GET [client] 500 ERROR
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn another_request_on_the_way_has_a_span_of_its_own() {
    let telemetry = capture();
    let server = serve(app()).await;
    let tokens = client(client_for(server));
    let client = around(client_for(server), move |request, extensions, next| {
        let mut url = request.url().clone();
        url.set_path("/token");
        let token = tokens.get(url).send();
        Box::pin(async move {
            token.await?;
            next.run(request, extensions).await
        })
    });
    let url = format!("http://{server}/orders");
    client.get(url).send().await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 200
      GET [client] 200
    ");
    let urls: Vec<_> = telemetry
        .spans()
        .iter()
        .map(|s| s.get("url.full"))
        .collect();
    assert_ne!(urls[0], urls[1]);
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn an_attempt_that_is_given_up_inside_ends_there() {
    let telemetry = capture();
    let client = around(reqwest::Client::new(), |request, extensions, next| {
        Box::pin(async move {
            let mut cx = task::Context::from_waker(task::Waker::noop());
            let mut attempt = next.run(request, extensions);
            assert!(attempt.as_mut().poll(&mut cx).is_pending());
            drop(attempt);
            Ok(stub(200))
        })
    });
    client.get("http://127.0.0.1:1/").send().await.unwrap();
    assert_ended_as(&telemetry, "GET [client]");
}

#[tokio::test]
async fn an_answer_from_in_between_is_recorded_outside() {
    let telemetry = capture();
    let client = around(reqwest::Client::new(), |_, _, _| {
        Box::pin(async { Ok(stub(304)) })
    });
    client.get("http://shop.example/").send().await.unwrap();
    assert_ended_as(&telemetry, "GET [client] 304");
}

#[tokio::test]
async fn a_request_that_is_dropped_ends_once() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = ClientBuilder::new(client_for(server))
        .with(TraceMiddleware::new())
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://{server}/hang");
    let mut request = Box::pin(client.get(url).send());
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert!(request.as_mut().poll(&mut cx).is_pending());
    assert_eq!(telemetry.metric("http.client.active_requests").total(), 1.0);
    drop(request);
    assert_ended_as(&telemetry, "GET [client]");
}

#[tokio::test]
async fn a_panic_is_recorded_once() {
    let telemetry = capture();
    let client = ClientBuilder::new(reqwest::Client::new())
        .with(TraceMiddleware::new())
        .with(TraceMiddleware::new())
        .with(by(|_, _, _| panic!("burnt")))
        .build();
    let request = client.get("http://shop.example/").send();
    AssertUnwindSafe(request).catch_unwind().await.unwrap_err();
    assert_ended_as(&telemetry, "GET [client] ERROR panic");
    // Nothing is left behind on the thread.
    let server = serve(app()).await;
    let telemetry = capture();
    let client = otelier_reqwest::client(client_for(server));
    client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
}
