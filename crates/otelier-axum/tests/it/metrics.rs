//! Metrics agree with spans, and their labels stay few.

use std::future::pending;

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::get,
};
use futures_util::FutureExt as _;
use otelier_axum::instrument;
use otelier_core::semconv;
use otelier_testing::{MetricKind, capture};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::{anything, call, get as request};

#[tokio::test]
async fn each_request_is_observed_once() {
    let telemetry = capture();
    let app = Router::new()
        .route("/orders/{id}", get(async || "ok"))
        .route("/boom", get(async || StatusCode::INTERNAL_SERVER_ERROR));
    let app = instrument(app);
    for uri in [
        "/orders/1",
        "/orders/2",
        "/boom",
        "/nowhere",
        "/elsewhere?x=1",
    ] {
        call(app.clone(), request(uri)).await;
    }
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    http.server.active_requests{http.request.method=GET url.scheme=http} 0
    http.server.request.duration{error.type=500 http.request.method=GET http.response.status_code=500 http.route=/boom network.protocol.version=1.1 url.scheme=http} count=1
    http.server.request.duration{http.request.method=GET http.response.status_code=200 http.route=/orders/{id} network.protocol.version=1.1 url.scheme=http} count=2
    http.server.request.duration{http.request.method=GET http.response.status_code=404 network.protocol.version=1.1 url.scheme=http} count=2
    ");

    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(
        (duration.unit.as_str(), duration.kind),
        ("s", MetricKind::Histogram)
    );
    assert_eq!(duration.points[0].bounds, semconv::HTTP_DURATION_BOUNDS);
    let active = telemetry.metric("http.server.active_requests");
    assert_eq!(
        (active.unit.as_str(), active.kind),
        ("{request}", MetricKind::UpDownCounter)
    );
}

#[tokio::test]
async fn no_client_can_make_labels() {
    let telemetry = capture();
    let app = anything();
    for n in 0..100 {
        let request = Request::builder()
            .method(format!("METHOD{n}").as_str())
            .uri(format!("scheme{n}://host{n}.example/{n}?{n}"))
            .header("host", format!("host{n}.example"))
            .header("user-agent", n.to_string())
            .header("x-forwarded-proto", format!("proto{n}"))
            .body(Body::empty())
            .unwrap();
        call(app.clone(), request).await;
    }
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    http.server.active_requests{http.request.method=_OTHER url.scheme=http} 0
    http.server.request.duration{http.request.method=_OTHER http.response.status_code=200 network.protocol.version=1.1 url.scheme=http} count=100
    ");
}

#[tokio::test]
async fn the_gauge_counts_requests_in_flight() {
    let telemetry = capture();
    let app = anything();
    let first = call(app.clone(), request("/")).await;
    let response = app.oneshot(request("/")).await.unwrap();
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 1.0);
    drop((first, response));
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}

async fn burnt() -> &'static str {
    panic!("burnt")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_in_flight_after_many_endings_at_once() {
    const ROUNDS: usize = 200;
    let telemetry = capture();
    let app = Router::new()
        .route("/ok", get(async || "ok"))
        .route("/boom", get(async || StatusCode::INTERNAL_SERVER_ERROR))
        .route("/panic", get(burnt))
        .route("/hang", get(pending::<()>));
    let app = instrument(app);
    let mut tasks = JoinSet::new();
    for _ in 0..ROUNDS {
        for uri in ["/ok", "/boom", "/panic", "/nowhere"] {
            tasks.spawn(call(app.clone(), request(uri)).map(drop));
        }
        let hang = app.clone().oneshot(request("/hang"));
        tasks.spawn(async { assert!(hang.now_or_never().is_none()) });
        let unread = app.clone().oneshot(request("/ok"));
        tasks.spawn(unread.map(drop));
    }
    let mut panics = 0;
    while let Some(ended) = tasks.join_next().await {
        panics += usize::from(ended.is_err());
    }

    assert_eq!(panics, ROUNDS);
    assert_eq!(telemetry.spans().len(), 6 * ROUNDS);
    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(duration.count(), 6 * ROUNDS as u64);
    let rounds = Some(ROUNDS as u64);
    for (key, value) in [("error.type", "panic"), ("http.route", "/hang")] {
        let mut points = duration.points.iter();
        let point = points.find(|point| point.attributes.get(key) == Some(value.into()));
        assert_eq!(point.map(|point| point.count), rounds, "{key}={value}");
    }
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}
