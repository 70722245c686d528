//! What a program can ask of the layer.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderName, HeaderValue, Request, Response, StatusCode},
    routing::{get, post},
};
use futures_util::stream;
use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::{Array, Value};
use otelier_axum::{ProxyTrust, TraceLayer, instrument_with, layer, trace_id};
use otelier_core::{Conventions, Propagation, Providers};
use otelier_testing::{Telemetry, capture, capture_with};
use tower::ServiceExt as _;

use crate::{call, get as request};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

fn anything(layer: TraceLayer) -> Router {
    Router::new().fallback(async || "ok").layer(layer)
}

fn with_parent(parent: &str) -> Request<Body> {
    let request = Request::get("/").header("traceparent", parent);
    request.body(Body::empty()).unwrap()
}

fn names(telemetry: &Telemetry) -> Vec<String> {
    let spans = telemetry.spans().into_iter();
    spans
        .map(|span| span.get("url.path").unwrap().to_string())
        .collect()
}

#[tokio::test]
async fn a_list_in_code_replaces_the_excluded_paths() {
    let telemetry = capture();
    let app = anything(layer().with_excluded(["/ping", "/internal/*"]));
    for uri in ["/ping", "/ping/", "/internal/a", "/health", "/orders"] {
        call(app.clone(), request(uri)).await;
    }
    assert_eq!(names(&telemetry), ["/health", "/orders"]);
}

#[tokio::test]
async fn the_list_of_the_environment_wins() {
    let mut conventions = Conventions::default();
    conventions.excluded_paths = Some(vec!["/quiet".to_owned()]);
    let telemetry = capture_with(Propagation::none(), conventions);
    let app = anything(layer().with_excluded(["/ping"]));
    for uri in ["/ping", "/quiet", "/health"] {
        call(app.clone(), request(uri)).await;
    }
    assert_eq!(names(&telemetry), ["/ping", "/health"]);
}

#[tokio::test]
async fn only_what_is_included_is_recorded_and_an_exclusion_wins() {
    let telemetry = capture();
    let app = layer()
        .with_included(["/api/*", "/login"])
        .with_excluded(["/api/health"]);
    let app = anything(app);
    for uri in ["/api/orders", "/api/health", "/login/", "/", "/health"] {
        call(app.clone(), request(uri)).await;
    }
    assert_eq!(names(&telemetry), ["/api/orders", "/login/"]);
    let duration = telemetry.metric("http.server.request.duration");
    assert_eq!(duration.count(), 2);
}

#[tokio::test]
async fn the_included_paths_of_the_environment_win() {
    let mut conventions = Conventions::default();
    conventions.included_paths = Some(vec!["/orders".to_owned()]);
    let telemetry = capture_with(Propagation::none(), conventions);
    let app = anything(layer().with_included(["/login"]));
    for uri in ["/orders", "/login", "/health"] {
        call(app.clone(), request(uri)).await;
    }
    assert_eq!(names(&telemetry), ["/orders"]);
}

#[tokio::test]
async fn a_closure_can_exclude_beside_the_list() {
    let telemetry = capture();
    let app = anything(layer().with_excluded_if(|_, uri, headers| {
        headers.contains_key("x-probe") || uri.path().ends_with(".png")
    }));
    let probe = Request::get("/").header("x-probe", "1");
    call(app.clone(), probe.body(Body::empty()).unwrap()).await;
    for uri in ["/logo.png", "/health", "/orders"] {
        call(app.clone(), request(uri)).await;
    }
    assert_eq!(names(&telemetry), ["/orders"]);
}

