//! Routers that were instrumented before telemetry was set up. It is set up once in
//! a process, so this has one of its own.
#![cfg(test)]

use axum::{Router, body::Body, http::Request, routing::get};
use otelier_axum::instrument;
use otelier_core::{Source, install, stay_off};
use otelier_testing::capture;
use tower::ServiceExt as _;

fn router(path: &str) -> Router {
    instrument(Router::new().route(path, get(async || "ok")))
}

#[tokio::test]
async fn a_router_waits_for_telemetry_unless_it_was_told_to_stay_off() {
    let waits = router("/waits");
    stay_off();
    let stays_off = router("/stays-off");

    let telemetry = capture();
    let providers = Source::current().providers().cloned();
    install(providers.expect("those of the capture")).expect("the first ones");
    for (router, path) in [(waits, "/waits"), (stays_off, "/stays-off")] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        drop(axum::body::to_bytes(response.into_body(), 10).await);
    }
    assert_eq!(telemetry.tree().to_string(), "GET /waits [server] 200\n");
}
