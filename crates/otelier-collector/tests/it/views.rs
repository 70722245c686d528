//! One trace looked into, errors together, and who calls whom.

use crate::{
    sample,
    wire::{PROTOBUF, get, post, start},
};
use otelier_collector::{
    Collector, Running,
    proto::{
        logs::v1::LogRecord,
        trace::v1::{Span, Status, span::Event},
    },
};
use prost::Message as _;

fn failed(span: Span, kind: &str) -> Span {
    Span {
        status: Some(Status {
            code: 2,
            message: "gone".into(),
        }),
        events: vec![Event {
            name: "exception".into(),
            attributes: vec![
                sample::attribute("exception.type", kind),
                sample::attribute(
                    "exception.stacktrace",
                    "Error: gone\n  at main.rs:7\n  at x",
                ),
            ],
            ..Event::default()
        }],
        ..span
    }
}

async fn filled() -> Running {
    let collector = start().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    let call = Span {
        kind: 3,
        attributes: vec![sample::attribute("server.address", "pay")],
        ..sample::span(1, 2, 1, "POST")
    };
    let select = |id| Span {
        kind: 3,
        attributes: vec![sample::attribute("db.system.name", "postgresql")],
        ..sample::span(1, id, 1, "SELECT orders")
    };
    let spans = vec![
        sample::span(1, 1, 0, "GET /"),
        call,
        select(4),
        select(5),
        select(6),
    ];
    let charge = failed(sample::span(1, 3, 2, "POST /charge"), "Io");
    for body in [
        sample::traces("api", spans),
        sample::traces("pay", vec![charge]),
        sample::traces(
            "pay",
            vec![failed(sample::span(2, 7, 0, "POST /charge"), "Io")],
        ),
        sample::traces(
            "pay",
            vec![failed(sample::span(3, 8, 0, "POST /charge"), "Tls")],
        ),
    ] {
        let answer = post(http, "/v1/traces", &headers, body.encode_to_vec()).await;
        assert_eq!(answer.status, 200);
    }
    collector
}

#[tokio::test]
async fn a_trace_tells_where_its_time_goes() {
    let collector = filled().await;
    let trace = get(collector.http_addr(), "/api/traces/01010101")
        .await
        .json();
    assert_eq!(trace["groups"][0]["name"], "SELECT orders");
    assert_eq!(trace["groups"][0]["count"], 3);
    assert_eq!(trace["spans"][2]["group"], 0);
    assert_eq!(
        trace["spans"][0]["critical"][0],
        serde_json::json!([0, 1_000_000])
    );
    assert_eq!(trace["spans"][0]["selfMs"], 1.0);
    assert_eq!(trace["criticalMs"], 2.5);
    assert_eq!(trace["rooted"], true);
    let next = get(collector.http_addr(), "/api/traces/01010101?limit=2")
        .await
        .json();
    let path = format!(
        "/api/traces/01010101?after={}",
        next["next"].as_str().unwrap()
    );
    assert_eq!(
        get(collector.http_addr(), &path).await.json()["groups"],
        serde_json::Value::Null
    );
    let perfetto = get(collector.http_addr(), "/api/traces/01010101.perfetto.json")
        .await
        .json();
    let events = perfetto["traceEvents"].as_array().unwrap();
    assert_eq!(events.iter().filter(|event| event["ph"] == "X").count(), 6);
    assert_eq!(events.iter().filter(|event| event["ph"] == "M").count(), 2);
    collector.shutdown().await;
}

