//! Every way in which a request can end.

use std::{convert::Infallible, future::pending, io, pin::Pin, sync::Arc, task};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, Response, StatusCode, header},
    routing::get,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::body::Frame;
use opentelemetry::trace::Status;
use otelier_axum::{instrument, layer};
use otelier_testing::{Telemetry, capture};
use tokio::{
    io::AsyncReadExt as _,
    sync::{Notify, mpsc},
};
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    call, get as request,
    wire::{connect_h2, ended, open, send, send_h2, serve},
};

/// One span and one observation, in agreement, and nobody in flight.
#[track_caller]
pub(crate) fn assert_ended_as(telemetry: &Telemetry, line: &str) {
    assert_eq!(telemetry.tree().to_string(), format!("{line}\n"));
    let span = &telemetry.spans()[0];
    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(duration.count(), 1);
    let labels = &duration.points[0].attributes;
    for key in [
        "error.type",
        "http.response.status_code",
        "http.route",
        "url.scheme",
    ] {
        assert_eq!(labels.get(key), span.get(key), "{key}");
    }
    let failed = span.get("error.type").is_some();
    assert_eq!(matches!(span.status, Status::Error { .. }), failed);
    assert_eq!(duration.total(), span.elapsed().as_secs_f64());
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}

fn streamed<S, E>(chunks: S) -> Body
where
    S: stream::Stream<Item = Result<&'static str, E>> + Send + 'static,
    E: Into<axum::BoxError> + 'static,
{
    Body::from_stream(chunks)
}

#[tokio::test]
async fn a_complete_response_ends_with_its_body() {
    let telemetry = capture();
    let (chunks, receiver) = mpsc::unbounded_channel::<Result<&str, Infallible>>();
    let body = stream::unfold(receiver, async |mut receiver| {
        Some((receiver.recv().await?, receiver))
    });
    let body = std::sync::Mutex::new(Some(body));
    let body = Arc::new(body);
    let app = Router::new().route(
        "/",
        get(async move || streamed(body.lock().unwrap().take().unwrap())),
    );
    let response = instrument(app).oneshot(request("/")).await.unwrap();
    let mut body = response.into_body();
    chunks.send(Ok("one")).unwrap();
    body.frame().await.unwrap().unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    drop(chunks);
    assert!(body.frame().await.is_none());
    assert_ended_as(&telemetry, "GET / [server] 200");
}

#[tokio::test]
async fn a_streamed_response_over_a_socket_is_complete() {
    let telemetry = capture();
    let chunks = || stream::iter([Ok::<_, Infallible>("one "), Ok("two")]);
    let app = Router::new().route("/", get(async move || streamed(chunks())));
    let server = serve(instrument(app)).await;
    assert!(send(server, "GET / HTTP/1.1").await.contains("two"));
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200");
}

#[tokio::test]
async fn a_stream_of_a_promised_length_is_complete_when_that_is_sent() {
    let telemetry = capture();
    // The server never asks this stream for its end.
    let chunks = || stream::iter([Ok::<_, Infallible>("one "), Ok("two")]).chain(stream::pending());
    let answer = async move || ([(header::CONTENT_LENGTH, "7")], streamed(chunks()));
    let server = serve(instrument(Router::new().route("/", get(answer)))).await;
    assert!(send(server, "GET / HTTP/1.1").await.ends_with("one two"));
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200");
}

#[tokio::test]
async fn trailers_end_a_response() {
    let telemetry = capture();
    let app = Router::new().route(
        "/",
        get(async || {
            let mut trailers = HeaderMap::new();
            trailers.insert("checksum", "7".parse().unwrap());
            let frames = [
                Frame::data(Bytes::from_static(b"one")),
                Frame::trailers(trailers),
            ];
            let frames = stream::iter(frames.map(Ok::<_, Infallible>)).chain(stream::pending());
            Body::new(StreamBody::new(frames))
        }),
    );
    let response = instrument(app).oneshot(request("/")).await.unwrap();
    let mut body = response.into_body();
    assert!(body.frame().await.unwrap().unwrap().is_data());
    assert!(body.frame().await.unwrap().unwrap().is_trailers());
    assert_ended_as(&telemetry, "GET / [server] 200");
}

