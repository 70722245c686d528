//! Requests that pass more than one of ours.

use std::time::Duration;

use otelier_reqwest::{CallMiddleware, TraceMiddleware, client};
use otelier_testing::capture;
use reqwest_middleware::{ClientBuilder, Middleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};

use crate::{app, assert_agreed, by, client_for, retries::failing, serve};

fn retry() -> impl Middleware {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::ZERO, Duration::ZERO)
        .build_with_max_retries(2);
    RetryTransientMiddleware::new_with_policy(policy)
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
async fn each_of_ours_on_a_client_has_a_span_and_each_attempt_its_own() {
    let telemetry = capture();
    let server = serve(failing(1)).await;
    let client = ClientBuilder::new(client_for(server))
        .with(TraceMiddleware::new())
        .with(retry())
        .with(TraceMiddleware::new())
        .build();
    let url = format!("http://{server}/");
    client.get(url).send().await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 200
      GET [client] 503 ERROR
      GET [client] 200
    ");
    assert_agreed(&telemetry);
}

#[tokio::test]
async fn another_request_on_the_way_is_below_the_one_that_waits_for_it() {
    let telemetry = capture();
    let server = serve(app()).await;
    let tokens = client(client_for(server));
    let client = ClientBuilder::new(client_for(server))
        .with(TraceMiddleware::new())
        .with(by(move |request, extensions, next| {
            let mut url = request.url().clone();
            url.set_path("/token");
            let token = tokens.get(url).send();
            Box::pin(async move {
                token.await?;
                next.run(request, extensions).await
            })
        }))
        .build();
    let url = format!("http://{server}/orders");
    client.get(url).send().await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 200
      GET [client] 200
    ");
    assert_agreed(&telemetry);
}
