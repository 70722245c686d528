//! What a span says about its request.

use std::net::SocketAddr;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request},
};
use otelier_core::Conventions;
use otelier_testing::{Span, capture, capture_with};

use crate::{
    anything, call, get,
    wire::{ended, send, serve},
};

/// The one span of a request that came from `peer`.
async fn span_of(peer: &str, mut request: Request<Body>) -> Span {
    let telemetry = capture();
    let peer: SocketAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    call(anything(), request).await;
    telemetry.spans().remove(0)
}

#[tokio::test]
async fn the_attributes_are_those_of_the_conventions() {
    let telemetry = capture();
    let server = serve(anything()).await;
    let head = "GET /orders/7?page=2 HTTP/1.1\r\nUser-Agent: test/1";
    send(server, head).await;
    let span = &ended(&telemetry, 1).await[0];
    let port = span.get("network.peer.port").unwrap();
    let text = span.attributes.to_string();
    let text = text.replace(&format!("network.peer.port={port}"), "network.peer.port=..");
    insta::assert_snapshot!(text.replace(' ', "\n"), @r"
    http.request.method=GET
    url.path=/orders/7
    url.query=page=2
    url.scheme=http
    server.address=shop.example
    server.port=80
    client.address=127.0.0.1
    network.peer.address=127.0.0.1
    network.peer.port=..
    network.protocol.version=1.1
    user_agent.original=test/1
    http.response.status_code=200
    ");
    for key in [
        "http.response.status_code",
        "server.port",
        "network.peer.port",
    ] {
        let value = span.get(key);
        assert!(matches!(value, Some(opentelemetry::Value::I64(_))), "{key}");
    }
}

#[tokio::test]
async fn secrets_of_a_query_are_not_recorded() {
    let telemetry = capture();
    call(anything(), get("/?a=1&token=secret&sig=abc")).await;
    let span = &telemetry.spans()[0];
    let expected = "a=1&token=REDACTED&sig=REDACTED";
    assert_eq!(span.get("url.query"), Some(expected.into()));
    assert!(!span.attributes.to_string().contains("secret"));
}

#[tokio::test]
async fn secrets_of_headers_and_bodies_are_not_recorded() {
    let telemetry = capture();
    let mut agent = HeaderValue::from_static("secret/1");
    agent.set_sensitive(true);
    let request = Request::post("/")
        .header("authorization", "Bearer secret")
        .header("cookie", "session=secret")
        .header("user-agent", agent)
        .header("host", "user:secret@shop.example:8080")
        .body(Body::from("secret"));
    call(anything(), request.unwrap()).await;
    let span = &telemetry.spans()[0];
    assert!(!span.attributes.to_string().contains("secret"));
    assert_eq!(span.get("server.address"), Some("shop.example".into()));
    assert_eq!(span.get("server.port"), Some(8080.into()));
}

#[tokio::test]
async fn long_values_are_cut() {
    let telemetry = capture();
    let long = "x".repeat(10_000);
    let request = Request::get(format!("/{long}?{long}")).header("user-agent", &long);
    call(anything(), request.body(Body::empty()).unwrap()).await;
    let span = &telemetry.spans()[0];
    for key in ["url.path", "url.query", "user_agent.original"] {
        assert_eq!(span.get(key).unwrap().as_str().len(), 2048, "{key}");
    }
}

fn proxied() -> Request<Body> {
    Request::get("/")
        .header("host", "10.0.0.9:8080")
        .header("forwarded", "for=192.0.2.60;proto=https;host=shop.example")
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn a_near_proxy_is_believed() {
    let span = span_of("10.0.0.1:4711", proxied()).await;
    assert_eq!(span.get("url.scheme"), Some("https".into()));
    assert_eq!(span.get("server.address"), Some("shop.example".into()));
    assert_eq!(span.get("server.port"), Some(443.into()));
    assert_eq!(span.get("client.address"), Some("192.0.2.60".into()));
    assert_eq!(span.get("network.peer.address"), Some("10.0.0.1".into()));
}

#[tokio::test]
async fn a_far_client_is_not_believed() {
    let span = span_of("[::ffff:8.8.8.8]:4711", proxied()).await;
    assert_eq!(span.get("url.scheme"), Some("http".into()));
    assert_eq!(span.get("server.address"), Some("10.0.0.9".into()));
    assert_eq!(span.get("server.port"), Some(8080.into()));
    assert_eq!(span.get("client.address"), Some("8.8.8.8".into()));
}

#[tokio::test]
async fn without_connect_info_nobody_is_believed() {
    let telemetry = capture();
    call(anything(), proxied()).await;
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("url.scheme"), Some("http".into()));
    assert_eq!(span.get("client.address"), None);
    assert_eq!(span.get("network.peer.address"), None);
}

#[tokio::test]
async fn a_foreign_scheme_is_not_recorded() {
    let telemetry = capture();
    call(anything(), get("gopher://shop.example/")).await;
    assert_eq!(telemetry.spans()[0].get("url.scheme"), Some("http".into()));
}

#[tokio::test]
async fn the_environment_can_replace_the_known_methods() {
    let mut conventions = Conventions::default();
    conventions.known_methods = Some(vec!["PURGE".to_owned()]);
    let telemetry = capture_with(otelier_core::Propagation::none(), conventions);
    for method in ["PURGE", "GET"] {
        let request = Request::builder().method(method).uri("/");
        call(anything(), request.body(Body::empty()).unwrap()).await;
    }
    insta::assert_snapshot!(telemetry.tree(), @r"
    PURGE [server] 200
    HTTP [server] 200
    ");
}
