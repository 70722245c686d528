//! What a service tells its balancer, with telemetry and without.
#![cfg(test)]

use std::time::Duration;

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header},
};
use otelier_axum::ready::{Ready, State};
use tokio::{sync::oneshot, time::advance};
use tower::ServiceExt as _;

const SECOND: Duration = Duration::from_secs(1);

/// What the route answers.
async fn asked(ready: &Ready) -> (u16, String) {
    let app: Router = Router::new().route("/ready", ready.route());
    let request = Request::get("/ready").body(Body::empty()).unwrap();
    let response = app.oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let body = to_bytes(response.into_body(), 1000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test(start_paused = true)]
async fn the_route_tells_the_state_and_the_reasons() {
    let ready = Ready::new().with_stabilisation(15 * SECOND);
    let database = ready.reason("database");
    let search = ready.reason("search").tolerated();
    let says = |status, text: &str| (status, format!("{text}\n"));
    assert_eq!(asked(&ready).await, says(503, "starting"));
    ready.set_warming();
    assert_eq!(asked(&ready).await, says(503, "warming"));
    ready.set_ready();
    assert_eq!(asked(&ready).await, says(200, "ready"));
    search.set();
    assert_eq!(asked(&ready).await, says(200, "degraded: search"));
    database.set();
    assert_eq!(asked(&ready).await, says(503, "degraded: database, search"));
    search.clear();
    database.clear();
    advance(14 * SECOND).await;
    assert_eq!(asked(&ready).await, says(503, "degraded: database, search"));
    advance(SECOND).await;
    assert_eq!(asked(&ready).await, says(200, "ready"));
    ready.set_manual();
    assert_eq!(asked(&ready).await, says(503, "manual"));
    ready.clear_manual();
    assert_eq!((ready.state(), ready.reasons()), (State::Ready, vec![]));
}

#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
async fn a_service_that_is_to_end_says_so_before_its_listener_closes() {
    let ready = Ready::new();
    ready.set_ready();
    let (signal, came) = oneshot::channel::<()>();
    let shutdown = ready.shutdown(async { came.await.unwrap() }, 5 * SECOND);
    let shutdown = tokio::spawn(shutdown);
    tokio::task::yield_now().await;
    assert_eq!(ready.state(), State::Ready);
    signal.send(()).unwrap();
    advance(4 * SECOND).await;
    assert_eq!(asked(&ready).await, (503, "draining\n".to_owned()));
    assert!(!shutdown.is_finished());
    shutdown.await.unwrap();
    ready.set_ready();
    assert_eq!(ready.state(), State::Draining);
}
