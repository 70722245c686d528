//! What metrics tell of readiness and admission.

use std::{future::pending, time::Duration};

use axum::{Router, routing::get};
use futures_util::FutureExt as _;
use otelier_axum::{admission::AdmissionLayer, instrument, ready::Ready};
use otelier_testing::capture;
use tower::ServiceExt as _;

use crate::get as request;

#[tokio::test]
async fn one_state_is_one_and_each_reason_that_counts() {
    let telemetry = capture();
    let ready = Ready::new();
    let database = ready.reason("database");
    let _search = ready.reason("search");
    ready.set_ready();
    database.set();
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    otelier.readiness.degraded{otelier.readiness.reason=database} 1
    otelier.readiness.degraded{otelier.readiness.reason=search} 0
    otelier.readiness.status{otelier.readiness.state=degraded} 1
    otelier.readiness.status{otelier.readiness.state=draining} 0
    otelier.readiness.status{otelier.readiness.state=manual} 0
    otelier.readiness.status{otelier.readiness.state=ready} 0
    otelier.readiness.status{otelier.readiness.state=starting} 0
    otelier.readiness.status{otelier.readiness.state=warming} 0
    ");
}

#[tokio::test(start_paused = true)]
async fn waits_and_refusals_are_told_with_their_endings() {
    let telemetry = capture();
    let admission = AdmissionLayer::new(1)
        .with_waiting(2, Duration::from_secs(1))
        .with_name("uploads");
    let app = Router::new()
        .route("/", get(async || "ok"))
        .route("/hang", get(pending::<()>))
        .layer(admission);
    let app = instrument(app);
    let ask = |path| app.clone().oneshot(request(path));
    let mut inside = Box::pin(ask("/hang"));
    assert!(inside.as_mut().now_or_never().is_none());
    let mut left = Box::pin(ask("/"));
    assert!(left.as_mut().now_or_never().is_none());
    let mut waits = Box::pin(ask("/"));
    assert!(waits.as_mut().now_or_never().is_none());
    let requests = telemetry.metric("otelier.http.server.admission.requests");
    assert_eq!(requests.total(), 3.0);
    // There is no room to wait.
    assert_eq!(ask("/").await.unwrap().status(), 503);
    // The client goes away.
    drop(left);
    // In vain.
    assert_eq!(ask("/").await.unwrap().status(), 503);
    drop(waits);
    let mut waits = Box::pin(ask("/"));
    assert!(waits.as_mut().now_or_never().is_none());
    drop(inside);
    assert_eq!(waits.await.unwrap().status(), 200);

    let summary = telemetry.metrics_summary().to_string();
    let ours = summary.lines().filter(|line| line.contains("admission"));
    insta::assert_snapshot!(Vec::from_iter(ours).join("\n"), @r"
    otelier.http.server.admission.limit{otelier.admission.name=uploads} 1
    otelier.http.server.admission.refused{otelier.admission.name=uploads otelier.admission.reason=full} 1
    otelier.http.server.admission.refused{otelier.admission.name=uploads otelier.admission.reason=timeout} 1
    otelier.http.server.admission.requests{otelier.admission.name=uploads otelier.admission.state=inside} 0
    otelier.http.server.admission.requests{otelier.admission.name=uploads otelier.admission.state=waiting} 0
    otelier.http.server.admission.wait_time{otelier.admission.name=uploads otelier.admission.outcome=admitted} count=1
    otelier.http.server.admission.wait_time{otelier.admission.name=uploads otelier.admission.outcome=cancelled} count=2
    otelier.http.server.admission.wait_time{otelier.admission.name=uploads otelier.admission.outcome=refused} count=1
    ");
}
