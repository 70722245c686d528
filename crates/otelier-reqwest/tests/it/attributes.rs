//! What a span says about its request.

use opentelemetry::{Value, trace::SpanKind};
use otelier_reqwest::{SpanName, UrlTemplate, client};
use otelier_testing::{Span, capture, capture_with};
use reqwest::{Client, Method, Url};

use crate::{app, assert_ended_as, client_for, serve};

fn attributes(span: &Span, port: u16) -> String {
    let mut lines: Vec<_> = span
        .attributes
        .iter()
        .map(|(key, value)| {
            let kind = match value {
                Value::I64(_) => "int",
                Value::String(_) => "string",
                _ => "other",
            };
            format!("{key}={value} ({kind})").replace(&port.to_string(), "PORT")
        })
        .collect();
    lines.sort();
    lines.join("\n")
}

#[tokio::test]
async fn a_request_is_described_as_the_conventions_say() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let url = format!("http://shop.example:{}/orders/7?page=2", server.port());
    client.get(url).send().await.unwrap();
    assert_ended_as(&telemetry, "GET [client] 200");
    let span = &telemetry.spans()[0];
    assert_eq!(
        (&span.kind, span.scope.as_str()),
        (&SpanKind::Client, "otelier-reqwest")
    );
    insta::assert_snapshot!(attributes(span, server.port()), @r"
    http.request.method=GET (string)
    http.response.status_code=200 (int)
    network.peer.address=127.0.0.1 (string)
    network.peer.port=PORT (int)
    network.protocol.version=1.1 (string)
    server.address=shop.example (string)
    server.port=PORT (int)
    url.full=http://shop.example:PORT/orders/7?page=2 (string)
    ");
}

#[tokio::test]
async fn a_failure_is_described_as_the_conventions_say() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    for code in [400, 404, 500, 503] {
        let url = format!("http://{server}/status/{code}");
        client.get(url).send().await.unwrap();
        let span = telemetry.spans().pop().unwrap();
        assert_eq!(span.get("error.type"), Some(code.to_string().into()));
        assert_eq!(
            span.get("http.response.status_code"),
            Some(Value::I64(code))
        );
    }
    insta::assert_snapshot!(telemetry.tree(), @r"
    GET [client] 400 ERROR
    GET [client] 404 ERROR
    GET [client] 500 ERROR
    GET [client] 503 ERROR
    ");
}

#[tokio::test]
async fn secrets_of_the_url_are_redacted() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let url = format!("http://user:pw@{server}/a?sig=s3cret&x=1&api_key=s3cret");
    client.get(&url).send().await.unwrap();
    let request = reqwest::Request::new(Method::GET, Url::parse(&url).unwrap());
    client.execute(request).await.unwrap();
    let full: Vec<_> = telemetry
        .spans()
        .iter()
        .map(|span| span.get("url.full").unwrap().to_string())
        .collect();
    // reqwest makes a header of the credentials of the first one.
    let rest = format!("{server}/a?sig=REDACTED&x=1&api_key=REDACTED");
    assert_eq!(
        full,
        [
            format!("http://{rest}"),
            format!("http://REDACTED:REDACTED@{rest}")
        ]
    );
}

#[tokio::test]
async fn a_template_names_the_span() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let url = format!("http://{server}/orders/7");
    let request = client.get(&url);
    request
        .with_extension(UrlTemplate::new("/orders/{id}"))
        .send()
        .await
        .unwrap();
    let request = client.get(&url);
    request
        .with_extension(SpanName::new("load order"))
        .send()
        .await
        .unwrap();
    let request = client.get(&url);
    let both = request
        .with_extension(UrlTemplate::new(String::from("/orders/{id}")))
        .with_extension(SpanName::new(String::from("load order")));
    both.send().await.unwrap();
    let tree = telemetry.tree().with_attributes(&["url.template"]);
    insta::assert_snapshot!(tree, @r"
    GET /orders/{id} [client] 200 url.template=/orders/{id}
    load order [client] 200
    load order [client] 200 url.template=/orders/{id}
    ");
}

#[tokio::test]
async fn an_unknown_method_is_no_label() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    for method in ["PURGE", "get"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        client
            .request(method, format!("http://{server}/"))
            .send()
            .await
            .unwrap();
    }
    let keys = ["http.request.method", "http.request.method_original"];
    insta::assert_snapshot!(telemetry.tree().with_attributes(&keys), @r"
    HTTP [client] 200 http.request.method=_OTHER http.request.method_original=PURGE
    HTTP [client] 200 http.request.method=_OTHER http.request.method_original=get
    ");
    let points = telemetry.metric("http.client.request.duration").points;
    assert_eq!(points.len(), 1);
}