#[tokio::test]
async fn responses_without_a_body_end_with_their_head() {
    for (head, line) in [
        ("HEAD / HTTP/1.1", "HEAD / [server] 200"),
        ("GET /none HTTP/1.1", "GET /none [server] 204"),
        ("GET /same HTTP/1.1", "GET /same [server] 304"),
        ("GET /empty HTTP/1.1", "GET /empty [server] 200"),
    ] {
        let telemetry = capture();
        let endless = || streamed(stream::pending::<Result<_, Infallible>>());
        let app = Router::new()
            .route("/", get(async move || endless()))
            .route(
                "/none",
                get(async move || (StatusCode::NO_CONTENT, endless())),
            )
            .route(
                "/same",
                get(async move || (StatusCode::NOT_MODIFIED, endless())),
            )
            .route("/empty", get(async || ()));
        let server = serve(instrument(app)).await;
        send(server, head).await;
        ended(&telemetry, 1).await;
        assert_ended_as(&telemetry, line);
    }
}

#[tokio::test]
async fn an_upgrade_ends_with_its_head() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || StatusCode::SWITCHING_PROTOCOLS));
    let response = instrument(app).oneshot(request("/")).await.unwrap();
    assert_ended_as(&telemetry, "GET / [server] 101");
    drop(response);
}

#[tokio::test]
async fn a_server_error_is_an_error() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || StatusCode::BAD_GATEWAY));
    let server = serve(instrument(app)).await;
    send(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 502 ERROR");
    assert_eq!(telemetry.spans()[0].get("error.type"), Some("502".into()));
}

#[tokio::test]
async fn a_client_error_is_none_of_the_servers() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || StatusCode::UNPROCESSABLE_ENTITY));
    call(instrument(app), request("/")).await;
    assert_ended_as(&telemetry, "GET / [server] 422");
}

async fn burnt() -> &'static str {
    panic!("burnt")
}

#[tokio::test]
async fn a_panic_ends_the_span() {
    let telemetry = capture();
    let server = serve(instrument(Router::new().route("/", get(burnt)))).await;
    assert_eq!(send(server, "GET / HTTP/1.1").await, "");
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] ERROR panic");
}

#[tokio::test]
async fn a_panic_that_is_caught_outside_is_still_a_panic() {
    let telemetry = capture();
    let app = instrument(Router::new().route("/", get(burnt))).layer(CatchPanicLayer::new());
    assert_eq!(call(app, request("/")).await.status(), 500);
    let log = "ERROR Service panicked: burnt";
    assert_ended_as(&telemetry, &format!("GET / [server] ERROR panic\n{log}"));
}

#[tokio::test]
async fn a_panic_that_is_caught_inside_is_a_500() {
    let telemetry = capture();
    let app = Router::new()
        .route("/", get(burnt))
        .layer(CatchPanicLayer::new());
    assert_eq!(call(instrument(app), request("/")).await.status(), 500);
    let log = "  ERROR Service panicked: burnt";
    assert_ended_as(&telemetry, &format!("GET / [server] 500 ERROR\n{log}"));
}

#[tokio::test]
async fn a_panic_before_the_first_await_ends_the_span() {
    let telemetry = capture();
    let logs = telemetry.logs();
    let mut app = layer().layer(service_fn(move |_: Request<Body>| {
        assert!(!logs.is_empty(), "burnt");
        async { Ok::<_, Infallible>(Response::new(Body::empty())) }
    }));
    let call = std::panic::AssertUnwindSafe(|| app.call(request("/")));
    assert!(std::panic::catch_unwind(call).is_err());
    assert_ended_as(&telemetry, "GET [server] ERROR panic");
}

