//! Responses are the same, byte for byte, with telemetry on and off.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    http::{StatusCode, header},
    routing::get,
};
use futures_util::stream;
use otelier_axum::layer;
use otelier_testing::capture;

use crate::wire::{ended, send, serve};

fn app() -> Router {
    let chunks = || stream::iter([Ok::<_, Infallible>("one "), Ok("two")]);
    let sized = move || ([(header::CONTENT_LENGTH, "7")], Body::from_stream(chunks()));
    Router::new()
        .route("/text", get(async || "an order"))
        .route("/empty", get(async || ()))
        .route("/none", get(async || StatusCode::NO_CONTENT))
        .route(
            "/boom",
            get(async || (StatusCode::INTERNAL_SERVER_ERROR, "boom")),
        )
        .route("/stream", get(async move || Body::from_stream(chunks())))
        .route("/sized", get(async move || sized()))
        .layer(layer())
}

async fn answers() -> Vec<String> {
    let server = serve(app()).await;
    let mut answers = Vec::new();
    for method in ["GET", "HEAD", "POST", "OPTIONS", "PURGE"] {
        for path in [
            "/text", "/empty", "/none", "/boom", "/stream", "/sized", "/nowhere", "/health",
        ] {
            let answer = send(server, &format!("{method} {path} HTTP/1.1")).await;
            let same = answer.lines().filter(|line| !line.starts_with("date: "));
            answers.push(same.collect::<Vec<_>>().join("\n"));
        }
    }
    answers
}

#[tokio::test]
async fn responses_do_not_depend_on_telemetry() {
    let off = answers().await;
    let telemetry = capture();
    let on = answers().await;
    ended(&telemetry, 35).await;
    assert_eq!(telemetry.spans().len(), 35);
    assert!(off.iter().all(|answer| answer.starts_with("HTTP/1.1 ")));
    assert_eq!(on, off);
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}
