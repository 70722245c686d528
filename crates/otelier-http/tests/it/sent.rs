//! What goes along with a request, and how it is named.

use http::Method;
use opentelemetry::Context;
use otelier_core::{Conventions, Propagation, Providers};
use otelier_http::{Config, Hosts, NoPropagation, SpanName, TraceLayer, UrlTemplate, inject};
use otelier_testing::{capture, capture_with};
use tower::{Layer as _, Service as _};

use crate::{Seen, get, plain, serve};

const STALE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn the_server_gets_the_context_of_the_span_in_the_place_of_another() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let mut request = get(&format!("http://{server}/"));
    let headers = request.headers_mut();
    headers.insert("traceparent", STALE.parse().unwrap());
    headers.insert("tracestate", "stale=1".parse().unwrap());
    TraceLayer::new()
        .layer(plain())
        .call(request)
        .await
        .unwrap();
    let span = &telemetry.spans()[0];
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(seen.header("traceparent").await, Some(expected));
    assert_eq!(seen.header("tracestate").await, None);
}

#[tokio::test]
async fn hosts_and_requests_can_be_left_out() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let uri = format!("http://{server}/");
    let hosts = Hosts::except(["127.0.0.1"]);
    let config = Config::new().with_propagation_to(hosts);
    let mut client = TraceLayer::with_config(config).layer(plain());
    client.call(get(&uri)).await.unwrap();
    assert_eq!(seen.header("traceparent").await, None);

    let mut request = get(&uri);
    request.extensions_mut().insert(NoPropagation);
    TraceLayer::new()
        .layer(plain())
        .call(request)
        .await
        .unwrap();
    assert_eq!(seen.header("traceparent").await, None);
    assert_eq!(telemetry.spans().len(), 2);
}

#[tokio::test]
async fn a_request_may_say_its_template_or_its_name_and_methods_are_few() {
    let telemetry = capture();
    let server = serve(Seen::default().router()).await;
    let mut client = TraceLayer::new().layer(plain());
    let mut request = get(&format!("http://{server}/orders/7"));
    let extensions = request.extensions_mut();
    extensions.insert(UrlTemplate::new("/orders/{id}"));
    client.call(request).await.unwrap();
    let mut request = get(&format!("http://{server}/orders/7"));
    request.extensions_mut().insert(SpanName::new("order"));
    client.call(request).await.unwrap();
    let mut request = get(&format!("http://{server}/orders/7"));
    *request.method_mut() = Method::from_bytes(b"BAKE").unwrap();
    client.call(request).await.unwrap();

    let spans = telemetry.spans();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["GET /orders/{id}", "order", "HTTP"]);
    assert_eq!(spans[0].get("url.template"), Some("/orders/{id}".into()));
    assert_eq!(spans[2].get("http.request.method"), Some("_OTHER".into()));
    let original = spans[2].get("http.request.method_original");
    assert_eq!(original, Some("BAKE".into()));
}

#[tokio::test]
async fn old_names_are_there_if_they_are_asked_for() {
    let mut conventions = Conventions::default();
    conventions.old_http_names = true;
    let propagation = Propagation::none().with_trace_context();
    let telemetry = capture_with(propagation, conventions);
    let server = serve(Seen::default().router()).await;
    let mut client = TraceLayer::new().layer(plain());
    client
        .call(get(&format!("http://{server}/")))
        .await
        .unwrap();
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("http.method"), Some("GET".into()));
    assert_eq!(span.get("http.status_code"), Some(200.into()));
    assert_eq!(telemetry.metric("http.client.duration").count(), 1);
}

#[tokio::test]
async fn an_origin_says_where_a_request_without_a_host_goes() {
    let telemetry = capture();
    let service = tower::service_fn(|_: http::Request<axum::body::Body>| async {
        Ok::<_, std::convert::Infallible>(http::Response::new(()))
    });
    let config = Config::new().with_origin("https://shop.example".parse().unwrap());
    let mut client = TraceLayer::with_config(config).layer(service);
    client.call(get("/orders/7")).await.unwrap();
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("server.address"), Some("shop.example".into()));
    assert_eq!(span.get("server.port"), Some(443.into()));
    let full = "https://shop.example/orders/7";
    assert_eq!(span.get("url.full"), Some(full.into()));
}

#[tokio::test]
async fn while_telemetry_is_disabled_the_context_of_others_passes_through() {
    let propagation = Propagation::none().with_trace_context();
    let mut headers = http::HeaderMap::new();
    headers.insert("traceparent", STALE.parse().unwrap());
    let theirs = propagation.extract(&headers, &Context::current());
    let providers = Providers::passing(propagation);
    let _attached = providers.capture_in(&theirs).attach();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let mut client = TraceLayer::new().layer(plain());
    client
        .call(get(&format!("http://{server}/")))
        .await
        .unwrap();
    let sent = seen.header("traceparent").await.unwrap();
    assert_eq!(sent[..36], STALE[..36]);

    let mut headers = http::HeaderMap::new();
    inject(&mut headers);
    assert_eq!(
        headers["traceparent"].as_bytes()[..36],
        STALE.as_bytes()[..36]
    );
}

#[tokio::test]
async fn while_it_is_suppressed_nothing_is_recorded_or_sent() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let mut client = TraceLayer::new().layer(plain());
    let mut headers = http::HeaderMap::new();
    {
        let _quiet = Context::enter_telemetry_suppressed_scope();
        let request = client.call(get(&format!("http://{server}/")));
        inject(&mut headers);
        request.await.unwrap();
    }
    assert_eq!(seen.header("traceparent").await, None);
    assert!(headers.is_empty());
    assert_eq!(telemetry.spans().len(), 0);
}
