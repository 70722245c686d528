//! How calls are named, and which are left out.

use std::convert::Infallible;

use http::{HeaderName, Request, Response};
use opentelemetry::{
    Context,
    trace::{SpanKind, TraceContextExt as _},
};
use otelier_core::{Conventions, Propagation};
use otelier_testing::{capture, capture_with};
use otelier_tonic::{client_layer, server_layer};
use tonic::metadata::MetadataValue;
use tower::{Layer as _, Service as _, service_fn};

use crate::{endings::call, shop, spans, text};

fn server(spans: &[otelier_testing::Span]) -> &otelier_testing::Span {
    let mut served = spans.iter().filter(|span| span.kind == SpanKind::Server);
    served.next_back().unwrap()
}

#[tokio::test]
async fn a_method_that_the_server_does_not_know_is_another() {
    for (path, original) in [
        ("/shop.Nothing/Get", "shop.Nothing/Get"),
        ("/shop.Prices/Nothing", "shop.Prices/Nothing"),
    ] {
        let telemetry = capture();
        let uri = shop::serve().await;
        let refused = shop::traced(&uri).call(path, shop::item("", 0)).await;
        assert_eq!(refused.unwrap_err().code(), tonic::Code::Unimplemented);
        let spans = spans(&telemetry, 2).await;
        let code = "UNIMPLEMENTED";
        let kind = SpanKind::Server;
        crate::assert_ended_as(&telemetry, kind, ("_OTHER", code), Some(code));
        let kind = SpanKind::Client;
        crate::assert_ended_as(&telemetry, kind, (original, code), Some(code));
        let named = text(server(&spans), "rpc.method_original");
        assert_eq!(named.as_deref(), Some(original));
    }
}

/// Answers with a code.
async fn coded(request: Request<()>) -> Result<Response<String>, Infallible> {
    let mut response = Response::new(String::new());
    if let Some(code) = request.headers().get("x-code") {
        response.headers_mut().insert("grpc-status", code.clone());
    }
    Ok(response)
}

fn with_code(path: &str, code: &str) -> Request<()> {
    let mut request = call(path);
    let code = code.parse().unwrap();
    request.headers_mut().insert("x-code", code);
    request
}

#[tokio::test]
async fn a_method_that_was_answered_once_is_known() {
    let telemetry = capture();
    let mut server = server_layer().layer(service_fn(coded));
    for code in ["12", "0", "12"] {
        server.call(with_code("/a.B/C", code)).await.unwrap();
    }
    let names: Vec<_> = telemetry
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(names, ["grpc", "a.B/C", "a.B/C"]);
}

#[tokio::test]
async fn a_list_says_which_methods_there_are() {
    let telemetry = capture();
    let layer = server_layer().with_known(["a.B", "c.D/E"]);
    let mut server = layer.layer(service_fn(coded));
    for (path, code) in [
        ("/a.B/C", "0"),
        ("/a.B/X", "12"),
        ("/c.D/E", "12"),
        ("/c.D/F", "0"),
        ("/a.B", "0"),
    ] {
        server.call(with_code(path, code)).await.unwrap();
    }
    let names: Vec<_> = telemetry
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(names, ["a.B/C", "grpc", "c.D/E", "grpc", "grpc"]);
    let durations = telemetry.metric("rpc.server.call.duration");
    assert_eq!(durations.count(), 5);
}

#[tokio::test]
async fn health_checks_and_reflection_leave_nothing_unless_the_list_is_another() {
    let health = "/grpc.health.v1.Health/Check";
    let reflection = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let telemetry = capture();
    let mut server = server_layer().layer(service_fn(|request: Request<()>| {
        assert!(
            Context::current().has_active_span(),
            "in the caller's context"
        );
        coded(request)
    }));
    let mut client = client_layer().layer(service_fn(coded));
    for path in [health, reflection] {
        let mut request = with_code(path, "0");
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let headers = request.headers_mut();
        headers.insert("traceparent", parent.parse().unwrap());
        server.call(request).await.unwrap();
        client.call(with_code(path, "0")).await.unwrap();
    }
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metrics_summary().to_string(), "");

    let layer = server_layer().with_excluded(["a.B", "c.D/E"]);
    let mut server = layer.layer(service_fn(coded));
    for path in [health, "/a.B/C", "/c.D/E", "/c.D/F"] {
        server.call(with_code(path, "0")).await.unwrap();
    }
    let names: Vec<_> = telemetry
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(names, ["grpc.health.v1.Health/Check", "c.D/F"]);
}

#[tokio::test]
async fn metadata_is_recorded_only_if_it_is_asked_for_and_no_secret() {
    let telemetry = capture();
    let layer = server_layer()
        .with_request_metadata(HeaderName::from_static("x-shop"))
        .with_request_metadata(HeaderName::from_static("authorization"))
        .with_response_metadata(HeaderName::from_static("content-type"));
    let uri = shop::serve_with(layer).await;
    let mut request = tonic::Request::new(shop::item("paper", 1));
    let metadata = request.metadata_mut();
    metadata.insert("x-shop", MetadataValue::from_static("7"));
    metadata.insert("x-other", MetadataValue::from_static("s3cret-one"));
    metadata.insert("authorization", MetadataValue::from_static("s3cret-two"));
    let mut client = shop::traced(&uri);
    client.call("/shop.Prices/Get", request).await.unwrap();
    let spans = spans(&telemetry, 2).await;
    let server = server(&spans);
    for (key, expected) in [
        ("rpc.request.metadata.x-shop", "[\"7\"]"),
        ("rpc.request.metadata.authorization", "[\"[REDACTED]\"]"),
        (
            "rpc.response.metadata.content-type",
            "[\"application/grpc\"]",
        ),
    ] {
        assert_eq!(text(server, key).as_deref(), Some(expected), "{key}");
    }
    assert!(!format!("{spans:?}").contains("s3cret"));
}

#[tokio::test]
async fn old_names_are_there_if_they_are_asked_for() {
    let mut conventions = Conventions::default();
    conventions.old_rpc_names = true;
    let telemetry = capture_with(Propagation::none().with_trace_context(), conventions);
    let uri = shop::serve().await;
    shop::traced(&uri).get("missing").await.unwrap_err();
    for span in spans(&telemetry, 2).await {
        assert_eq!(text(&span, "rpc.system").as_deref(), Some("grpc"));
        assert_eq!(text(&span, "rpc.service").as_deref(), Some("shop.Prices"));
        assert_eq!(span.get("rpc.grpc.status_code"), Some(5.into()));
        assert_eq!(span.get("rpc.status_code"), Some("NOT_FOUND".into()));
    }
    for name in ["rpc.server.duration", "rpc.client.duration"] {
        let old = telemetry.metric(name);
        assert_eq!(old.count(), 1);
        let labels = &old.points[0].attributes;
        assert_eq!(labels.get("rpc.service"), Some("shop.Prices".into()));
        assert_eq!(labels.get("rpc.method"), Some("Get".into()));
    }
}
