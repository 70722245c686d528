//! The guard, for clients without a layer.

use std::{future::pending, io, panic::AssertUnwindSafe};

use futures_util::FutureExt as _;
use http::HeaderMap;
use opentelemetry::{
    Context,
    trace::{Status, TraceContextExt as _},
};
use otelier_http::{Call, inject};
use otelier_testing::capture;

use crate::assert_ended_as;

fn begin() -> Call {
    Call::begin("GET", "https://user:s3cret@shop.example/orders/7")
}

#[tokio::test]
async fn a_call_that_is_answered_is_a_span_whose_context_is_sent_and_current() {
    let telemetry = capture();
    let call = begin();
    let (mut by_call, mut inside) = (HeaderMap::new(), HeaderMap::new());
    call.inject(&mut by_call);
    let status = call.run(async {
        tokio::task::yield_now().await;
        inject(&mut inside);
        200
    });
    let status = status.await;
    assert!(!Context::current().has_active_span());
    call.answered(status);
    assert_ended_as(
        &telemetry,
        "GET",
        &[
            ("http.request.method", "GET"),
            ("server.address", "shop.example"),
            ("server.port", "443"),
            ("http.response.status_code", "200"),
        ],
    );
    let span = &telemetry.spans()[0];
    let url = "https://REDACTED:REDACTED@shop.example/orders/7";
    assert_eq!(span.get("url.full"), Some(url.into()));
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(by_call["traceparent"], *expected);
    assert_eq!(inside["traceparent"], *expected);
}

#[test]
fn a_client_that_blocks_runs_in_the_span() {
    let telemetry = capture();
    let call = begin();
    assert!(call.in_scope(|| Context::current().has_active_span()));
    call.answered(503);
    assert_ended_as(&telemetry, "GET", &[("error.type", "503")]);
}

#[test]
fn a_call_that_fails_says_what_its_error_says() {
    let telemetry = capture();
    let error = io::Error::new(io::ErrorKind::ConnectionRefused, "nobody is there");
    begin().failed(&error);
    assert_ended_as(&telemetry, "GET", &[("error.type", "connection_refused")]);
    let described = Status::error("nobody is there");
    assert_eq!(telemetry.spans()[0].status, described);
}

#[test]
fn a_call_that_is_dropped_polled_or_not_is_no_error() {
    for is_polled in [false, true] {
        let telemetry = capture();
        let call = begin();
        {
            let run = call.run(pending::<()>());
            assert!(!is_polled || run.now_or_never().is_none());
        }
        drop(call);
        assert_ended_as(&telemetry, "GET", &[]);
    }
}

#[tokio::test]
async fn a_call_that_panics_is_an_error() {
    let telemetry = capture();
    let panicking = async {
        let call = begin();
        call.run(async { panic!("burnt") }).await;
    };
    let caught: Result<(), _> = AssertUnwindSafe(panicking).catch_unwind().await;
    assert!(caught.is_err());
    assert_ended_as(&telemetry, "GET", &[("error.type", "panic")]);
}

#[test]
fn what_is_no_method_or_url_is_recorded_without() {
    let telemetry = capture();
    Call::begin("no method", "no url").answered(200);
    let span = &telemetry.spans()[0];
    assert_eq!(&*span.name, "HTTP");
    assert_eq!(span.get("http.request.method"), Some("_OTHER".into()));
    assert_eq!(span.get("server.address"), None);
}

#[test]
fn without_telemetry_a_call_is_nothing() {
    let call = begin();
    let mut headers = HeaderMap::new();
    call.inject(&mut headers);
    assert!(headers.is_empty());
    call.answered(200);
}
