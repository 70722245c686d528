//! A process that was asked to end. It is asked once, so this has one of its own.
#![cfg(test)]

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    http::Request,
    response::sse::{Event, Sse},
    routing::get,
};
use futures_util::{StreamExt as _, stream};
use otelier_axum::{
    instrument,
    ready::{Ready, State},
};
use otelier_core::stop;
use otelier_testing::capture;
use tower::ServiceExt as _;

#[tokio::test]
async fn a_stream_that_is_open_when_the_process_ends_was_shut_down() {
    let telemetry = capture();
    let ready = Ready::new();
    ready.set_ready();
    let events = async || {
        let one = stream::iter([Ok::<_, Infallible>(Event::default().data("one"))]);
        Sse::new(one.chain(stream::pending()))
    };
    let app = instrument(Router::new().route("/", get(events)));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    stop();
    assert_eq!(ready.state(), State::Draining);
    drop(response);
    let span = telemetry.span("GET /");
    assert_eq!(span.get("otelier.stream.ending"), Some("shutdown".into()));
    assert_eq!(span.get("error.type"), None);
}
