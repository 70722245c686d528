//! While telemetry is off nothing happens.

use std::future::ready;

use allocation_counter::measure;
use futures_util::FutureExt as _;
use http::Extensions;
use opentelemetry::{Context, trace::TraceContextExt as _};
use otelier_core::Source;
use otelier_reqwest::{CallMiddleware, TraceLayer, TraceMiddleware, client};
use otelier_testing::capture;
use reqwest::{Method, Request, Response};
use reqwest_middleware::ClientBuilder;
use tower::{Layer as _, Service as _, ServiceExt as _, service_fn};

use crate::{Seen, client_for, serve};

#[tokio::test]
async fn a_middleware_passes_everything_through() {
    assert!(Source::current().providers().is_none());
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = ClientBuilder::new(client_for(server))
        .with(CallMiddleware::new())
        .with(TraceMiddleware::new())
        .build();
    let request = client
        .get(format!("http://{server}/missing"))
        .build()
        .unwrap();
    let mut extensions = Extensions::new();
    client
        .execute_with_extensions(request, &mut extensions)
        .await
        .unwrap();
    assert!(extensions.is_empty());
    assert!(!Context::current().has_active_span());
    assert_eq!(seen.header(0, "traceparent").await, None);
}

#[tokio::test]
async fn a_layer_passes_everything_through() {
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let client = TraceLayer::new().layer(client_for(server));
    let url = format!("http://{server}/").parse().unwrap();
    client
        .oneshot(Request::new(Method::GET, url))
        .await
        .unwrap();
    assert_eq!(seen.header(0, "traceparent").await, None);
}

#[tokio::test]
async fn a_client_from_before_records_nothing_of_others() {
    let seen = Seen::default();
    let server = serve(seen.router()).await;
    let before = client(client_for(server));
    let telemetry = capture();
    before
        .get(format!("http://{server}/"))
        .send()
        .await
        .unwrap();
    assert_eq!(telemetry.spans().len(), 0);
}

#[tokio::test]
async fn a_request_costs_no_allocation() {
    let bare = service_fn(|_: Request| {
        let response = http::Response::new("ok");
        ready(reqwest::Result::Ok(Response::from(response)))
    });
    let url: reqwest::Url = "http://shop.example/".parse().unwrap();
    let request = || Request::new(Method::GET, url.clone());
    let (mut layered, mut bare) = (TraceLayer::new().layer(bare), bare);
    let mut counts = [0; 2];
    for _ in 0..2 {
        let (first, second) = (request(), request());
        let plain = measure(|| drop(bare.call(first).now_or_never()));
        let passed = measure(|| drop(layered.call(second).now_or_never()));
        counts = [plain.count_total, passed.count_total];
    }
    assert_eq!(counts[0], counts[1]);
}