#[tokio::test]
async fn a_public_endpoint_links_its_callers() {
    let telemetry = capture();
    for parent in [PARENT, UNSAMPLED] {
        call(
            anything(layer().with_public_endpoint()),
            with_parent(parent),
        )
        .await;
    }
    for span in telemetry.spans() {
        assert!(span.parent_span_id.is_none());
        assert_ne!(
            span.trace_id.to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        let [link] = &span.links[..] else {
            unreachable!("one link")
        };
        let link = link.trace_id.to_string();
        assert_eq!(link, "4bf92f3577b34da6a3ce929d0e0e4736");
    }
    assert_eq!(telemetry.spans().len(), 2);
}

#[tokio::test]
async fn the_trace_is_told_to_handlers_and_if_asked_to_callers() {
    let telemetry = capture();
    let app = Router::new().route("/", get(async || trace_id().unwrap()));
    let silent = call(instrument_with(app.clone(), layer()), request("/")).await;
    assert!(silent.headers().get("traceresponse").is_none());
    assert_eq!(*silent.body(), telemetry.spans()[0].trace_id.to_string());

    let app = instrument_with(app, layer().with_trace_response());
    let told = call(app, request("/")).await;
    let span = &telemetry.spans()[1];
    let expected = format!("00-{}-{}-03", span.trace_id, span.span_id);
    assert_eq!(told.headers()["traceresponse"], expected);
    assert_eq!(trace_id(), None);
}

#[tokio::test]
async fn the_handlers_own_traceresponse_stays() {
    let _telemetry = capture();
    let app = Router::new().route("/", get(async || ([("traceresponse", "mine")], "ok")));
    let answer = call(
        instrument_with(app, layer().with_trace_response()),
        request("/"),
    )
    .await;
    let values: Vec<_> = answer.headers().get_all("traceresponse").iter().collect();
    assert_eq!(values, ["mine"]);
}

#[tokio::test]
async fn the_program_says_which_proxies_are_believed() {
    for (peer, trust, scheme) in [
        (Some("198.51.100.7:80"), ProxyTrust::Private, "http"),
        (Some("10.0.0.1:80"), ProxyTrust::Private, "https"),
        (Some("10.0.0.1:80"), ProxyTrust::Nobody, "http"),
        (Some("198.51.100.7:80"), ProxyTrust::Everybody, "https"),
        (None, ProxyTrust::Private, "http"),
        (None, ProxyTrust::Everybody, "https"),
    ] {
        let telemetry = capture();
        let mut request = Request::get("/").header("x-forwarded-proto", "https");
        if let Some(peer) = peer {
            let peer: SocketAddr = peer.parse().unwrap();
            request = request.extension(ConnectInfo(peer));
        }
        let request = request.body(Body::empty()).unwrap();
        call(anything(layer().with_proxy_trust(trust)), request).await;
        let seen = telemetry.spans()[0].get("url.scheme");
        assert_eq!(seen, Some(scheme.into()), "{peer:?} {trust:?}");
    }
}

fn list(values: &[&str]) -> Option<Value> {
    let values = values.iter().map(|value| (*value).to_owned().into());
    Some(Value::Array(Array::String(values.collect())))
}

#[tokio::test]
async fn listed_headers_are_recorded_and_secret_ones_masked() {
    let telemetry = capture();
    let mut sensitive = HeaderValue::from_static("s3cret");
    sensitive.set_sensitive(true);
    let name = HeaderName::from_static;
    let layer = layer()
        .with_request_header(name("x-tag"))
        .with_request_header(name("x-marked"))
        .with_request_header(name("authorization"))
        .with_request_header(name("x-absent"))
        .with_response_header(name("x-shard"))
        .with_response_header(name("set-cookie"));
    let app = Router::new().route(
        "/",
        get(async || ([("x-shard", "7"), ("set-cookie", "id=s3cret")], "ok")),
    );
    let request = Request::get("/")
        .header("x-tag", "a")
        .header("x-tag", "b")
        .header("x-other", "c")
        .header("x-marked", sensitive)
        .header("authorization", "Bearer s3cret");
    call(
        instrument_with(app, layer),
        request.body(Body::empty()).unwrap(),
    )
    .await;
    let span = &telemetry.spans()[0];
    let header = |name: &str| span.get(&format!("http.{name}"));
    assert_eq!(header("request.header.x-tag"), list(&["a", "b"]));
    assert_eq!(header("request.header.x-marked"), list(&["[REDACTED]"]));
    assert_eq!(
        header("request.header.authorization"),
        list(&["[REDACTED]"])
    );
    assert_eq!(header("response.header.x-shard"), list(&["7"]));
    assert_eq!(header("response.header.set-cookie"), list(&["[REDACTED]"]));
    let text = span.attributes.to_string();
    assert!(
        !text.contains("s3cret") && !text.contains("x-absent") && !text.contains("x-other"),
        "{text}"
    );
}

fn json(body: impl Into<Body>) -> Request<Body> {
    let request = Request::post("/").header("content-type", "application/json; charset=utf-8");
    request.body(body.into()).unwrap()
}

fn echo() -> Router {
    let layer = layer()
        .with_request_body_field("model")
        .with_request_body_field("stream")
        .with_request_body_field("messages")
        .with_request_body_field("temperature")
        .with_request_body_field("password");
    Router::new()
        .route("/", post(async |body: Bytes| body))
        .layer(layer)
}

#[tokio::test]
async fn listed_fields_of_json_bodies_are_recorded_without_secrets() {
    let telemetry = capture();
    let body = r#" { "user": "s3cret", "model" : "caf\u00e9\n", "stream":true, "temperature": 0.5,
        "messages": [ {"role": "user", "token": {"a": "s3cret"}}, 7 ], "password": "s3cret" }"#;
    let answer = call(echo(), json(body)).await;
    assert_eq!(answer.body(), body);
    let span = &telemetry.spans()[0];
    let field = |name: &str| span.get(&format!("http.request.body.{name}"));
    assert_eq!(field("model"), Some("café\n".into()));
    assert_eq!(field("stream"), Some(true.into()));
    assert_eq!(field("temperature"), Some(0.5.into()));
    let messages = r#"[{"role":"user","token":"[REDACTED]"},7]"#;
    assert_eq!(field("messages"), Some(messages.into()));
    assert_eq!(field("password"), Some("[REDACTED]".into()));
    assert!(!span.attributes.to_string().contains("s3cret"));
}

