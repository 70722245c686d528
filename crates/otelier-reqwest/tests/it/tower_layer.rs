//! The layer over a client without reqwest-middleware.

use std::{
    future::{pending, ready},
    panic::AssertUnwindSafe,
    pin::Pin,
    task,
};

use futures_util::FutureExt as _;
use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_reqwest::{Config, Hosts, SpanEnd, TraceLayer};
use otelier_testing::capture;
use reqwest::{Method, Request, Response};
use tower::{Layer as _, Service as _, ServiceBuilder, ServiceExt as _, service_fn};

use crate::{Seen, app, assert_ended_as, client_for, serve};

type Burnt = Pin<Box<dyn Future<Output = reqwest::Result<Response>>>>;

fn get(url: &str) -> Request {
    Request::new(Method::GET, url.parse().unwrap())
}

#[tokio::test]
async fn a_request_is_recorded_and_its_context_sent() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = ServiceBuilder::new()
        .layer(TraceLayer::new())
        .service(client_for(server));
    client
        .oneshot(get(&format!("http://{server}/")))
        .await
        .unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
    let span = &telemetry.spans()[0];
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(seen.header(0, "traceparent").await, Some(expected));
}

#[tokio::test]
async fn the_configuration_holds() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let config = Config::new()
        .with_propagation_to(Hosts::only(["shop.example"]))
        .with_span_end(SpanEnd::Body);
    let client = TraceLayer::with_config(config).layer(client_for(server));
    let response = client
        .oneshot(get(&format!("http://{server}/")))
        .await
        .unwrap();
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(response.text().await.unwrap(), "ok");
    assert_ended_as(&telemetry, "GET [client] 200");
    assert_eq!(seen.header(0, "traceparent").await, None);
}

#[tokio::test]
async fn an_error_is_an_error() {
    let telemetry = capture();
    let client = TraceLayer::new().layer(client_for(([127, 0, 0, 1], 1).into()));
    client
        .oneshot(get("http://127.0.0.1:1/"))
        .await
        .unwrap_err();
    assert_ended_as(&telemetry, "GET [client] ERROR connection_refused");
}

#[tokio::test]
async fn a_request_that_is_dropped_while_pending_is_no_error() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = TraceLayer::new().layer(client_for(server));
    let url = format!("http://{server}/hang");
    let mut request = Box::pin(client.oneshot(get(&url)));
    let mut cx = task::Context::from_waker(task::Waker::noop());
    assert!(request.as_mut().poll(&mut cx).is_pending());
    drop(request);
    assert_ended_as(&telemetry, "GET [client]");
}

#[tokio::test]
async fn a_request_that_is_never_polled_is_no_error() {
    let telemetry = capture();
    let mut client = TraceLayer::new().layer(client_for(([127, 0, 0, 1], 1).into()));
    drop(client.call(get("http://shop.example/")));
    assert_ended_as(&telemetry, "GET [client]");
}

#[tokio::test]
async fn a_panic_is_an_error_even_where_it_is_caught() {
    let telemetry = capture();
    let service = service_fn(|_: Request| -> Burnt { Box::pin(async { panic!("burnt") }) });
    let mut request = Box::pin(
        TraceLayer::new()
            .layer(service)
            .oneshot(get("http://shop.example/")),
    );
    let caught = AssertUnwindSafe(request.as_mut()).catch_unwind().await;
    assert!(caught.is_err());
    assert_ended_as(&telemetry, "GET [client] ERROR panic");
}

#[tokio::test]
async fn the_span_is_current_in_call_and_poll() {
    let _telemetry = capture();
    let service = service_fn(|_: Request| {
        assert!(Context::current().has_active_span());
        async {
            assert!(Context::current().has_active_span());
            pending::<reqwest::Result<Response>>().await
        }
    });
    let request = TraceLayer::new()
        .layer(service)
        .oneshot(get("http://shop.example/"));
    assert!(request.now_or_never().is_none());
    assert!(!Context::current().has_active_span());
}

#[tokio::test]
async fn the_version_of_the_protocol_is_recorded() {
    let telemetry = capture();
    let service = service_fn(|_: Request| {
        let response = http::Response::builder().version(http::Version::HTTP_2);
        ready(reqwest::Result::Ok(response.body("ok").unwrap().into()))
    });
    let client = TraceLayer::new().layer(service);
    client.oneshot(get("http://shop.example/")).await.unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
    let version = telemetry.spans()[0].get("network.protocol.version");
    assert_eq!(version, Some("2".into()));
}
