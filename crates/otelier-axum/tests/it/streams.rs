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
use otelier_testing::capture;
use tokio::{io::AsyncReadExt as _, net::TcpStream};
use tower::ServiceExt as _;

use crate::{
    endings::assert_ended_as,
    get as request,
    wire::{ended, open, send_h2, serve},
};

/// One event, and then nothing but signs of life.
fn events() -> impl IntoResponse {
    let events = stream::iter([Ok::<_, Infallible>(Event::default().data("one"))]);
    let alive = KeepAlive::new().interval(Duration::from_millis(1));
    Sse::new(events.chain(stream::pending())).keep_alive(alive)
}

/// Reads until a text has come.
async fn read_to(client: &mut TcpStream, text: &str) -> String {
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
    drop(client);
    ended(&telemetry, 1).await;
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR cancelled");
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
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR cancelled");
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
    assert_ended_as(&telemetry, "GET / [server] 200");
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
async fn a_stream_that_asks_for_the_time_to_its_head_still_ends_as_it_ends() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || (TimeToHeaders, events())));
    let response = instrument(app).oneshot(request("/")).await.unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    drop(response);
    assert_eq!(
        telemetry.tree().to_string(),
        "GET / [server] 200 ERROR cancelled\n"
    );
    assert_eq!(telemetry.metric("http.server.request.duration").count(), 1);
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}
