//! Responses that last as long as somebody listens.

use std::{convert::Infallible, time::Duration, time::Instant};

use axum::{
    Router,
    body::Body,
    http::StatusCode,
    response::{
        IntoResponse,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use otelier_axum::{TimeToHeaders, instrument};
use otelier_testing::{Telemetry, capture};
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tower::ServiceExt as _;

use crate::{
    get as request,
    wire::{ended, open, send_h2, serve},
};

/// A body without an end.
fn endless() -> Body {
    let chunks = stream::iter([Ok::<_, Infallible>("one")]);
    Body::from_stream(chunks.chain(stream::pending()))
}

/// One stream that ended like this, as its span and its metrics say, and none that
/// is open.
#[track_caller]
pub(crate) fn assert_streamed(telemetry: &Telemetry, ending: &'static str) {
    let error = match ending {
        "timeout" | "upstream_error" => Some("body_error".into()),
        "given_up" => Some("cancelled".into()),
        "panic" => Some("panic".into()),
        _ => None,
    };
    let ending = if ending == "given_up" {
        "timeout"
    } else {
        ending
    };
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("otelier.stream.ending"), Some(ending.into()));
    assert_eq!(span.get("error.type"), error);
    let lasted = telemetry.metric("otelier.http.server.stream.duration");
    assert_eq!(lasted.count(), 1);
    let labels = &lasted.points[0].attributes;
    assert_eq!(labels.get("otelier.stream.ending"), Some(ending.into()));
    assert_eq!(labels.get("otelier.stream.kind"), Some("events".into()));
    assert_eq!(labels.get("http.route"), span.get("http.route"));
    assert_eq!(telemetry.metric("otelier.http.server.streams").total(), 0.0);
    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(duration.count(), 1);
    assert_eq!(duration.points[0].attributes.get("error.type"), error);
    assert!(duration.total() <= span.elapsed().as_secs_f64());
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}

/// One event, and then nothing but signs of life.
pub(crate) fn events() -> impl IntoResponse {
    let events = stream::iter([Ok::<_, Infallible>(Event::default().data("one"))]);
    let alive = KeepAlive::new().interval(Duration::from_millis(1));
    Sse::new(events.chain(stream::pending())).keep_alive(alive)
}

/// Reads until a text has come.
pub(crate) async fn read_to(client: &mut TcpStream, text: &str) -> String {
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(text) {
        assert_ne!(client.read_buf(&mut read).await.unwrap(), 0, "closed");
    }
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn server_sent_events_last_until_the_client_leaves() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || events()));
    let server = serve(instrument(app)).await;
    let mut client = open(server, "GET / HTTP/1.1").await;
    // The event, and a comment that keeps the connection alive.
    read_to(&mut client, "data: one").await;
    read_to(&mut client, ":\n").await;
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 1.0);
    let open = telemetry.metric("otelier.http.server.streams");
    assert_eq!(open.total(), 1.0);
    let route = open.points[0].attributes.get("http.route");
    assert_eq!(route, Some("/".into()));
    drop(client);
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "client_cancel");
}

#[tokio::test]
async fn server_sent_events_over_http2_last_until_the_client_leaves() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || events()));
    let server = serve(instrument(app)).await;
    let mut response = send_h2(server, "/").await;
    for _ in 0..3 {
        assert!(response.body_mut().frame().await.unwrap().is_ok());
    }
    assert_eq!(telemetry.spans().len(), 0);
    drop(response);
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "client_cancel");
}

#[tokio::test]
async fn server_sent_events_that_end_are_complete() {
    let telemetry = capture();
    let one = || stream::iter([Ok::<_, Infallible>(Event::default().data("one"))]);
    let app = Router::new().route("/", get(async move || Sse::new(one())));
    let server = serve(instrument(app)).await;
    let response = send_h2(server, "/").await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "data: one\n\n");
    ended(&telemetry, 1).await;
    assert_streamed(&telemetry, "complete");
}

/// A body that comes when the clock has moved on.
fn late() -> Body {
    Body::from_stream(stream::once(async {
        let now = Instant::now();
        while now == Instant::now() {}
        Ok::<_, Infallible>("late")
    }))
}

#[tokio::test]
async fn a_stream_may_ask_for_the_time_to_its_head() {
    let telemetry = capture();
    let app = Router::new()
        .route("/whole", get(async || late()))
        .route("/head", get(async || (TimeToHeaders, late())));
    let app = instrument(app);
    for path in ["/whole", "/head"] {
        let response = app.clone().oneshot(request(path)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.into_body().collect().await.unwrap();
    }
    let duration = telemetry.metric("http.server.request.duration");
    for span in telemetry.spans() {
        let route = span.get("http.route").unwrap();
        let mut points = duration.points.iter();
        let point =
            points.find(|point| point.attributes.get("http.route").as_ref() == Some(&route));
        let (whole, told) = (span.elapsed().as_secs_f64(), point.unwrap().value);
        // Both come from one clock, which moved on between head and end.
        if route.as_str() == "/head" {
            assert!(told < whole, "{told} {whole}");
        } else {
            assert_eq!(told, whole);
        }
    }
}

#[tokio::test]
async fn a_stream_that_asks_for_the_time_to_its_head_may_be_left() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || (TimeToHeaders, endless())));
    let response = instrument(app).oneshot(request("/")).await.unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    drop(response);
    assert_eq!(telemetry.tree().to_string(), "GET / [server] 200\n");
    let lasted = telemetry.metric("otelier.http.server.stream.duration");
    let labels = &lasted.points[0].attributes;
    assert_eq!(labels.get("otelier.stream.kind"), Some("other".into()));
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}

#[tokio::test]
async fn a_response_that_is_no_stream_and_is_left_is_an_error() {
    let telemetry = capture();
    let failed = async || (StatusCode::BAD_REQUEST, events());
    let app = Router::new()
        .route("/", get(async || endless()))
        .route("/failed", get(failed));
    let app = instrument(app);
    for path in ["/", "/failed"] {
        drop(app.clone().oneshot(request(path)).await.unwrap());
    }
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET / [server] 200 ERROR cancelled
    GET /failed [server] 400 ERROR cancelled
    ");
    let metrics = telemetry.metrics();
    let mut names = metrics.iter().map(|metric| metric.name.as_str());
    assert!(!names.any(|name| name.starts_with("otelier.http.server.stream")));
}
