//! At most so many requests at a time, with telemetry and without.
#![cfg(test)]

use std::{convert::Infallible, future::pending, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response, header},
    response::sse::{Event, Sse},
    routing::get,
};
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use http_body_util::BodyExt as _;
use otelier_axum::{TimeToHeaders, admission::AdmissionLayer};
use tokio::{
    sync::Semaphore,
    task::{JoinHandle, yield_now},
};
use tower::ServiceExt as _;

const PATIENCE: Duration = Duration::from_millis(300);

fn endless() -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    stream::iter([Ok(Bytes::from_static(b"one"))]).chain(stream::pending())
}

fn events() -> Sse<impl Stream<Item = Result<Event, Infallible>> + Send + 'static> {
    Sse::new(stream::pending())
}

/// Whose handlers wait for a permit, or for ever.
struct Service {
    app: Router,
    work: Arc<Semaphore>,
}

impl Service {
    fn new(layer: AdmissionLayer) -> Self {
        let work = Arc::new(Semaphore::new(0));
        let done = Arc::clone(&work);
        let works = async move || {
            done.acquire().await.unwrap().forget();
            "done"
        };
        let app = Router::new()
            .route("/", get(works))
            .route("/hang", get(pending::<()>))
            .route("/health", get(async || "ok"))
            .route("/internal/peers", get(async || "ok"))
            .route("/events", get(async || events()))
            .route(
                "/lines",
                get(async || (TimeToHeaders, Body::from_stream(endless()))),
            )
            .route("/body", get(async || Body::from_stream(endless())))
            .layer(layer);
        Self { app, work }
    }

    async fn ask(&self, path: &str) -> Response<Body> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        self.app.clone().oneshot(request).await.unwrap()
    }

    async fn status(&self, path: &str) -> u16 {
        self.ask(path).await.status().as_u16()
    }

    /// Asks in a task of its own, up to where it has to wait.
    #[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
    async fn begin(&self, path: &str) -> JoinHandle<u16> {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let asked = self.app.clone().oneshot(request);
        let task = tokio::spawn(async { asked.await.unwrap().status().as_u16() });
        yield_now().await;
        task
    }
}

#[tokio::test]
async fn above_the_bound_a_request_is_refused_and_told_when_to_come_again() {
    let layer = AdmissionLayer::new(2).with_retry_after(Duration::from_millis(1500));
    let service = Service::new(layer);
    let inside = [service.begin("/").await, service.begin("/").await];
    let refused = service.ask("/").await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()[header::RETRY_AFTER], "2");
    service.work.add_permits(3);
    for inside in inside {
        assert_eq!(inside.await.unwrap(), 200);
    }
    assert_eq!(service.status("/").await, 200);
}

#[tokio::test]
async fn health_routes_and_exempt_paths_never_count() {
    let service = Service::new(AdmissionLayer::new(1).with_exempt(["/internal/*"]));
    let _inside = service.begin("/hang").await;
    assert_eq!(service.status("/health").await, 200);
    assert_eq!(service.status("/internal/peers").await, 200);
    assert_eq!(service.status("/").await, 503);
    // Neither do they take the place of others.
    let service = Service::new(AdmissionLayer::new(0));
    assert_eq!(service.status("/health").await, 200);
    assert_eq!(service.status("/body").await, 503);
}

#[tokio::test]
async fn those_who_wait_come_in_by_turns() {
    let service = Service::new(AdmissionLayer::new(1).with_waiting(2, PATIENCE));
    let first = service.begin("/").await;
    let second = service.begin("/").await;
    let third = service.begin("/").await;
    assert_eq!(service.status("/").await, 503, "the queue has an end");
    service.work.add_permits(1);
    assert_eq!(first.await.unwrap(), 200);
    yield_now().await;
    assert!(!third.is_finished() && !second.is_finished());
    service.work.add_permits(1);
    assert_eq!(second.await.unwrap(), 200);
    assert!(!third.is_finished());
    service.work.add_permits(1);
    assert_eq!(third.await.unwrap(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_wait_has_an_end() {
    let service = Service::new(AdmissionLayer::new(1).with_waiting(1, PATIENCE));
    let _inside = service.begin("/hang").await;
    let start = tokio::time::Instant::now();
    assert_eq!(service.status("/").await, 503);
    assert_eq!(start.elapsed(), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_gives_up_its_turn_and_its_place() {
    let service = Service::new(AdmissionLayer::new(1).with_waiting(1, PATIENCE));
    let inside = service.begin("/hang").await;
    let waits = service.begin("/").await;
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    // There is room for another one that waits.
    let next = service.begin("/").await;
    assert!(!next.is_finished());
    inside.abort();
    service.work.add_permits(1);
    assert_eq!(next.await.unwrap(), 200);
    // Never polled, it has taken nothing.
    let request = Request::get("/").body(Body::empty()).unwrap();
    drop(service.app.clone().oneshot(request));
    service.work.add_permits(1);
    assert_eq!(service.status("/").await, 200);
}

#[tokio::test]
async fn a_place_is_kept_until_the_body_ends_and_a_panic_frees_it() {
    let service = Service::new(AdmissionLayer::new(1));
    let mut response = service.ask("/body").await;
    assert_eq!(service.status("/").await, 503);
    let frame = response.body_mut().frame().await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "one");
    assert_eq!(service.status("/").await, 503);
    drop(response);
    service.work.add_permits(1);
    let whole = service.ask("/").await;
    assert_eq!(whole.body().size_hint().exact(), Some(4));
    assert_eq!(service.status("/body").await, 503);
    assert_eq!(
        whole.into_body().collect().await.unwrap().to_bytes(),
        "done"
    );
    assert_eq!(service.status("/body").await, 200);

    let layer = AdmissionLayer::new(1);
    let panics = async || -> () { panic!("burnt") };
    let app = Router::new().route("/", get(panics)).layer(layer);
    for _ in 0..2 {
        let request = Request::get("/").body(Body::empty()).unwrap();
        let asked = std::panic::AssertUnwindSafe(app.clone().oneshot(request));
        assert!(asked.catch_unwind().await.is_err());
    }
}

#[tokio::test]
async fn a_stream_leaves_with_its_head_unless_its_place_is_asked_for() {
    for path in ["/events", "/lines"] {
        let service = Service::new(AdmissionLayer::new(1));
        let stream = service.ask(path).await;
        service.work.add_permits(1);
        assert_eq!(service.status("/").await, 200, "{path}");
        drop(stream);
        let service = Service::new(AdmissionLayer::new(1).with_streams());
        let stream = service.ask(path).await;
        assert_eq!(service.status("/").await, 503, "{path}");
        drop(stream);
        service.work.add_permits(1);
        assert_eq!(service.status("/").await, 200, "{path}");
    }
}
