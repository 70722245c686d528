//! Every way in which a request can end.

use std::{convert::Infallible, future::pending, io, panic::AssertUnwindSafe, task};

use axum::body::Body;
use futures_util::FutureExt as _;
use http::{Request, Response};
use opentelemetry::{
    Context,
    trace::{Status, TraceContextExt as _},
};
use otelier_http::TraceLayer;
use otelier_testing::capture;
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

use crate::{Seen, assert_ended_as, get, plain, serve};

#[tokio::test]
async fn an_answered_request_is_a_span_with_its_address_and_status() {
    let telemetry = capture();
    let server = serve(Seen::default().router()).await;
    let mut client = TraceLayer::new().layer(plain());
    let uri = format!("http://{server}/orders?sig=s3cret");
    let response = client.call(get(&uri)).await.unwrap();
    assert_eq!(response.status(), 200);
    let port = server.port().to_string();
    assert_ended_as(
        &telemetry,
        "GET",
        &[
            ("http.request.method", "GET"),
            ("server.address", "127.0.0.1"),
            ("server.port", &port),
            ("http.response.status_code", "200"),
            ("network.protocol.version", "1.1"),
        ],
    );
    let full = format!("http://{server}/orders?sig=REDACTED");
    assert_eq!(telemetry.spans()[0].get("url.full"), Some(full.into()));
}

#[tokio::test]
async fn a_status_of_an_error_is_the_error() {
    for code in ["404", "503"] {
        let telemetry = capture();
        let server = serve(Seen::default().router()).await;
        let mut client = TraceLayer::new().layer(plain());
        let uri = format!("http://{server}/status/{code}");
        client.call(get(&uri)).await.unwrap();
        assert_ended_as(&telemetry, "GET", &[("error.type", code)]);
    }
}

#[tokio::test]
async fn a_refused_connection_and_an_unknown_host_have_their_names() {
    for (uri, kind) in [
        ("http://127.0.0.1:1/", "connection_refused"),
        ("http://nowhere.invalid/", "dns_error"),
    ] {
        let telemetry = capture();
        let mut client = TraceLayer::new().layer(plain());
        client.call(get(uri)).await.unwrap_err();
        assert_ended_as(&telemetry, "GET", &[("error.type", kind)]);
        let Status::Error { description } = &telemetry.spans()[0].status else {
            panic!("it failed");
        };
        assert!(
            description.starts_with("client error (Connect): "),
            "{description}"
        );
    }
}

#[tokio::test]
async fn errors_of_any_service_have_one_of_few_names() {
    for (error, kind) in [
        (
            io::Error::from(io::ErrorKind::ConnectionReset),
            "connection_reset",
        ),
        (io::Error::from(io::ErrorKind::TimedOut), "timeout"),
        (io::Error::other("deadline has elapsed"), "timeout"),
        (io::Error::other("burnt, password=s3cret"), "request_error"),
    ] {
        let telemetry = capture();
        let mut failing = Some(error);
        let service = service_fn(move |_: Request<Body>| {
            let error = failing.take();
            async { Err::<Response<()>, _>(error.unwrap()) }
        });
        let mut client = TraceLayer::new().layer(service);
        client.call(get("http://shop.example/")).await.unwrap_err();
        assert_ended_as(&telemetry, "GET", &[("error.type", kind)]);
        assert!(!format!("{:?}", telemetry.spans()).contains("s3cret"));
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_while_pending_is_no_error() {
    let telemetry = capture();
    let server = serve(Seen::default().router()).await;
    let client = TraceLayer::new().layer(plain());
    let mut request = Box::pin(client.oneshot(get(&format!("http://{server}/hang"))));
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert!(request.as_mut().poll(&mut cx).is_pending());
    assert_eq!(telemetry.metric("http.client.active_requests").total(), 1.0);
    drop(request);
    assert_ended_as(&telemetry, "GET", &[]);
}

#[tokio::test]
async fn a_request_that_is_never_polled_is_no_error() {
    let telemetry = capture();
    let mut client = TraceLayer::new().layer(plain());
    drop(client.call(get("http://127.0.0.1:1/")));
    assert_ended_as(&telemetry, "GET", &[]);
}

#[tokio::test]
async fn a_panic_is_an_error_even_where_it_is_caught() {
    let telemetry = capture();
    let service = service_fn(|_: Request<Body>| async {
        if true {
            panic!("burnt");
        }
        Ok::<_, Infallible>(Response::new(()))
    });
    let mut client = TraceLayer::new().layer(service);
    let mut request = Box::pin(client.call(get("http://shop.example/")));
    let caught = AssertUnwindSafe(request.as_mut()).catch_unwind().await;
    assert!(caught.is_err());
    assert_ended_as(&telemetry, "GET", &[("error.type", "panic")]);
}

#[tokio::test]
async fn the_span_is_current_in_call_and_poll() {
    let _telemetry = capture();
    let service = service_fn(|_: Request<Body>| {
        assert!(Context::current().has_active_span());
        async {
            assert!(Context::current().has_active_span());
            pending::<Result<Response<()>, Infallible>>().await
        }
    });
    let mut client = TraceLayer::new().layer(service);
    let request = client.call(get("http://shop.example/"));
    assert!(request.now_or_never().is_none());
    assert!(!Context::current().has_active_span());
}