#[tokio::test]
async fn a_panic_in_the_body_ends_the_span() {
    let telemetry = capture();
    let body = || stream::once(async { Ok::<_, Infallible>(burnt().await) });
    let app = Router::new().route("/", get(async move || streamed(body())));
    let server = serve(instrument(app)).await;
    send(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR panic");
}

#[tokio::test]
async fn a_body_that_fails_is_an_error() {
    let telemetry = capture();
    let body = || stream::iter([Ok("one"), Err(io::Error::other("disk is gone"))]);
    let app = Router::new().route("/", get(async move || streamed(body())));
    let server = serve(instrument(app)).await;
    send(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_ended_as(
        &telemetry,
        "GET / [server] 200 ERROR: disk is gone body_error",
    );
}

#[tokio::test]
async fn a_service_that_fails_is_an_error() {
    let telemetry = capture();
    let app = layer().layer(service_fn(async |_: Request<Body>| {
        Err::<Response<Body>, _>(io::Error::other("no route to host"))
    }));
    assert!(app.oneshot(request("/")).await.is_err());
    assert_ended_as(&telemetry, "GET [server] ERROR service_error");
}

#[tokio::test]
async fn a_client_that_leaves_before_the_head_cancels() {
    let telemetry = capture();
    let arrived = Arc::new(Notify::new());
    let arrival = Arc::clone(&arrived);
    let app = Router::new().route(
        "/",
        get(async move || {
            arrival.notify_one();
            pending::<()>().await;
        }),
    );
    let server = serve(instrument(app)).await;
    let client = open(server, "GET / HTTP/1.1").await;
    arrived.notified().await;
    drop(client);
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] ERROR cancelled");
}

#[tokio::test]
async fn a_client_that_leaves_in_the_body_cancels() {
    let telemetry = capture();
    let body = || stream::iter([Ok::<_, Infallible>("one")]).chain(stream::pending());
    let app = Router::new().route("/", get(async move || streamed(body())));
    let server = serve(instrument(app)).await;
    let mut client = open(server, "GET / HTTP/1.1").await;
    let mut read = Vec::new();
    while !read.ends_with(b"one\r\n") {
        client.read_buf(&mut read).await.unwrap();
    }
    drop(client);
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR cancelled");
}

#[tokio::test]
async fn a_response_over_http2_ends_with_its_body() {
    let telemetry = capture();
    let chunks = || stream::iter([Ok::<_, Infallible>("one "), Ok("two")]);
    let app = Router::new().route("/", get(async move || streamed(chunks())));
    let server = serve(instrument(app)).await;
    let response = send_h2(server, "/").await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "one two");
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200");
}

#[tokio::test]
async fn a_client_that_resets_its_http2_stream_in_the_body_cancels() {
    let telemetry = capture();
    let body = || stream::iter([Ok::<_, Infallible>("one")]).chain(stream::pending());
    let app = Router::new().route("/", get(async move || streamed(body())));
    let server = serve(instrument(app)).await;
    let mut response = send_h2(server, "/").await;
    assert!(response.body_mut().frame().await.unwrap().is_ok());
    drop(response);
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR cancelled");
}

#[tokio::test]
async fn a_client_that_resets_its_http2_stream_before_the_head_cancels() {
    let telemetry = capture();
    let arrived = Arc::new(Notify::new());
    let arrival = Arc::clone(&arrived);
    let app = Router::new().route(
        "/",
        get(async move || {
            arrival.notify_one();
            pending::<()>().await;
        }),
    );
    let server = serve(instrument(app)).await;
    let mut sender = connect_h2(server).await;
    let request = Request::get("http://shop.example/").body(Empty::new());
    let answer = sender.send_request(request.unwrap());
    tokio::select! {
        _ = answer => unreachable!("there is no answer"),
        () = arrived.notified() => {}
    }
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] ERROR cancelled");
}

#[tokio::test]
async fn a_request_that_is_dropped_while_pending_cancels() {
    let telemetry = capture();
    let app = Router::new().route("/", get(pending::<()>));
    let mut request = Box::pin(instrument(app).oneshot(request("/")));
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert!(Pin::new(&mut request).poll(&mut cx).is_pending());
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 1.0);
    drop(request);
    assert_ended_as(&telemetry, "GET / [server] ERROR cancelled");
}

#[tokio::test]
async fn a_request_that_is_never_polled_cancels() {
    let telemetry = capture();
    let mut app = layer().layer(Router::new());
    drop(app.call(request("/")));
    assert_ended_as(&telemetry, "GET [server] ERROR cancelled");
}

#[tokio::test]
async fn a_body_that_is_dropped_cancels() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || "never read"));
    drop(instrument(app).oneshot(request("/")).await.unwrap());
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR cancelled");
}
