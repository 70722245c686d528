//! Probes leave nothing, but run in their caller's context.

use axum::{Router, body::Body, http::Request, routing::get};
use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_axum::instrument;
use otelier_testing::capture;

use crate::{anything, call, get as request};

#[tokio::test]
async fn probes_leave_no_span_and_no_metric() {
    let telemetry = capture();
    for path in [
        "/health", "/healthz", "/ready", "/readyz", "/live", "/livez", "/metrics",
    ] {
        call(anything(), request(path)).await;
        call(anything(), request(&format!("{path}/"))).await;
        call(anything(), request(&format!("{path}?deep=1"))).await;
    }
    assert_eq!(telemetry.tree().to_string(), "");
    assert!(telemetry.metrics().is_empty());
}

#[tokio::test]
async fn a_probe_runs_in_its_callers_context() {
    let telemetry = capture();
    let seen = || Context::map_current(|cx| cx.span().span_context().trace_id().to_string());
    let app = Router::new().route("/health", get(async move || seen()));
    let request = Request::get("/health")
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .body(Body::empty())
        .unwrap();
    let answer = call(instrument(app), request).await;
    assert_eq!(answer.body(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(telemetry.spans().len(), 0);
}

#[tokio::test]
async fn a_nested_path_that_ends_like_a_probe_is_recorded() {
    let telemetry = capture();
    let nested = Router::new().route("/health", get(async || "ok"));
    call(
        instrument(Router::new().nest("/api", nested)),
        request("/api/health"),
    )
    .await;
    insta::assert_snapshot!(telemetry.tree(), @"GET /api/health [server] 200");
}
