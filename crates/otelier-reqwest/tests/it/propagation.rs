//! Who gets to know our ids.

use opentelemetry::{Context, KeyValue, baggage::BaggageExt as _, trace::TraceContextExt as _};
use otelier_core::{Conventions, Propagation, Providers};
use otelier_reqwest::{Config, Hosts, NoPropagation, TraceLayer, client, client_with};
use otelier_testing::{capture, capture_with};
use tower::{Layer as _, Service as _};

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
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(seen.header(0, "traceparent").await, Some(expected));
    assert_eq!(seen.header(0, "x-own").await.as_deref(), Some("1"));
}

#[tokio::test]
async fn baggage_and_tracestate_travel_along() {
    let propagation = Propagation::none().with_trace_context().with_baggage();
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
    let mut ids = vec!["00f067aa0ba902b7".to_owned()];
    for at in 0..2 {
        let url = format!("http://{server}/");
        client.get(url).send().await.unwrap();
        let sent = seen.header(at, "traceparent").await.unwrap();
        assert_eq!((&sent[..36], &sent[52..]), (&parent[..36], "-00"));
        ids.push(sent[36..52].to_owned());
    }
    // Each has a span id of its own, as a span would have had.
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metric("http.client.request.duration").count(), 2);
}

#[tokio::test]
async fn what_came_in_goes_out_as_it_came_below_a_span_of_ours() {
    for (flags, goes) in [("03", "03"), ("02", "02"), ("01", "01")] {
        let propagation = Propagation::none().with_trace_context().with_baggage();
        let _telemetry = capture_with(propagation.clone(), Conventions::default());
        let mut headers = http::HeaderMap::new();
        let parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-{flags}");
        headers.insert("traceparent", parent.parse().unwrap());
        headers.insert(
            "tracestate",
            "a@very-long-name-of-a-system=1".parse().unwrap(),
        );
        headers.append("baggage", "k=%FF;p=%20".parse().unwrap());
        headers.append("baggage", "k2=a=b==".parse().unwrap());
        let _attached = propagation.extract(&headers, &Context::current()).attach();
        let seen = Seen::default();
        let server = serve(seen.router()).await;
        let client = client(client_for(server));
        let url = format!("http://{server}/");
        client.get(url).send().await.unwrap();
        let sent = seen.header(0, "traceparent").await.unwrap();
        assert_eq!((&sent[..36], &sent[53..]), (&parent[..36], goes));
        for (name, value) in [
            ("tracestate", "a@very-long-name-of-a-system=1"),
            ("baggage", "k=%FF;p=%20,k2=a=b=="),
        ] {
            assert_eq!(seen.header(0, name).await.as_deref(), Some(value));
        }
    }
}

/// The context of a request that came in.
fn came_in(propagation: &Propagation) -> Context {
    let mut headers = http::HeaderMap::new();
    headers.insert("traceparent", CAME.parse().unwrap());
    headers.insert("baggage", "k=%FF".parse().unwrap());
    propagation.extract(&headers, &Context::current())
}

const CAME: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02";

#[tokio::test]
async fn context_of_others_passes_through_while_nothing_is_recorded() {
    let propagation = Propagation::none().with_trace_context().with_baggage();
    let passing = Providers::passing(propagation.clone());
    let _passing = passing.capture_in(&Context::current()).attach();
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let by_middleware = client(client_for(server));
    let config = Config::new().with_propagation_to(Hosts::only(["other.example"]));
    let elsewhere = client_with(client_for(server), config);
    let url = format!("http://{server}/");
    let send = async |client: &otelier_reqwest::ClientWithMiddleware| {
        client.get(&url).send().await.unwrap();
    };

    // Nothing came in, so nothing goes out.
    send(&by_middleware).await;
    let _attached = came_in(&propagation).attach();
    send(&by_middleware).await;
    send(&elsewhere).await;
    let request = by_middleware.get(&url).with_extension(NoPropagation);
    request.send().await.unwrap();
    let mut by_layer = TraceLayer::new().layer(client_for(server));
    let request = reqwest::Request::new(http::Method::GET, url.parse().unwrap());
    by_layer.call(request).await.unwrap();
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        send(&by_middleware).await;
    }
    let sent: Vec<_> = seen.headers().await;
    let sent = sent.iter().map(|all| {
        let value = |name| Some(all.get(name)?.to_str().unwrap().to_owned());
        (value("traceparent"), value("baggage"))
    });
    let (nothing, all) = (
        (None, None),
        (Some(CAME.to_owned()), Some("k=%FF".to_owned())),
    );
    let expected = [
        nothing.clone(),
        all.clone(),
        nothing.clone(),
        nothing.clone(),
        all,
        nothing,
    ];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
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
