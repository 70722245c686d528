//! The caller's context comes in, and the handler runs in the span's.

use std::convert::Infallible;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, HeaderValue, Request, Response},
    routing::get,
};
use futures_util::{FutureExt as _, stream};
use opentelemetry::{
    Context, InstrumentationScope,
    trace::{TraceContextExt as _, Tracer as _},
};
use otelier_axum::{TraceLayer, instrument, instrument_with, layer};
use otelier_core::{Conventions, Propagation, Source};
use otelier_testing::{Telemetry, capture, capture_with};
use tower::{Layer as _, ServiceExt as _, service_fn};

use crate::{
    anything, call, get as request,
    wire::{ended, open, send, serve},
};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

fn from(traceparent: &str) -> Request<Body> {
    let request = Request::get("/").header("traceparent", traceparent);
    request
        .header("tracestate", "vendor=x")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_traceparent_becomes_the_parent() {
    let telemetry = capture();
    let server = serve(anything()).await;
    let head = format!(
        "GET / HTTP/1.1\r\ntraceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\ntracestate: vendor=x"
    );
    send(server, &head).await;
    let span = &ended(&telemetry, 1).await[0];
    assert_eq!(span.trace_id.to_string(), TRACE);
    assert_eq!(span.parent_span_id.unwrap().to_string(), "00f067aa0ba902b7");
    assert_eq!(span.context.trace_state().header(), "vendor=x");
}

#[tokio::test]
async fn an_invalid_traceparent_starts_a_new_trace() {
    let telemetry = capture();
    for invalid in [
        "",
        "x",
        "00-0-0-01",
        &format!("00-{TRACE}-0000000000000000-01"),
    ] {
        assert_eq!(call(anything(), from(invalid)).await.status(), 200);
    }
    assert_eq!(telemetry.spans().len(), 4);
    for span in telemetry.spans() {
        assert_eq!(span.parent_span_id, None);
        assert_ne!(span.trace_id.to_string(), TRACE);
    }
}

#[tokio::test]
async fn an_unsampled_parent_leaves_metrics_only() {
    let telemetry = capture();
    let seen = || Context::map_current(|cx| cx.span().span_context().trace_id().to_string());
    let app = instrument(Router::new().route("/", get(async move || seen())));
    let unsampled = format!("00-{TRACE}-00f067aa0ba902b7-00");
    assert_eq!(call(app, from(&unsampled)).await.body(), TRACE);
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("http.server.request.duration").count(), 1);
    assert_eq!(telemetry.metric("http.server.active_requests").total(), 0.0);
}

/// What a callee of the handler would be told.
async fn told(telemetry: &Telemetry, app: TraceLayer, request: Request<Body>) -> HeaderMap {
    let propagation = telemetry.providers().propagation().clone();
    let handler = async move || {
        let mut headers = HeaderMap::new();
        Context::map_current(|cx| propagation.inject(cx, &mut headers));
        headers
    };
    let router = Router::new()
        .route("/", get(handler))
        .route("/health", get(async || "ok"));
    let (mut head, _) = call(instrument_with(router, app), request)
        .await
        .into_parts();
    head.headers.remove("content-length");
    head.headers
}

#[tokio::test]
async fn an_unsampled_request_has_a_span_id_of_its_own() {
    let telemetry = capture();
    let mut ids = Vec::new();
    for flags in ["00", "02"] {
        for _ in 0..2 {
            let unsampled = format!("00-{TRACE}-00f067aa0ba902b7-{flags}");
            let told = told(&telemetry, layer(), from(&unsampled)).await;
            let parent = told["traceparent"].to_str().unwrap();
            assert_eq!((&parent[3..35], &parent[53..]), (TRACE, flags));
            assert_eq!(told["tracestate"], "vendor=x");
            ids.push(parent[36..52].to_owned());
        }
    }
    ids.push("00f067aa0ba902b7".to_owned());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    assert_eq!(telemetry.spans().len(), 0);
}

