//! How streams end over real sockets, where their connections are watched.

use std::{convert::Infallible, io, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{Response, header::CONTENT_TYPE},
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
    routing::get,
};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use otelier_axum::instrument;
use otelier_core::Source;
use otelier_testing::capture;
use tokio::io::AsyncWriteExt as _;
use tower::ServiceExt as _;
use tower_http::timeout::ResponseBodyTimeoutLayer;

use crate::{
    get as request,
    streams::{assert_streamed, events, read_to},
    wire::{ended, open, send_h2, watch},
};

const PATIENCE: Duration = Duration::from_millis(20);

fn app() -> Router {
    Router::new().route("/", get(async || events()))
}

/// One event, and then something else.
fn then<S>(next: S) -> Response<Body>
where
    S: Stream<Item = io::Result<&'static str>> + Send + 'static,
{
    let first = stream::iter([Ok("data: one\n\n")]);
    let head = [(CONTENT_TYPE, "text/event-stream")];
    (head, Body::from_stream(first.chain(next))).into_response()
}

#[tokio::test]
async fn a_client_that_closes_has_left() {
    let telemetry = capture();
    let (server, _stop) = watch(instrument(app())).await;
    let mut client = open(server, "GET / HTTP/1.1").await;
    read_to(&mut client, "data: one").await;
    client.shutdown().await.unwrap();
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "client_cancel");
    assert!(telemetry.spans()[0].get("client.address").is_some());
}

#[tokio::test]
async fn a_client_that_resets_the_connection_is_the_networks_error() {
    let telemetry = capture();
    let (server, _stop) = watch(instrument(app())).await;
    let mut client = open(server, "GET / HTTP/1.1").await;
    read_to(&mut client, "data: one").await;
    // Closed with a reset instead of an end.
    client.set_zero_linger().unwrap();
    drop(client);
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "network_error");
}

#[tokio::test]
async fn a_client_of_http2_that_resets_its_stream_has_left() {
    let telemetry = capture();
    let (server, _stop) = watch(instrument(app())).await;
    let response = send_h2(server, "/").await;
    drop(response);
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "client_cancel");
}

#[tokio::test]
async fn an_error_of_the_body_is_the_upstreams() {
    let telemetry = capture();
    let reset = || stream::iter([Err(io::ErrorKind::ConnectionReset.into())]);
    let app = Router::new().route("/", get(async move || then(reset())));
    let (server, _stop) = watch(instrument(app)).await;
    let _client = open(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "upstream_error");
}

#[tokio::test]
async fn a_layer_inside_that_loses_its_patience_is_a_timeout() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || then(stream::pending())));
    let app = app.layer(ResponseBodyTimeoutLayer::new(PATIENCE));
    let (server, _stop) = watch(instrument(app)).await;
    let _client = open(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "timeout");
}

#[tokio::test]
async fn a_layer_outside_that_loses_its_patience_is_a_timeout_where_the_connection_is_watched() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || then(stream::pending())));
    let app = instrument(app).layer(ResponseBodyTimeoutLayer::new(PATIENCE));
    let (server, _stop) = watch(app).await;
    let _client = open(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "given_up");
}

#[tokio::test]
async fn a_stream_that_ends_by_itself_at_the_shutdown_is_complete() {
    let telemetry = capture();
    let (end, ends) = tokio::sync::watch::channel(());
    let app = Router::new().route(
        "/",
        get(move || {
            let mut ends = ends.clone();
            let ended = async move { drop(ends.changed().await) };
            let one = stream::iter([Ok::<_, Infallible>(Event::default().data("one"))]);
            let events = one.chain(stream::pending()).take_until(ended);
            async { Sse::new(events) }
        }),
    );
    let (server, stop) = watch(instrument(app)).await;
    let mut client = open(server, "GET / HTTP/1.1").await;
    read_to(&mut client, "data: one").await;
    stop.send(()).unwrap();
    end.send(()).unwrap();
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "complete");
}

#[tokio::test]
async fn what_is_open_when_telemetry_ends_is_told_of_once() {
    let telemetry = capture();
    let (server, stop) = watch(instrument(app())).await;
    let mut client = open(server, "GET / HTTP/1.1").await;
    read_to(&mut client, "data: one").await;
    stop.send(()).unwrap();
    let open = telemetry.metric("otelier.http.server.streams");
    assert_eq!(open.total(), 1.0);
    Source::current().providers().unwrap().end();
    let told = || {
        let lasted = telemetry.metric("otelier.http.server.stream.duration");
        let ending = lasted.points[0].attributes.get("otelier.stream.ending");
        assert_eq!((lasted.count(), ending), (1, Some("shutdown".into())));
        let open = telemetry.metric("otelier.http.server.streams");
        assert_eq!(open.total(), 0.0);
    };
    told();
    drop(client);
    ended(&telemetry, 1).await;
    told();
}

#[tokio::test]
async fn a_stream_that_panics_says_so() {
    let telemetry = capture();
    let burns = || stream::once(async { panic!("burnt") });
    let app = Router::new().route("/", get(async move || then(burns())));
    let (server, _stop) = watch(instrument(app)).await;
    let _client = open(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "panic");
}

#[tokio::test]
async fn a_stream_that_nobody_reads_has_been_left() {
    let telemetry = capture();
    let response = instrument(app()).oneshot(request("/")).await.unwrap();
    drop(response);
    assert_streamed(&telemetry, "client_cancel");
    // Never polled: there is no response.
    assert!(
        instrument(app())
            .oneshot(request("/"))
            .now_or_never()
            .is_some()
    );
}