#[tokio::test]
async fn errors_that_are_alike_are_one() {
    let collector = filled().await;
    let http = collector.http_addr();
    let errors = get(http, "/api/errors").await.json();
    assert_eq!(errors["total"], 2);
    let found: Vec<_> = (errors["errors"].as_array().unwrap().iter())
        .map(|error| {
            (
                error["type"].as_str().unwrap(),
                error["count"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, [("Tls", 1), ("Io", 2)]);
    let io = &errors["errors"][1];
    assert_eq!(io["frame"], "at main.rs:7");
    assert_eq!(io["message"], "gone");
    assert_eq!(io["traceId"], "02".repeat(16));
    assert_eq!(io["perMinute"].as_array().unwrap().len(), 30);
    assert_eq!(io["perMinute"][29], 2);
    let first = get(http, "/api/errors?limit=1").await.json();
    let rest = get(
        http,
        &format!("/api/errors?after={}", first["next"].as_str().unwrap()),
    )
    .await;
    assert_eq!(rest.json()["errors"][0]["type"], "Io");
    assert_eq!(
        get(http, "/api/errors?service=api").await.json()["total"],
        0
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn an_error_that_a_log_record_tells_of_has_its_stack_and_its_message() {
    let collector = start().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    let stack = "   0: anyhow::error\n   1: worker::bill\n             at ./src/lib.rs:3:1";
    let record = |span: u8, name: &str, message: &str| LogRecord {
        event_name: name.into(),
        span_id: vec![span; 8],
        attributes: vec![
            sample::attribute("exception.message", message),
            sample::attribute("exception.type", "shop::Gone"),
            sample::attribute("exception.stacktrace", stack),
        ],
        ..sample::log(Some(1), 17, "the job failed")
    };
    let job = |id| Span {
        status: Some(Status {
            code: 2,
            message: String::new(),
        }),
        ..sample::span(1, id, 0, "bill")
    };
    let spans = sample::traces("worker", vec![job(1), job(2)]);
    let logs = vec![
        record(1, "exception", "the first"),
        record(1, "exception", "no such order"),
        record(2, "other", "no exception"),
    ];
    let logs = sample::logs("worker", logs);
    for (path, body) in [
        ("/v1/traces", spans.encode_to_vec()),
        ("/v1/logs", logs.encode_to_vec()),
    ] {
        assert_eq!(post(http, path, &headers, body).await.status, 200);
    }
    let errors = get(http, "/api/errors").await.json();
    let errors = errors["errors"].as_array().unwrap();
    let told = errors.iter().find(|error| error["type"] == "shop::Gone");
    let told = told.unwrap();
    assert_eq!(told["frame"], "worker::bill");
    assert_eq!(told["message"], "no such order");
    assert_eq!(told["stacktrace"], stack);
    assert_eq!(told["spanId"], "01".repeat(8));
    let other = errors.iter().find(|error| error["type"] == "").unwrap();
    assert_eq!(other["stacktrace"], serde_json::Value::Null);
    collector.shutdown().await;
}

#[tokio::test]
async fn the_map_has_services_and_what_they_call() {
    let collector = filled().await;
    let map = get(collector.http_addr(), "/api/map").await.json();
    let edges: Vec<_> = (map["edges"].as_array().unwrap().iter())
        .map(|edge| {
            format!(
                "{} {} {} {} {}",
                edge["from"], edge["kind"], edge["to"], edge["calls"], edge["errors"]
            )
        })
        .collect();
    assert_eq!(
        edges,
        [
            r#""api" "database" "database:postgresql" 3 0"#,
            r#""api" "call" "pay" 1 1"#
        ]
    );
    let nodes: Vec<_> = (map["nodes"].as_array().unwrap().iter())
        .map(|node| format!("{} {}", node["id"], node["calls"]))
        .collect();
    assert_eq!(
        nodes,
        [r#""database:postgresql" 3"#, r#""api" 1"#, r#""pay" 3"#]
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn the_map_of_one_trace_is_of_that_alone() {
    let collector = filled().await;
    let of = async |id: &str| {
        let path = format!("/api/map?trace={id}");
        get(collector.http_addr(), &path).await
    };
    let map = of(&"02".repeat(16)).await.json();
    assert_eq!(map["nodes"].as_array().unwrap().len(), 1, "{map}");
    assert_eq!(
        (&map["nodes"][0]["id"], &map["nodes"][0]["calls"]),
        (&"pay".into(), &1.into())
    );
    let map = of("01010101").await.json();
    assert_eq!(map["edges"].as_array().unwrap().len(), 2, "{map}");
    assert_eq!(of("ffffffff").await.status, 404);
    collector.shutdown().await;
}

#[tokio::test]
async fn what_is_exported_can_be_opened_again() {
    let collector = filled().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    let logs = sample::logs(
        "pay",
        vec![sample::log(None, 9, "loose"), sample::log(Some(1), 9, "in")],
    );
    post(http, "/v1/logs", &headers, logs.encode_to_vec()).await;
    let metric = sample::metrics("api", "requests", 7);
    post(http, "/v1/metrics", &headers, metric.encode_to_vec()).await;
    let folder = tempfile::tempdir().unwrap();
    for (path, spans, logs, series) in [
        ("/api/export", 8, 2, 1),
        ("/api/export?query=service%3Aapi", 6, 1, 1),
        ("/api/traces/01010101.otlp.json", 6, 1, 0),
    ] {
        let file = folder.path().join("all.jsonl");
        let answer = get(http, path).await;
        assert_eq!(answer.content_type(), "application/jsonl");
        std::fs::write(&file, &answer.body).unwrap();
        let again = Collector::builder().with_open(&file).start().await.unwrap();
        let store = again.store();
        let found = (
            store.spans().len(),
            store.logs().len(),
            store.metrics().len(),
        );
        assert_eq!(found, (spans, logs, series), "{path}");
        again.shutdown().await;
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn a_series_has_its_history() {
    let collector = start().await;
    let http = collector.http_addr();
    let headers = [("content-type", PROTOBUF)];
    for (at, number) in [(0, 1), (10, 4), (20, 9)] {
        let mut metric = sample::metrics("api", "requests", number);
        let data = metric.resource_metrics[0].scope_metrics[0].metrics[0]
            .data
            .as_mut();
        let Some(otelier_collector::proto::metrics::v1::metric::Data::Sum(sum)) = data else {
            unreachable!()
        };
        sum.data_points[0].time_unix_nano = 1_700_000_000_000_000_000 + at * 1_000_000_000;
        post(http, "/v1/metrics", &headers, metric.encode_to_vec()).await;
    }
    let list = get(http, "/api/metrics").await.json();
    let recent = &list["metrics"][0]["recent"];
    assert_eq!(recent[2], serde_json::json!([1_700_000_020_000_u64, 9]));
    let series = list["metrics"][0]["series"].as_str().unwrap();
    let one = get(http, &format!("/api/metrics/{series}")).await.json();
    let values: Vec<_> = one["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| &point["value"])
        .collect();
    assert_eq!(values, [1, 4, 9]);
    assert_eq!(one["name"], "requests");
    for (path, status) in [("x", 400), (&*"0".repeat(32), 404)] {
        assert_eq!(
            get(http, &format!("/api/metrics/{path}")).await.status,
            status
        );
    }
    collector.shutdown().await;
}
