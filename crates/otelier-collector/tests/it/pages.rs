//! Answers in pages, and a search that lets others through.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, get, post, start},
};
use axum::body::Body;
use http::Request;
use otelier_collector::{
    Running,
    fuzz::Receiver,
    proto::{collector::trace::v1::ExportTraceServiceRequest, trace::v1::Span},
};
use prost::Message as _;
use serde_json::Value;
use std::{cell::RefCell, collections::HashSet};
use tower_service::Service as _;

async fn send(collector: &Running, path: &str, message: impl prost::Message) {
    let headers = [("content-type", PROTOBUF)];
    let body = message.encode_to_vec();
    let answer = post(collector.http_addr(), path, &headers, body).await;
    assert_eq!(answer.status, 200);
}

/// Every entry of a list, page by page.
async fn all(collector: &Running, path: &str, key: &str) -> (Vec<Value>, usize) {
    let mut entries = Vec::new();
    let mut after = String::new();
    for pages in 1..100 {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}after={after}");
        let answer = get(collector.http_addr(), &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let mut answer = answer.json();
        entries.append(answer[key].as_array_mut().unwrap());
        match answer["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return (entries, pages),
        }
    }
    unreachable!("{path} has no end")
}

fn numbered(trace: u8, id: u32) -> Span {
    Span {
        span_id: u64::from(id).to_be_bytes().to_vec(),
        ..sample::span(trace, 1, 0, "GET /")
    }
}

#[tokio::test]
async fn a_trace_of_thirty_thousand_resources_is_answered() {
    let collector = start().await;
    for request in 0..30 {
        let groups = (0..1000).map(|n| {
            let id = request * 1000 + n + 1;
            let group = sample::traces(&format!("service {id}"), vec![numbered(1, id)]);
            group.resource_spans.into_iter().next().unwrap()
        });
        let resource_spans = groups.collect();
        send(
            &collector,
            "/v1/traces",
            ExportTraceServiceRequest { resource_spans },
        )
        .await;
    }
    let path = format!("/api/traces/{}", "01".repeat(16));
    let first = get(collector.http_addr(), &path).await.json();
    assert_eq!(first["spanCount"], 30_000);
    assert_eq!(first["serviceCount"], 30_000);
    for (span, at) in [(0, 0), (9_999, 9_999)] {
        assert_eq!(first["spans"][span]["resource"], at);
        let resource = &first["resources"][at]["service.name"];
        assert_eq!(first["spans"][span]["service"], *resource);
    }
    let (spans, pages) = all(&collector, &path, "spans").await;
    let ids: HashSet<_> = spans
        .iter()
        .map(|span| span["spanId"].to_string())
        .collect();
    assert_eq!((ids.len(), pages), (30_000, 3));
    let picture = get(collector.http_addr(), &format!("{path}.svg")).await;
    assert_eq!(picture.status, 200);
    let (services, pages) = all(&collector, "/api/services", "services").await;
    assert_eq!((services.len(), pages), (30_000, 30));
    collector.shutdown().await;
}

#[tokio::test]
async fn every_list_can_be_read_in_pages() {
    let collector = start().await;
    for n in 1..=25 {
        send(
            &collector,
            "/v1/traces",
            sample::traces("api", vec![sample::span(n, 1, 0, "GET /")]),
        )
        .await;
        let name = format!("metric/{n}%");
        send(&collector, "/v1/metrics", sample::metrics("api", &name, 1)).await;
        // Some at the same time.
        let logs = vec![sample::log(Some(1), i32::from(n) % 3 + 9, &n.to_string())];
        send(&collector, "/v1/logs", sample::logs("api", logs)).await;
    }
    for (path, key, page) in [
        ("/api/traces?limit=7", "traces", 7),
        ("/api/logs?limit=7", "logs", 7),
        ("/api/logs?limit=7&trace_id=01010101", "logs", 7),
        ("/api/metrics?limit=7", "metrics", 7),
    ] {
        let (entries, pages) = all(&collector, path, key).await;
        let different: HashSet<_> = entries.iter().map(ToString::to_string).collect();
        assert_eq!((entries.len(), different.len()), (25, 25), "{path}");
        assert_eq!(pages, 25_usize.div_ceil(page), "{path}");
    }
    let (spans, pages) = all(&collector, "/api/traces/01010101?limit=1", "logs").await;
    assert_eq!((spans.len(), pages), (25, 26));
    let (named, _) = all(&collector, "/api/metrics?name=metric/7%25", "metrics").await;
    assert_eq!(named.len(), 1);
    collector.shutdown().await;
}

#[tokio::test]
async fn what_is_received_does_not_wait_for_a_search() {
    let receiver = Receiver::new(64 << 20, 16 << 20);
    let request = |path: &str, body: Vec<u8>| {
        let request = Request::post(path).header("content-type", PROTOBUF);
        request.body(Body::from(body)).unwrap()
    };
    for trace in 0..20 {
        let spans = (0..5_000).map(|id| numbered(trace % 2 + 1, u32::from(trace) * 5_000 + id + 1));
        let body = sample::traces("api", spans.collect()).encode_to_vec();
        let answer = receiver
            .http
            .clone()
            .call(request("/v1/traces", body))
            .await;
        assert_eq!(answer.unwrap().status(), 200);
    }
    let order = RefCell::new(Vec::new());
    let search = async {
        let question = Request::get("/api/traces?q=nothing-of-the-kind");
        let question = question.body(Body::empty()).unwrap();
        let answer = receiver.http.clone().call(question).await.unwrap();
        order.borrow_mut().push("search");
        answer.status()
    };
    let receive = async {
        let post = Request::post("/v1/logs").header("content-type", JSON);
        let post = post.body(Body::from(sample::LOGS_JSON)).unwrap();
        let answer = receiver.http.clone().call(post).await.unwrap();
        order.borrow_mut().push("receive");
        answer.status()
    };
    let (found, taken) = tokio::join!(search, receive);
    assert_eq!((found.as_u16(), taken.as_u16()), (200, 200));
    assert_eq!(*order.borrow(), ["receive", "search"]);
}
