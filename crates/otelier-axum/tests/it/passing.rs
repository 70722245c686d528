//! While telemetry is disabled, or exports nothing, context of others passes
//! through.

use std::{convert::Infallible, pin::pin};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Request, Response},
    routing::get,
};
use futures_util::{FutureExt as _, StreamExt as _, stream};
use opentelemetry::{
    Context, ContextGuard, KeyValue, baggage::BaggageExt as _, trace::TraceContextExt as _,
};
use otelier_axum::{TraceLayer, instrument_with, layer, trace_id, upgraded};
use otelier_core::{Propagation, Providers, Source};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{call, get as request};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";

fn propagation() -> Propagation {
    Propagation::none().with_trace_context().with_baggage()
}

/// A process that records nothing and lets pass what others say.
fn passing() -> ContextGuard {
    let providers = Providers::passing(propagation());
    providers.capture_in(&Context::current()).attach()
}

fn sent() -> Request<Body> {
    Request::get("/")
        .header("traceparent", PARENT)
        .header("tracestate", "vendor=x,a@very-long-name-of-a-system=1")
        .header("baggage", "k=%FF;p=%20")
        .header("baggage", "k2=a=b==")
        .body(Body::empty())
        .unwrap()
}

/// What a callee would be told here.
fn told() -> HeaderMap {
    let mut headers = HeaderMap::new();
    Context::map_current(|cx| propagation().inject(cx, &mut headers));
    headers
}

fn expected() -> HeaderMap {
    let mut expected = sent().headers().clone();
    expected.insert("baggage", HeaderValue::from_static("k=%FF;p=%20,k2=a=b=="));
    expected
}

fn app(layer: TraceLayer) -> Router {
    let handler = async || {
        tokio::task::yield_now().await;
        let id = trace_id().unwrap_or_default();
        (told(), id)
    };
    instrument_with(Router::new().fallback(handler), layer)
}

async fn answer(app: Router, request: Request<Body>) -> (HeaderMap, String) {
    let (mut head, body) = call(app, request).await.into_parts();
    for name in ["content-type", "content-length"] {
        head.headers.remove(name);
    }
    (head.headers, body)
}

#[tokio::test]
async fn what_came_in_goes_on_as_it_came() {
    let _passing = passing();
    assert!(Source::current().providers().is_none());
    let (told, id) = answer(app(layer()), sent()).await;
    assert_eq!(told, expected());
    assert_eq!(id, TRACE);
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn where_nothing_came_in_nothing_is_made_up() {
    let _passing = passing();
    let nothing = (HeaderMap::new(), String::new());
    assert_eq!(answer(app(layer()), request("/")).await, nothing);
    let public = layer().with_public_endpoint();
    assert_eq!(answer(app(public), sent()).await, nothing);
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    assert_eq!(answer(app(layer()), sent()).await, nothing);
}

#[tokio::test]
async fn a_layer_further_in_leaves_what_was_changed_in_between() {
    let _passing = passing();
    let inner = layer().layer(service_fn(async |_: Request<Body>| {
        let told = told();
        Ok::<_, Infallible>(Response::new(Body::from(format!("{:?}", told["baggage"]))))
    }));
    let between = service_fn(move |request: Request<Body>| {
        let cx = Context::map_current(|cx| cx.with_baggage([KeyValue::new("own", "1")]));
        let mut answer = Box::pin(inner.clone().oneshot(request));
        std::future::poll_fn(move |task| {
            let _attached = cx.clone().attach();
            answer.poll_unpin(task)
        })
    });
    let outer = layer().layer(between);
    let answer = call(outer, sent()).await;
    assert_eq!(answer.body(), "\"own=1\"");
}

#[tokio::test]
async fn bodies_and_what_is_dropped_stay_in_the_callers_context() {
    let _passing = passing();
    struct Cleanup(std::sync::mpsc::Sender<HeaderMap>);
    impl Drop for Cleanup {
        fn drop(&mut self) {
            self.0.send(told()).unwrap();
        }
    }
    let (sender, dropped) = std::sync::mpsc::channel();
    let cleanup = sender.clone();
    let body = move || {
        let cleanup = Cleanup(sender.clone());
        stream::once(async {}).map(move |()| {
            let _cleanup = &cleanup;
            Ok::<_, Infallible>(format!("{:?}", told()["traceparent"]))
        })
    };
    let never = async move || {
        let _cleanup = Cleanup(cleanup.clone());
        std::future::pending::<()>().await;
    };
    let router = Router::new()
        .route("/", get(async move || Body::from_stream(body())))
        .route("/never", get(never));
    let app = instrument_with(router, layer());
    let answer = call(app.clone(), sent()).await;
    assert_eq!(answer.body(), &format!("{PARENT:?}"));
    // A body that has ended is out of its context, as while telemetry is on.
    assert!(dropped.try_recv().unwrap().is_empty());
    // One is dropped before its end, and a handler is given up.
    drop(app.clone().oneshot(sent()).await.unwrap());
    let mut request = sent();
    *request.uri_mut() = "/never".parse().unwrap();
    assert!(app.oneshot(request).now_or_never().is_none());
    for _ in 0..2 {
        assert_eq!(dropped.try_recv().unwrap(), expected());
    }
}

#[tokio::test]
async fn what_follows_an_upgrade_goes_on_in_the_callers_context() {
    let _passing = passing();
    let request = sent();
    let caller = propagation().extract(request.headers(), &Context::current());
    let start = {
        let _attached = caller.attach();
        upgraded("chat", async |()| {
            tokio::task::yield_now().await;
            told()
        })
    };
    let talk = start(());
    assert_eq!(talk.await, expected());
    // Never polled.
    let _attached = propagation()
        .extract(request.headers(), &Context::current())
        .attach();
    assert!(
        pin!(upgraded("chat", async |()| told())(()))
            .now_or_never()
            .is_some()
    );
}
