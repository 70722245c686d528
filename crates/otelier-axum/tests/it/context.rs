//! What is known about a request reaches its span, its metrics and its tasks.

use std::panic::AssertUnwindSafe;

use axum::{
    Router,
    body::Body,
    http::{HeaderName, Request},
    routing::get,
};
use futures_util::FutureExt as _;
use opentelemetry::{Context, context::FutureExt as _};
use otelier_axum::{context::set, instrument, instrument_with, layer, upgraded};
use otelier_core::context::{current, from};
use otelier_testing::capture;
use tokio::task::yield_now;

use crate::{call, get as request};

/// What a processor would see for what starts here.
fn seen(key: &str) -> Option<String> {
    let entries = from(&Context::current())?;
    entries.get(key).map(|value| value.as_str().into_owned())
}

#[tokio::test]
async fn what_a_handler_says_is_on_the_span_and_in_what_follows() {
    let telemetry = capture();
    let app = Router::new().route(
        "/",
        get(async || {
            set("organization.id", 7);
            assert_eq!(seen("organization.id").as_deref(), Some("7"));
            yield_now().await;
            assert_eq!(seen("organization.id").as_deref(), Some("7"));
            let task = async { seen("organization.id") }.with_current_context();
            std::thread::spawn(|| futures_util::FutureExt::now_or_never(task))
                .join()
                .unwrap()
                .flatten()
                .unwrap()
        }),
    );
    let answer = call(instrument(app), request("/")).await;
    assert_eq!(answer.body(), "7");
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("organization.id"), Some("7".into()));
    assert!(current().is_none());
}

#[tokio::test]
async fn headers_and_parameters_are_taken_into_the_context() {
    let telemetry = capture();
    let layer = layer()
        .with_context_header(HeaderName::from_static("x-user-id"), "user.id")
        .with_context_header(HeaderName::from_static("x-absent"), "absent")
        .with_context_parameter("org", "organization.id")
        .with_context_label("organization.tier");
    let nested = Router::new().route(
        "/repos/{id}",
        get(async || {
            set("organization.tier", "gold");
            set("user.id", "u-2");
            seen("organization.id").unwrap()
        }),
    );
    let app = instrument_with(Router::new().nest("/orgs/{org}", nested), layer);
    let request = Request::get("/orgs/caf%C3%A9/repos/7").header("x-user-id", "u-1");
    let answer = call(app, request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body(), "café");
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("organization.id"), Some("café".into()));
    assert_eq!(span.get("organization.tier"), Some("gold".into()));
    assert_eq!(span.get("absent"), None);
    let duration = telemetry.metric("http.server.request.duration");
    let labels = &duration.points[0].attributes;
    assert_eq!(labels.get("organization.tier"), Some("gold".into()));
    assert_eq!(labels.get("user.id"), None);
    assert_eq!(labels.get("organization.id"), None);
}

#[tokio::test]
async fn a_panic_does_not_lose_what_was_said() {
    async fn burnt() -> &'static str {
        set("organization.id", 7);
        panic!("burnt")
    }
    let telemetry = capture();
    let app = instrument(Router::new().route("/", get(burnt)));
    assert!(
        tokio::task::LocalSet::new()
            .run_until(async move {
                tokio::task::spawn_local(async move { call(app, request("/")).await })
                    .await
                    .is_err()
            })
            .await
    );
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("error.type"), Some("panic".into()));
    assert_eq!(span.get("organization.id"), Some("7".into()));
}

#[tokio::test]
async fn an_upgraded_task_has_a_span_below_its_request() {
    let telemetry = capture();
    let app = Router::new().route(
        "/chat",
        get(async || {
            let task = upgraded("chat", async |socket: u8| {
                yield_now().await;
                assert_eq!(socket, 7);
                tracing::info!("hello");
            });
            #[expect(clippy::disallowed_methods, reason = "as hyper does")]
            tokio::spawn(telemetry_of(task(7)));
            axum::http::StatusCode::SWITCHING_PROTOCOLS
        }),
    );
    call(instrument(app), request("/chat")).await;
    telemetry.ended(2).await;
    insta::assert_snapshot!(telemetry.tree(), @"
    GET /chat [server] 101
      chat [internal]
        INFO hello
    ");
}

#[tokio::test]
async fn a_panic_of_an_upgraded_task_is_one_wherever_it_is_caught() {
    let telemetry = capture();
    let task = upgraded("chat", async |()| panic!("burnt"));
    let mut talk = Box::pin(task(()));
    let polled = AssertUnwindSafe(&mut talk).catch_unwind().await;
    assert!(polled.is_err());
    drop(talk);
    assert_eq!(
        telemetry.tree().to_string(),
        "chat [internal] ERROR panic\n"
    );
}

#[tokio::test]
async fn an_upgraded_task_that_is_given_up_ends_without_an_error() {
    for polls in [0, 1] {
        let telemetry = capture();
        let task = upgraded("chat", async |()| std::future::pending::<()>().await);
        let mut talk = Box::pin(task(()));
        for _ in 0..polls {
            assert!((&mut talk).now_or_never().is_none());
        }
        assert_eq!(telemetry.spans().len(), 0);
        drop(talk);
        assert_eq!(telemetry.tree().to_string(), "chat [internal]\n");
    }
}

/// Spawned tasks do not log to the subscriber of the test by themselves.
fn telemetry_of<F: Future>(future: F) -> impl Future<Output = F::Output> {
    use tracing::instrument::WithSubscriber as _;
    future.with_current_subscriber()
}
