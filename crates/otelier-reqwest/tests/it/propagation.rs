//! Who gets to know our ids.

use std::sync::Arc;

use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _, trace::TraceContextExt as _};
use otelier_core::{Conventions, Propagation};
use otelier_reqwest::{Config, Hosts, NoPropagation, client, client_with};
use otelier_testing::{capture, capture_with};

use crate::{Seen, client_for, serve};

#[tokio::test]
async fn the_server_gets_the_context_of_the_span() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = client(client_for(server));
    let stale = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let request = client.get(format!("http://{server}/"));
    request
        .header("traceparent", stale)
        .header("x-own", "1")
        .send()
        .await
        .unwrap();
    let span = &telemetry.spans()[0];
    let expected = format!("00-{}-{}-01", span.trace_id, span.span_id);
    assert_eq!(seen.header(0, "traceparent").await, Some(expected));
    assert_eq!(seen.header(0, "x-own").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn baggage_and_tracestate_travel_along() {
    let baggage = Arc::new(opentelemetry_sdk::propagation::BaggagePropagator::new());
    let propagation = Propagation::none().with_trace_context().with(baggage);
    let _telemetry = capture_with(propagation.clone(), Conventions::default());
    let mut headers = http::HeaderMap::new();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    headers.insert("traceparent", parent.parse().unwrap());
    headers.insert("tracestate", "vendor=1".parse().unwrap());
    let context = propagation
        .extract(&headers, &Context::current())
        .with_baggage([KeyValue::new("tenant", "acme")]);
    let _attached = context.attach();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    client(client_for(server))
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    assert_eq!(
        seen.header(0, "baggage").await.as_deref(),
        Some("tenant=acme")
    );
    assert_eq!(
        seen.header(0, "tracestate").await.as_deref(),
        Some("vendor=1")
    );
    let sent = seen.header(0, "traceparent").await.unwrap();
    assert_eq!(sent[..36], parent[..36]);
    assert_ne!(sent, parent);
}

#[tokio::test]
async fn a_request_can_keep_its_context_to_itself() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let request = client(client_for(server)).get(format!("http://{server}/"));
    request.with_extension(NoPropagation).send().await.unwrap();
    assert_eq!(seen.header(0, "traceparent").await, None);
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test]
async fn hosts_can_be_left_out() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let port = server.port();
    let urls = [
        format!("http://shop.example:{port}/"),
        format!("http://other.example:{port}/"),
    ];
    for hosts in [
        Hosts::only(["shop.example"]),
        Hosts::except(["Other.example"]),
    ] {
        let config = Config::new().with_propagation_to(hosts);
        let client = client_with(client_for(server), config);
        for url in &urls {
            client.get(url).send().await.unwrap();
        }
    }
    let sent: Vec<_> = seen
        .headers()
        .await
        .iter()
        .map(|all| all.contains_key("traceparent"))
        .collect();
    assert_eq!(sent, [true, false, true, false]);
    assert_eq!(telemetry.spans().len(), 4);
}

#[tokio::test]
async fn an_unsampled_trace_stays_unsampled() {
    let telemetry = capture();
    let mut headers = http::HeaderMap::new();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    headers.insert("traceparent", parent.parse().unwrap());
    let propagation = Propagation::none().with_trace_context();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = client(client_for(server));
    let _attached = propagation.extract(&headers, &Context::current()).attach();
    client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    let sent = seen.header(0, "traceparent").await.unwrap();
    assert!(
        sent.starts_with(&parent[..36]) && sent.ends_with("-00"),
        "{sent}"
    );
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("http.client.request.duration").count(), 1);
}

#[tokio::test]
async fn a_sampler_that_follows_its_parent_is_not_asked() {
    let telemetry = capture();
    let propagation = Propagation::none().with_trace_context();
    let mut headers = http::HeaderMap::new();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    headers.insert("traceparent", parent.parse().unwrap());
    let providers = telemetry.providers().clone().with_parent_based_sampling();
    let context = providers.capture_in(&propagation.extract(&headers, &Context::current()));
    let _attached = context.attach();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = client(client_for(server));
    client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    assert_eq!(seen.header(0, "traceparent").await.as_deref(), Some(parent));
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("http.client.request.duration").count(), 1);
}

#[tokio::test]
async fn suppressed_requests_pass_untouched() {
    let telemetry = capture();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = client(client_for(server));
    let _suppressed = Context::enter_telemetry_suppressed_scope();
    client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    assert_eq!(seen.header(0, "traceparent").await, None);
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metrics().len(), 0);
    assert!(!Context::current().has_active_span());
}
