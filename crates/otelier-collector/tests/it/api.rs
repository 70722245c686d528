//! The JSON view.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, get, post, start},
};
use otelier_collector::Running;
use prost::Message as _;

async fn filled() -> Running {
    let collector = start().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    let body = sample::traces(
        "pay",
        vec![
            sample::span(2, 1, 0, "POST /charge"),
            sample::span(2, 2, 1, "db"),
        ],
    );
    post(
        http,
        "/v1/traces",
        &headers,
        sample::one_span().encode_to_vec(),
    )
    .await;
    post(http, "/v1/traces", &headers, body.encode_to_vec()).await;
    let body = sample::logs(
        "pay",
        vec![
            sample::log(Some(2), 13, "stock low"),
            sample::log(None, 9, "started"),
        ],
    );
    post(http, "/v1/logs", &headers, body.encode_to_vec()).await;
    let headers = [("content-type", JSON)];
    post(http, "/v1/metrics", &headers, sample::METRICS_JSON).await;
    collector
}

#[tokio::test]
async fn traces_are_listed_newest_first_and_filtered() {
    let collector = filled().await;
    let names = async |query: &str| {
        let answer = get(collector.http_addr(), &format!("/api/traces{query}")).await;
        assert_eq!(answer.content_type(), JSON);
        let traces = answer.json()["traces"].clone();
        let names = traces.as_array().unwrap().iter();
        names
            .map(|trace| trace["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["POST /charge", "GET /"]);
    assert_eq!(names("?limit=1").await, ["POST /charge"]);
    assert_eq!(names("?service=api").await, ["GET /"]);
    assert_eq!(names("?q=CHARGE").await, ["POST /charge"]);
    assert_eq!(names("?q=k%3Dv").await.len(), 2);
    assert_eq!(names("?q=stock").await, ["POST /charge"]);
    assert_eq!(names("?q=nothing").await.len(), 0);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_trace_has_its_spans_logs_and_resources() {
    let collector = filled().await;
    let id = "02".repeat(16);
    let trace = get(collector.http_addr(), &format!("/api/traces/{id}")).await;
    let trace = trace.json();
    assert_eq!(trace["traceId"], id);
    assert_eq!(trace["spanCount"], 2);
    assert_eq!(trace["resources"][0]["service.name"], "pay");
    assert_eq!(trace["spans"][1]["parentSpanId"], "01".repeat(8));
    assert_eq!(trace["spans"][0]["attributes"]["k"], "v");
    assert_eq!(trace["logs"][0]["body"], "stock low");
    assert_eq!(trace["logs"][0]["level"], "WARN");
    let http = collector.http_addr();
    let picture = get(http, &format!("/api/traces/{id}.svg")).await;
    assert!(picture.text().starts_with("<svg"), "{}", picture.text());
    assert!(picture.text().contains("stock low"), "{}", picture.text());
    assert_eq!(get(http, "/api/traces/zz").await.status, 400);
    let other = format!("/api/traces/{}", "03".repeat(16));
    assert_eq!(get(http, &other).await.status, 404);
    collector.shutdown().await;
}

#[tokio::test]
async fn logs_metrics_services_and_stats_can_be_asked_for() {
    let collector = filled().await;
    let http = collector.http_addr();
    let bodies = async |query: &str| {
        let logs = get(http, &format!("/api/logs{query}")).await.json()["logs"].clone();
        let logs = logs.as_array().unwrap().iter();
        logs.map(|log| log["body"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(bodies("").await, ["stock low", "started"]);
    assert_eq!(bodies("?min_severity=warn").await, ["stock low"]);
    let of_trace = format!("?trace_id={}", "02".repeat(16));
    assert_eq!(bodies(&of_trace).await, ["stock low"]);
    assert_eq!(bodies("?service=api").await.len(), 0);
    assert_eq!(get(http, "/api/logs?min_severity=loud").await.status, 400);

    let metrics = get(http, "/api/metrics").await.json();
    assert_eq!(metrics["metrics"][0]["name"], "requests");
    assert_eq!(metrics["metrics"][0]["value"], 5.0);
    let services = get(http, "/api/services").await.json();
    assert_eq!(services["services"], serde_json::json!(["api", "pay"]));
    let stats = get(http, "/api/stats").await.json();
    assert_eq!(stats["spans"]["accepted"], 3);
    assert_eq!(stats["requests"], 4);
    assert_eq!(get(http, "/healthz").await.text(), "ok\n");
    assert_eq!(get(http, "/nothing").await.status, 404);
    collector.shutdown().await;
}