#[tokio::test]
async fn the_environment_can_replace_the_known_methods() {
    let mut conventions = otelier_core::Conventions::default();
    conventions.known_methods = Some(vec!["PURGE".to_owned()]);
    let telemetry = capture_with(otelier_core::Propagation::none(), conventions);
    let server = serve(app()).await;
    let client = client(client_for(server));
    let purge = Method::from_bytes(b"PURGE").unwrap();
    client
        .request(purge, format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    client
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    PURGE [client] 200
    HTTP [client] 200
    ");
}

#[tokio::test]
async fn no_header_is_recorded() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let request = client.get(format!("http://{server}/"));
    let request = request.header("x-api-key", "s3cret").header("x-id", "u-7");
    request.bearer_auth("s3cret").send().await.unwrap();
    let span = format!("{:?}", telemetry.spans()[0]);
    assert!(!span.contains("s3cret") && !span.contains("u-7"), "{span}");
    assert!(!format!("{:?}", telemetry.metrics()).contains("s3cret"));
}

#[tokio::test]
async fn an_ipv6_address_has_no_brackets() {
    let telemetry = capture();
    let client = client(Client::builder().no_proxy().build().unwrap());
    // Nothing listens there.
    client.get("http://[::1]:1/").send().await.unwrap_err();
    let span = &telemetry.spans()[0];
    assert_eq!(span.get("server.address"), Some("::1".into()));
    assert_eq!(span.get("server.port"), Some(Value::I64(1)));
    assert_eq!(span.get("url.full"), Some("http://[::1]:1/".into()));
}

#[tokio::test]
async fn an_address_far_from_http_is_recorded_without_a_host() {
    let telemetry = capture();
    let client = client(Client::new());
    client
        .get("data:text/plain,hello")
        .send()
        .await
        .unwrap_err();
    let request = reqwest::Request::new(Method::GET, Url::parse("data:text/plain,hello").unwrap());
    client.execute(request).await.unwrap_err();
    for span in telemetry.spans() {
        assert_eq!(span.get("server.address"), None);
        assert_eq!(span.get("error.type"), Some("invalid_request".into()));
    }
}

#[tokio::test]
async fn the_span_is_a_child_of_what_is_current() {
    let telemetry = capture();
    let server = serve(app()).await;
    let client = client(client_for(server));
    let url = format!("http://{server}/");
    let work = async {
        client.get(&url).send().await.unwrap();
        tracing::info!("sent");
    };
    tracing::Instrument::instrument(work, tracing::info_span!("work")).await;
    insta::assert_snapshot!(telemetry.tree(), @r"
    work [internal]
      GET [client] 200
      INFO sent
    ");
}

#[tokio::test]
async fn the_old_names_stand_beside_the_new_where_they_are_asked_for() {
    let mut conventions = otelier_core::Conventions::default();
    conventions.old_http_names = true;
    let telemetry = capture_with(otelier_core::Propagation::none(), conventions);
    let server = serve(app()).await;
    let client = client(client_for(server));
    let url = format!("http://{server}/status/404");
    client.get(url).send().await.unwrap();
    insta::assert_snapshot!(attributes(&telemetry.spans()[0], server.port()), @r"
    error.type=404 (string)
    http.method=GET (string)
    http.request.method=GET (string)
    http.response.status_code=404 (int)
    http.status_code=404 (int)
    http.url=http://127.0.0.1:PORT/status/404 (string)
    net.peer.name=127.0.0.1 (string)
    net.peer.port=PORT (int)
    net.protocol.version=1.1 (string)
    net.sock.peer.addr=127.0.0.1 (string)
    net.sock.peer.port=PORT (int)
    network.peer.address=127.0.0.1 (string)
    network.peer.port=PORT (int)
    network.protocol.version=1.1 (string)
    server.address=127.0.0.1 (string)
    server.port=PORT (int)
    url.full=http://127.0.0.1:PORT/status/404 (string)
    ");
    let old = telemetry.metric("http.client.duration");
    assert_eq!((old.unit.as_str(), old.count()), ("ms", 1));
    let labels = old.points[0].attributes.to_string();
    let labels = labels.replace(&server.port().to_string(), "PORT");
    insta::assert_snapshot!(labels, @"http.method=GET http.status_code=404 net.peer.name=127.0.0.1 net.peer.port=PORT net.protocol.version=1.1");
}