#[tokio::test]
async fn a_field_called_size_does_not_take_the_name_of_the_body_s_bytes() {
    let telemetry = capture();
    let app = Router::new()
        .route("/", post(async |body: Bytes| body))
        .layer(layer().with_request_body_field("size"));
    call(app, json(r#"{"size":"large"}"#)).await;
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("http.request.body.size"), None);
    assert_eq!(
        span.get("otelier.http.request.body.size"),
        Some("large".into())
    );
}

#[tokio::test]
async fn a_long_body_passes_whole_and_is_recorded_in_part() {
    let telemetry = capture();
    let long = "x".repeat(100_000);
    let body = format!(r#"{{"model":"{long}","stream":true}}"#);
    let chunks = body.as_bytes().chunks(1000).map(Bytes::copy_from_slice);
    let chunks: Vec<_> = chunks.map(Ok::<_, Infallible>).collect();
    let answer = call(echo(), json(Body::from_stream(stream::iter(chunks)))).await;
    assert!(*answer.body() == body);
    let span = &telemetry.spans()[0];
    let model = span.get("http.request.body.model").unwrap();
    assert_eq!(model.as_str().len(), 2048);
    assert_eq!(span.get("http.request.body.stream"), None);
}

#[tokio::test]
async fn no_half_of_a_secret_is_left_where_a_long_body_is_cut() {
    // The first 16 KiB of a body are looked at.
    let (before, secret) = (r#"{"x":""#, "ghp_s3cret0123456789abcdefs3crets3cret");
    for half in [8, 15, 30] {
        let telemetry = capture();
        let start = r#"","model":"see "#;
        let filler = "x".repeat(16 * 1024 - before.len() - start.len() - half);
        let body = format!(r#"{before}{filler}{start}{secret} and more"}}"#);
        call(echo(), json(body)).await;
        let model = telemetry.spans()[0].get("http.request.body.model").unwrap();
        let model = model.as_str();
        assert!(
            model.starts_with("see") && !model.contains("s3cret"),
            "{model}"
        );
    }
}

#[tokio::test]
async fn bodies_that_are_not_json_are_not_looked_at() {
    let telemetry = capture();
    let request = Request::post("/").body(Body::from(r#"{"model":"m"}"#));
    call(echo(), request.unwrap()).await;
    call(echo(), json(r#"[{"model":"m"}]"#)).await;
    call(echo(), json(r#"{"model":nu"#)).await;
    // A number that may go on.
    call(echo(), json(r#"{"model":12"#)).await;
    for span in telemetry.spans() {
        assert_eq!(span.get("http.request.body.model"), None);
    }
}

#[tokio::test]
async fn body_sizes_are_measured_if_asked_for() {
    let telemetry = capture();
    let app = Router::new().route("/", post(async |body: Bytes| body.slice(1..)));
    let request = Request::post("/").body(Body::from("hello")).unwrap();
    call(instrument_with(app, layer().with_body_sizes()), request).await;
    let size = |name: &str| telemetry.metric(&format!("http.server.{name}.body.size"));
    assert_eq!(size("request").total(), 5.0);
    assert_eq!(size("response").total(), 4.0);
    assert_eq!(size("response").unit, "By");
    let labels = &size("response").points[0].attributes;
    assert_eq!(labels.get("http.route"), Some("/".into()));

    let telemetry = capture();
    call(anything(layer()), self::request("/")).await;
    assert_eq!(telemetry.metrics().len(), 2);
}

#[tokio::test]
async fn old_names_stand_beside_the_new_ones_if_asked_for() {
    let mut conventions = Conventions::default();
    conventions.old_http_names = true;
    let telemetry = capture_with(Propagation::none(), conventions);
    let app = Router::new().route("/orders/{id}", get(async || StatusCode::BAD_GATEWAY));
    let request = Request::get("/orders/7?token=s3cret&a=1")
        .header("host", "shop.example:81")
        .header("user-agent", "test/1");
    call(
        instrument_with(app, layer()),
        request.body(Body::empty()).unwrap(),
    )
    .await;
    let span = &telemetry.spans()[0];
    for (key, value) in [
        ("http.method", Value::from("GET")),
        ("http.request.method", "GET".into()),
        ("http.target", "/orders/7?token=REDACTED&a=1".into()),
        ("http.scheme", "http".into()),
        ("net.host.name", "shop.example".into()),
        ("net.host.port", 81.into()),
        ("http.user_agent", "test/1".into()),
        ("net.protocol.version", "1.1".into()),
        ("http.status_code", 502.into()),
        ("http.response.status_code", 502.into()),
    ] {
        assert_eq!(span.get(key), Some(value), "{key}");
    }
    let routes = span
        .attributes
        .iter()
        .filter(|(key, _)| *key == "http.route");
    assert_eq!(routes.count(), 1);
    let old = telemetry.metric("http.server.duration");
    assert_eq!(old.unit, "ms");
    assert_eq!(
        old.points[0].attributes.get("http.status_code"),
        Some(502.into())
    );
}

#[tokio::test]
async fn an_unsampled_caller_decides_with_and_without_the_sampler() {
    for known in [true, false] {
        let telemetry = capture();
        // The sampler says the same; only here it is asked.
        let asked = Providers::new(
            telemetry.tracer_provider().clone(),
            NoopMeterProvider::new(),
            Propagation::none().with_trace_context(),
            Conventions::default(),
        );
        assert!(telemetry.providers().is_parent_based() && !asked.is_parent_based());
        let providers = if known { telemetry.providers() } else { &asked };
        let _attached = providers.capture_in(telemetry.context()).attach();
        let app = Router::new().route("/", get(async || trace_id().unwrap()));
        let app = instrument_with(app, layer());
        let answer = call(app.clone(), with_parent(UNSAMPLED)).await;
        assert_eq!(*answer.body(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(telemetry.spans().len(), 0);
        call(app.clone(), with_parent(PARENT)).await;
        call(app, request("/")).await;
        assert_eq!(telemetry.spans().len(), 2);
        if known {
            insta::assert_snapshot!(telemetry.metrics_summary(), @"
            http.server.active_requests{http.request.method=GET url.scheme=http} 0
            http.server.request.duration{http.request.method=GET http.response.status_code=200 http.route=/ network.protocol.version=1.1 url.scheme=http} count=3
            ");
        }
    }
}

#[tokio::test]
async fn a_service_of_another_body_is_recorded_too() {
    let telemetry = capture();
    let service = tower::service_fn(async |request: Request<String>| {
        Ok::<_, Infallible>(Response::new(Body::from(request.into_body())))
    });
    let layer = layer().with_body_sizes().with_request_body_field("a");
    let app = tower::Layer::layer(&layer, service);
    let response = app.oneshot(Request::new("hello".to_owned())).await.unwrap();
    axum::body::to_bytes(Body::new(response.into_body()), 9)
        .await
        .unwrap();
    insta::assert_snapshot!(telemetry.tree(), @"GET [server] 200");
    assert_eq!(
        telemetry.metric("http.server.response.body.size").total(),
        5.0
    );
}
