//! Many requests of all kinds at once, each of which ends.

use std::{convert::Infallible, future::pending};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Request, StatusCode},
    routing::{get, post},
};
use futures_util::{FutureExt as _, stream};
use otelier_axum::{context::set, instrument_with, layer};
use otelier_testing::capture;
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::{call, get as request};

/// A tenth of what the benches' `soak` sends, so that a debug build is done soon.
const ROUNDS: usize = 1000;

/// Unwinds without a word for each time.
async fn burnt() -> &'static str {
    std::panic::resume_unwind(Box::new("burnt"))
}

fn app() -> Router {
    let chunks = || stream::iter([Ok::<_, Infallible>("one "), Ok("two")]);
    let app = Router::new()
        .route("/ok/{id}", get(async || "ok"))
        .route("/boom", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/none", get(async || StatusCode::NO_CONTENT))
        .route("/panic", get(burnt))
        .route("/hang", get(pending::<()>))
        .route("/echo", post(async |body: Bytes| body))
        .route("/stream", get(async move || Body::from_stream(chunks())))
        .route("/set", get(async || set("organization.id", 7)));
    let layer = layer()
        .with_body_sizes()
        .with_request_body_field("model")
        .with_trace_response();
    instrument_with(app, layer)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_in_flight_after_ten_thousand_requests() {
    let telemetry = capture();
    let app = app();
    let mut panics = 0;
    for round in 0..ROUNDS {
        let mut tasks = JoinSet::new();
        for uri in [
            "/ok/1", "/boom", "/none", "/panic", "/nowhere", "/stream", "/set",
        ] {
            tasks.spawn(telemetry.scope(call(app.clone(), request(uri)).map(drop)));
        }
        let echo = Request::post("/echo").header("content-type", "application/json");
        let echo = echo.body(Body::from(r#"{"model":"m"}"#)).unwrap();
        tasks.spawn(telemetry.scope(call(app.clone(), echo).map(drop)));
        let hang = app.clone().oneshot(request("/hang"));
        tasks.spawn(telemetry.scope(async { assert!(hang.now_or_never().is_none()) }));
        let path = if round % 2 == 0 { "/ok/2" } else { "/stream" };
        let unread = app.clone().oneshot(request(path));
        tasks.spawn(telemetry.scope(unread.map(drop)));
        while let Some(ended) = tasks.join_next().await {
            panics += usize::from(ended.is_err());
        }
    }
    assert_eq!(panics, ROUNDS);
    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(duration.count(), 10 * ROUNDS as u64);
    assert_eq!(telemetry.spans().len(), 10 * ROUNDS);
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}