#[tokio::test]
async fn strangers_of_a_public_endpoint_say_nothing() {
    let telemetry = capture_with(
        Propagation::none().with_trace_context().with_baggage(),
        Conventions::default(),
    );
    let random = format!("00-{TRACE}-00f067aa0ba902b7-02");
    let mut request = from(&random);
    let baggage = HeaderValue::from_static("a=1");
    request.headers_mut().insert("baggage", baggage);
    let told = told(&telemetry, layer().with_public_endpoint(), request).await;
    let parent = told["traceparent"].to_str().unwrap();
    assert_ne!(&parent[3..35], TRACE);
    assert_eq!(&parent[53..], "03");
    assert_eq!(told.len(), 1, "{told:?}");
    // Nor where it leaves no span.
    let public = layer().with_public_endpoint().with_excluded(["/"]);
    assert_eq!(self::told(&telemetry, public, from(&random)).await.len(), 0);
}

#[tokio::test]
async fn what_the_caller_sent_beside_its_span_is_in_the_trace_response() {
    let telemetry = capture();
    let random = format!("00-{TRACE}-00f067aa0ba902b7-03");
    let app = layer().with_trace_response();
    let told = told(&telemetry, app, from(&random)).await;
    assert_eq!(told["traceresponse"], told["traceparent"]);
    assert!(told["traceresponse"].to_str().unwrap().ends_with("-03"));
}

/// Starts and ends a span the way an instrumentation does.
fn work(name: &'static str) {
    let source = Source::current();
    if let Some(providers) = source.providers() {
        providers
            .tracer(InstrumentationScope::default())
            .start(name);
    }
}

#[tokio::test]
async fn spans_and_logs_of_handler_and_body_stand_below_the_request() {
    let telemetry = capture();
    let body = || {
        stream::iter(["one", "two"]).then(async |chunk| {
            tokio::task::yield_now().await;
            work(chunk);
            Ok::<_, Infallible>(chunk)
        })
    };
    use futures_util::StreamExt as _;
    let handler = async move || {
        work("before");
        tokio::task::yield_now().await;
        tracing::info_span!("render").in_scope(|| tracing::info!(loaves = 3, "baking"));
        Body::from_stream(body())
    };
    let server = serve(instrument(Router::new().route("/", get(handler)))).await;
    send(server, "GET / HTTP/1.1").await;
    ended(&telemetry, 5).await;
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET / [server] 200
      before [internal]
      render [internal]
        INFO baking loaves=3
      one [internal]
      two [internal]
    ");
    // The server's task is left as it was found.
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn layers_inside_start_their_spans_below_the_request() {
    let telemetry = capture();
    let app = layer().layer(service_fn(|_: Request<Body>| {
        work("in call");
        async { Ok::<_, Infallible>(Response::new(Body::empty())) }
    }));
    app.oneshot(request("/")).await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [server] 200
      in call [internal]
    ");
}

struct Cleanup;

impl Drop for Cleanup {
    fn drop(&mut self) {
        tracing::info!("gave up");
    }
}

#[tokio::test]
async fn a_cancelled_body_is_dropped_in_its_context() {
    let telemetry = capture();
    let body = || {
        stream::unfold(Cleanup, async |cleanup| {
            Some((Ok::<_, Infallible>("one"), cleanup))
        })
    };
    let app = Router::new().route("/", get(async move || Body::from_stream(body())));
    drop(instrument(app).oneshot(request("/")).await.unwrap());
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET / [server] 200 ERROR cancelled
      INFO gave up
    ");
}

#[tokio::test]
async fn a_cancelled_handler_is_dropped_in_its_context() {
    let telemetry = capture();
    let handler = async || {
        let _cleanup = Cleanup;
        std::future::pending::<()>().await;
    };
    let app = instrument(Router::new().route("/", get(handler)));
    assert!(app.oneshot(request("/")).now_or_never().is_none());
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET / [server] ERROR cancelled
      INFO gave up
    ");
}

#[tokio::test]
async fn suppressed_telemetry_stays_suppressed() {
    let telemetry = capture();
    let app = anything();
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    call(app, request("/")).await;
    assert_eq!(telemetry.spans().len(), 0);
    assert!(telemetry.metrics().is_empty());
}

#[tokio::test]
async fn requests_of_one_connection_do_not_share_a_trace() {
    let telemetry = capture();
    let server = serve(anything()).await;
    let mut stream = open(server, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1").await;
    let mut answers = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answers)
        .await
        .unwrap();
    let spans = ended(&telemetry, 2).await;
    assert_ne!(spans[0].trace_id, spans[1].trace_id);
}
