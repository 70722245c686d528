//! `--save` and `--open`.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, post},
};
use otelier_collector::{Collector, Error};
use prost::Message as _;

#[tokio::test]
async fn what_is_saved_can_be_opened() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let collector = Collector::builder().with_save(&file).start().await.unwrap();
    let http = collector.http_addr();
    let protobuf = [("content-type", PROTOBUF)];
    let json = [("content-type", JSON)];
    let body = sample::one_span().encode_to_vec();
    post(http, "/v1/traces", &protobuf, body).await;
    post(http, "/v1/traces", &json, sample::TRACES_JSON).await;
    post(http, "/v1/metrics", &json, sample::METRICS_JSON).await;
    let logs = sample::logs("api", vec![sample::log(Some(1), 9, "hello")]).encode_to_vec();
    post(http, "/v1/logs", &protobuf, logs).await;
    post(http, "/v1/logs", &protobuf, "\u{ff}").await;
    let (traces, logs, metrics) = {
        let store = collector.store();
        (store.traces(), store.logs(), store.metrics())
    };
    collector.shutdown().await;

    let text = std::fs::read_to_string(&file).unwrap();
    let keys: Vec<_> = text
        .lines()
        .map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line.as_object().unwrap().keys().next().unwrap().clone()
        })
        .collect();
    assert_eq!(
        keys,
        [
            "resourceSpans",
            "resourceSpans",
            "resourceMetrics",
            "resourceLogs"
        ]
    );

    let again = Collector::builder().with_open(&file).start().await.unwrap();
    assert_eq!(again.opened().requests, 4);
    assert_eq!(again.opened().bad_lines, []);
    assert_eq!(again.store().traces(), traces);
    assert_eq!(again.store().logs(), logs);
    assert_eq!(again.store().metrics(), metrics);
    again.shutdown().await;
}

#[tokio::test]
async fn bad_lines_are_skipped_and_told_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let good = sample::LOGS_JSON.replace('\n', " ");
    let text = format!("{good}\n{{\n\n{{\"x\":1}}\n[]\n{good}");
    std::fs::write(&file, text).unwrap();
    let collector = Collector::builder().with_open(&file).start().await.unwrap();
    let opened = collector.opened();
    assert_eq!((opened.requests, opened.skipped), (2, 3));
    let numbers: Vec<_> = opened
        .bad_lines
        .iter()
        .map(|skipped| skipped.line)
        .collect();
    assert_eq!(numbers, [2, 4, 5]);
    assert_eq!(
        opened.bad_lines[1].reason,
        "neither resourceSpans nor resourceMetrics nor resourceLogs"
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_an_error() {
    let missing = Collector::builder().with_open("/no/such/file");
    assert!(matches!(missing.start().await, Err(Error::File { .. })));
    let missing = Collector::builder().with_save("/no/such/folder/file");
    let error = missing.start().await.unwrap_err();
    assert_eq!(error.to_string(), "cannot open /no/such/folder/file");
}

#[tokio::test]
async fn a_port_in_use_is_an_error_with_the_port() {
    let port = programs::unused_port();
    let first = Collector::builder().with_grpc_port(port).start().await;
    let error = Collector::builder()
        .with_grpc_port(port)
        .start()
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the grpc port {port} on 127.0.0.1 is in use")
    );
    first.unwrap().shutdown().await;
    // It is free again at once.
    let second = Collector::builder().with_grpc_port(port).start().await;
    second.unwrap().shutdown().await;
}

#[test]
fn a_collector_that_is_dropped_saves_and_frees_its_ports() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let address = runtime.block_on(async {
        let collector = Collector::builder()
            .with_http_port(programs::unused_port())
            .with_save(&file);
        let collector = collector.start().await.unwrap();
        let headers = [("content-type", JSON)];
        let address = collector.http_addr();
        post(address, "/v1/logs", &headers, sample::LOGS_JSON).await;
        address
    });
    drop(runtime);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
    std::net::TcpListener::bind(address).unwrap();
}
