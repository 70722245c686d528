//! A layer that loses its patience, inside and outside of ours.

use std::{convert::Infallible, future::pending, time::Duration};

use axum::{Router, body::Body, http::StatusCode, routing::get};
use futures_util::{StreamExt as _, stream};
use http_body_util::BodyExt as _;
use otelier_axum::instrument;
use otelier_testing::capture;
use tower::ServiceExt as _;
use tower_http::timeout::{ResponseBodyTimeoutLayer, TimeoutLayer};

use crate::{call, endings::assert_ended_as, get as request};

/// Passes at once: the clock of these tests stands still while anybody works,
/// and jumps to the next alarm when everybody waits.
const PATIENCE: Duration = Duration::from_secs(10);

fn hanging() -> Router {
    Router::new().route("/", get(pending::<()>))
}

#[tokio::test(start_paused = true)]
async fn a_timeout_inside_is_the_response_that_it_makes() {
    let telemetry = capture();
    let app = hanging().layer(TimeoutLayer::with_status_code(
        StatusCode::GATEWAY_TIMEOUT,
        PATIENCE,
    ));
    assert_eq!(call(instrument(app), request("/")).await.status(), 504);
    assert_ended_as(&telemetry, "GET / [server] 504 ERROR");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_outside_cancels() {
    let telemetry = capture();
    let app = instrument(hanging()).layer(TimeoutLayer::with_status_code(
        StatusCode::REQUEST_TIMEOUT,
        PATIENCE,
    ));
    assert_eq!(call(app, request("/")).await.status(), 408);
    assert_ended_as(&telemetry, "GET / [server] ERROR cancelled");
}

/// One chunk, and then nothing more.
fn stalling() -> Router {
    let chunks = || stream::iter([Ok::<_, Infallible>("one")]).chain(stream::pending());
    Router::new().route("/", get(async move || Body::from_stream(chunks())))
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_the_body_inside_is_a_body_that_fails() {
    let telemetry = capture();
    let app = instrument(stalling().layer(ResponseBodyTimeoutLayer::new(PATIENCE)));
    let response = app.oneshot(request("/")).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    let said = "data was not received within the designated timeout";
    assert_ended_as(
        &telemetry,
        &format!("GET / [server] 200 ERROR: {said} body_error"),
    );
}

#[tokio::test(start_paused = true)]
async fn a_timeout_of_the_body_outside_cancels() {
    let telemetry = capture();
    let app = instrument(stalling()).layer(ResponseBodyTimeoutLayer::new(PATIENCE));
    let response = app.oneshot(request("/")).await.unwrap();
    assert!(response.into_body().collect().await.is_err());
    assert_ended_as(&telemetry, "GET / [server] 200 ERROR cancelled");
}
