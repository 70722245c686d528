//! Spans that last until the end of the response's body.

use std::{
    convert::Infallible, future::ready, panic::AssertUnwindSafe, task::Poll, time::Duration,
};

use axum::{Router, body::Body, http::header, routing::get};
use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, stream};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use opentelemetry::trace::Status;
use otelier_reqwest::{Config, SpanEnd, TraceLayer, client_with};
use otelier_testing::capture;
use reqwest::{Client, Method, Request, Response};
use reqwest_middleware::ClientWithMiddleware;
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{answering, app, assert_ended_as, client_for, serve};

fn streaming() -> Router {
    let chunks = || stream::iter(["one ", "two"]).map(Ok::<_, Infallible>);
    let endless = move || Body::from_stream(chunks().chain(stream::pending()));
    let sized = move || ([(header::CONTENT_LENGTH, "7")], Body::from_stream(chunks()));
    app()
        .route("/stream", get(async move || Body::from_stream(chunks())))
        .route("/sized", get(async move || sized()))
        .route("/endless", get(async move || endless()))
        .route("/empty", get(async || ()))
}

async fn open(path: &str) -> (ClientWithMiddleware, Response) {
    let server = serve(streaming()).await;
    let config = Config::new().with_span_end(SpanEnd::Body);
    let client = client_with(client_for(server), config);
    let response = client
        .get(format!("http://{server}{path}"))
        .send()
        .await
        .unwrap();
    (client, response)
}

#[tokio::test]
async fn the_span_ends_with_the_last_chunk() {
    for path in ["/stream", "/sized"] {
        let telemetry = capture();
        let (_client, response) = open(path).await;
        assert_eq!(telemetry.spans().len(), 0);
        assert_eq!(telemetry.metric("http.client.active_requests").total(), 1.0);
        assert_eq!(response.text().await.unwrap(), "one two");
        assert_ended_as(&telemetry, "GET [client] 200");
    }
}

#[tokio::test]
async fn an_empty_body_ends_with_its_head() {
    let telemetry = capture();
    let (_client, _response) = open("/empty").await;
    assert_ended_as(&telemetry, "GET [client] 200");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error() {
    let telemetry = capture();
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\none ";
    let url = format!("http://127.0.0.1:{}/", answering(head).await);
    let config = Config::new().with_span_end(SpanEnd::Body);
    let client = client_with(Client::new(), config);
    let response = client.get(url).send().await.unwrap();
    response.text().await.unwrap_err();
    assert_ended_as(&telemetry, "GET [client] 200 ERROR body_error");
}

#[tokio::test]
async fn a_body_that_is_dropped_is_no_error() {
    let telemetry = capture();
    let (_client, mut response) = open("/endless").await;
    assert_eq!(response.chunk().await.unwrap().unwrap(), "one ");
    drop(response);
    assert_ended_as(&telemetry, "GET [client] 200");
    assert_eq!(telemetry.spans()[0].status, Status::Unset);
}

#[tokio::test]
async fn a_body_that_is_never_read_is_no_error() {
    let telemetry = capture();
    let (_client, response) = open("/stream").await;
    drop(response);
    assert_ended_as(&telemetry, "GET [client] 200");
}

#[tokio::test]
async fn the_status_is_the_error_whatever_the_body_does() {
    let telemetry = capture();
    let (_client, response) = open("/status/500").await;
    drop(response);
    assert_ended_as(&telemetry, "GET [client] 500 ERROR");
}

#[tokio::test]
async fn a_wrapped_response_keeps_url_length_and_peer() {
    let _telemetry = capture();
    let (_client, response) = open("/sized").await;
    assert_eq!(response.url().path(), "/sized");
    assert_eq!(response.content_length(), Some(7));
    assert!(response.remote_addr().is_some());
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_a_timeout() {
    let telemetry = capture();
    let server = serve(streaming()).await;
    let inner = Client::builder()
        .no_proxy()
        // The head has to come within it, on a machine that is busy.
        .timeout(Duration::from_secs(2));
    let config = Config::new().with_span_end(SpanEnd::Body);
    let client = client_with(inner.build().unwrap(), config);
    let request = client.get(format!("http://{server}/endless"));
    let error = request.send().await.unwrap().text().await.unwrap_err();
    assert!(error.is_timeout());
    assert_ended_as(&telemetry, "GET [client] 200 ERROR timeout");
}

#[tokio::test]
async fn errors_of_a_body_keep_their_kind() {
    let mut kinds = Vec::new();
    for end in [SpanEnd::Head, SpanEnd::Body] {
        let _telemetry = capture();
        let config = Config::new().with_span_end(end);
        let client = client_with(Client::builder().no_proxy().build().unwrap(), config);
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\none ";
        let url = format!("http://127.0.0.1:{}/", answering(head).await);
        let response = client.get(&url).send().await.unwrap();
        let error = response.text().await.unwrap_err();
        let mut response = client.get(&url).send().await.unwrap();
        let first = response.chunk().await.unwrap();
        let chunk = response.chunk().await.unwrap_err();
        let kind = |error: &reqwest::Error| {
            [
                error.is_body(),
                error.is_decode(),
                error.is_timeout(),
                error.is_request(),
            ]
        };
        kinds.push((kind(&error), first, kind(&chunk)));
    }
    assert_eq!(kinds[0], kinds[1]);
}

#[tokio::test]
async fn a_panic_in_the_body_is_an_error() {
    let telemetry = capture();
    let service = service_fn(|_: Request| {
        let frames = stream::poll_fn(|_| -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            panic!("burnt")
        });
        let body = reqwest::Body::wrap(StreamBody::new(frames));
        ready(reqwest::Result::Ok(Response::from(http::Response::new(
            body,
        ))))
    });
    let config = Config::new().with_span_end(SpanEnd::Body);
    let client = TraceLayer::with_config(config).layer(service);
    let request = Request::new(Method::GET, "http://shop.example/".parse().unwrap());
    let response = client.oneshot(request).await.unwrap();
    let mut body = http::Response::<reqwest::Body>::from(response).into_body();
    // Caught while the body lives on.
    let read = AssertUnwindSafe(body.frame()).catch_unwind().await;
    assert!(read.is_err());
    assert_ended_as(&telemetry, "GET [client] 200 ERROR panic");
}
