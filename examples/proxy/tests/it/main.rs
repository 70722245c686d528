//! The example as a process, between a client and a service of the test's own.
#![cfg(test)]

use std::{process::Stdio, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    http::Request,
    routing::post,
};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use otelier_collector::Collector;
use otelier_testing::capture;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::Command,
};

const PATIENCE: Duration = Duration::from_secs(60);
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn what_is_sent_on_is_one_trace_with_what_came_and_its_body_is_whole() {
    let collector = Collector::builder().start().await.unwrap();
    // The service behind it, whose telemetry stays here.
    let telemetry = capture();
    let behind = Router::new().route("/orders/{id}", post(async |body: Bytes| body));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap().to_string();
    let behind = otelier_axum::instrument(behind);
    let serving = axum::serve(listener, behind).into_future();

    let asking = async {
        let mut proxy = Command::new(env!("CARGO_BIN_EXE_proxy"))
            .env("PROXY_ADDR", "127.0.0.1:0")
            .env("UPSTREAM", &upstream)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.grpc_endpoint())
            .env("OTEL_BSP_SCHEDULE_DELAY", "100")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(proxy.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some((_, url)) = line.split_once("listening on ") {
                break url.split(' ').next().unwrap().to_owned();
            }
        };
        let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
        let body = "x".repeat(1 << 20);
        let request = Request::post(format!("{url}/orders/7?of=2")).header("traceparent", CALLER);
        let request = request.body(Body::from(body.clone())).unwrap();
        let answer = client.request(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let answer = to_bytes(Body::new(answer.into_body()), 2 << 20).await;
        assert_eq!(answer.unwrap(), body);

        let refused = Request::get(format!("{url}/orders/7")).body(Body::empty());
        let answer = client.request(refused.unwrap()).await.unwrap();
        assert_eq!(answer.status(), 405);
        let found = collector.store().wait_for(PATIENCE, |store| {
            let mut spans = store.spans();
            spans.retain(|span| span.trace_id().to_string() == CALLER[3..35]);
            (spans.len() == 2).then_some(spans)
        });
        found.await.unwrap()
    };
    let spans = tokio::select! {
        spans = asking => spans,
        ended = serving => panic!("{ended:?}"),
    };
    let called = spans
        .iter()
        .find(|span| span.kind() == otelier_collector::proto::trace::v1::span::SpanKind::Client);
    let called = called.unwrap();
    let came = spans.iter().find(|span| span.id() != called.id()).unwrap();
    assert_eq!(called.parent_id(), Some(came.id()));
    assert_eq!(came.parent_id().unwrap().to_string(), CALLER[36..52]);
    // The service behind it goes on from the client's span.
    let behind = telemetry.spans();
    let first = behind.iter().find(|span| span.name == "POST /orders/{id}");
    let first = first.unwrap();
    assert_eq!(
        first.parent_span_id.unwrap().to_string(),
        called.id().to_string()
    );
    collector.shutdown().await;
}
