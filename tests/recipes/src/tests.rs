//! Each recipe calls a service that is instrumented, and both are one trace.

use std::net::SocketAddr;

use ::oauth2::{AuthUrl, ClientId, TokenUrl, basic::BasicClient};
use ::object_store::{ClientOptions, ObjectStoreExt as _, http::HttpBuilder, path::Path};
use aws_smithy_async::time::SystemTimeSource;
use aws_smithy_runtime_api::client::{
    http::{HttpClient as _, HttpConnector as _, HttpConnectorSettings},
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponentsBuilder,
};
use aws_smithy_types::body::SdkBody;
use axum::{Router, body::Body, http::Request, routing::any};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use otelier_http::TraceLayer;
use otelier_testing::{Telemetry, capture};
use tokio::net::TcpListener;
use tower::{Layer as _, Service as _};

use crate::{aws_smithy, oauth2, object_store::Traced, reqwest_012};

const TOKEN: &str = r#"{"access_token":"t","token_type":"bearer"}"#;

/// Serves on a free port of the loopback until the runtime ends.
async fn serve() -> SocketAddr {
    let json = [
        ("content-type", "application/json"),
        ("last-modified", "Mon, 30 Nov 2026 10:00:00 GMT"),
    ];
    let app = Router::new().route("/{path}", any(async move || (json, TOKEN)));
    let app = otelier_axum::instrument(app);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

#[track_caller]
fn assert_one_trace(telemetry: &Telemetry, method: &str) {
    let tree = telemetry.tree().to_string();
    let expected = format!("{method} [client] 200\n  {method} /{{path}} [server] 200\n");
    assert_eq!(tree, expected);
}

#[tokio::test]
async fn hyper_carries_the_trace_on() {
    let telemetry = capture();
    let server = serve().await;
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let mut client = TraceLayer::new().layer(client);
    let request = Request::get(format!("http://{server}/orders"));
    client
        .call(request.body(Body::empty()).unwrap())
        .await
        .unwrap();
    assert_one_trace(&telemetry, "GET");
}

#[tokio::test]
async fn reqwest_012_carries_the_trace_on() {
    let telemetry = capture();
    let server = serve().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.get(format!("http://{server}/orders")).build().unwrap();
    reqwest_012::execute(&http, request).await.unwrap();
    assert_one_trace(&telemetry, "GET");
}

#[tokio::test]
async fn oauth2_carries_the_trace_on() {
    let telemetry = capture();
    let server = serve().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let client = BasicClient::new(ClientId::new("shop".into()))
        .set_auth_uri(AuthUrl::new(format!("http://{server}/auth")).unwrap())
        .set_token_uri(TokenUrl::new(format!("http://{server}/token")).unwrap());
    let send = |request| oauth2::send(&http, request);
    client
        .exchange_client_credentials()
        .request_async(&send)
        .await
        .unwrap();
    assert_one_trace(&telemetry, "POST");
}

#[tokio::test]
async fn aws_smithy_carries_the_trace_on() {
    let telemetry = capture();
    let server = serve().await;
    let plain = aws_smithy_http_client::Builder::new().build_http();
    let components = RuntimeComponentsBuilder::for_tests()
        .with_time_source(Some(SystemTimeSource::new()))
        .build()
        .unwrap();
    let settings = HttpConnectorSettings::default();
    let client = aws_smithy::Traced(plain).http_connector(&settings, &components);
    let mut request = HttpRequest::new(SdkBody::empty());
    request.set_uri(format!("http://{server}/orders")).unwrap();
    let answer = client.call(request).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    assert_one_trace(&telemetry, "GET");
}

#[tokio::test]
async fn object_store_carries_the_trace_on() {
    let telemetry = capture();
    let server = serve().await;
    let store = HttpBuilder::new()
        .with_url(format!("http://{server}"))
        .with_client_options(ClientOptions::new().with_allow_http(true))
        .with_http_connector(Traced::default())
        .build()
        .unwrap();
    store.get(&Path::from("orders")).await.unwrap();
    assert_one_trace(&telemetry, "GET");
}
