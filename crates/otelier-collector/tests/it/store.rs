//! What is kept, and for how long.

use crate::{
    sample,
    wire::{PROTOBUF, post},
};
use otelier_collector::{Collector, Running};
use std::time::Duration;

async fn send(collector: &Running, path: &str, message: impl prost::Message) {
    let headers = [("content-type", PROTOBUF)];
    let body = message.encode_to_vec();
    let answer = post(collector.http_addr(), path, &headers, body).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_oldest_traces_go_first_and_are_counted() {
    const LIMIT: usize = 256 << 10;
    let collector = Collector::builder()
        .with_store_bytes(LIMIT)
        .start()
        .await
        .unwrap();
    let store = collector.store();
    for trace in 1..=200 {
        let mut span = sample::span(trace, 1, 0, "GET /");
        span.attributes
            .push(sample::attribute("blob", &"x".repeat(4000)));
        send(&collector, "/v1/traces", sample::traces("api", vec![span])).await;
        assert!(store.stats().store_bytes <= LIMIT);
    }
    let stats = store.stats();
    assert_eq!(stats.spans.accepted, 200);
    assert_eq!(stats.spans.evicted + stats.traces as u64, 200);
    assert!(stats.traces > 20, "{stats:?}");
    let kept: Vec<u8> = store
        .traces()
        .iter()
        .map(|trace| trace.spans()[0].proto().trace_id[0])
        .collect();
    let expected: Vec<u8> = (1..=200).rev().take(stats.traces).collect();
    assert_eq!(kept, expected);
    collector.shutdown().await;
}

#[tokio::test]
async fn logs_and_metrics_share_the_bound() {
    const LIMIT: usize = 64 << 10;
    let collector = Collector::builder()
        .with_store_bytes(LIMIT)
        .start()
        .await
        .unwrap();
    let store = collector.store();
    send(&collector, "/v1/traces", sample::one_span()).await;
    for n in 0..200 {
        send(
            &collector,
            "/v1/metrics",
            sample::metrics("api", &format!("m{n}"), n),
        )
        .await;
        let logs = vec![
            sample::log(None, 9, &"y".repeat(300)),
            sample::log(Some(2), 9, "in"),
        ];
        send(&collector, "/v1/logs", sample::logs("api", logs)).await;
        assert!(store.stats().store_bytes <= LIMIT);
    }
    let stats = store.stats();
    assert_eq!(stats.spans.evicted, 1);
    assert!(stats.points.evicted > 0 && stats.logs.evicted > 0);
    assert_eq!(
        stats.points.accepted - stats.points.evicted,
        store.metrics().len() as u64
    );
    assert_eq!(
        stats.logs.accepted - stats.logs.evicted,
        store.logs().len() as u64
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn a_single_trace_larger_than_the_store_does_not_stay() {
    let collector = Collector::builder()
        .with_store_bytes(10_000)
        .start()
        .await
        .unwrap();
    let spans = (1..=100).map(|id| sample::span(1, id, 0, "s")).collect();
    send(&collector, "/v1/traces", sample::traces("api", spans)).await;
    let stats = collector.store().stats();
    assert_eq!((stats.spans.evicted, stats.traces), (100, 0));
    // What is known of the request is all that stays.
    assert!(stats.store_bytes < 1000, "{stats:?}");
    collector.shutdown().await;
}

#[tokio::test]
async fn a_series_keeps_its_latest_point() {
    let collector = crate::wire::start().await;
    for n in [1, 2, 7] {
        send(
            &collector,
            "/v1/metrics",
            sample::metrics("api", "requests", n),
        )
        .await;
    }
    send(
        &collector,
        "/v1/metrics",
        sample::metrics("web", "requests", 3),
    )
    .await;
    let series = collector.store().metrics_named("requests");
    let mut seen: Vec<_> = series
        .iter()
        .map(|m| (m.service(), m.value().unwrap(), m.updates()))
        .collect();
    seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
    assert_eq!(seen, [("api", 7.0, 3), ("web", 3.0, 1)]);
    collector.shutdown().await;
}

#[tokio::test]
async fn spans_and_logs_of_all_services_make_one_trace() {
    let collector = crate::wire::start().await;
    let store = collector.store();
    let spans = vec![sample::span(1, 2, 1, "POST /charge")];
    send(&collector, "/v1/traces", sample::traces("pay", spans)).await;
    send(&collector, "/v1/traces", sample::one_span()).await;
    let logs = vec![
        sample::log(Some(1), 13, "stock low"),
        sample::log(None, 9, "hi"),
    ];
    send(&collector, "/v1/logs", sample::logs("api", logs)).await;
    let trace = store.traces().remove(0);
    assert_eq!(trace.services(), ["api", "pay"]);
    assert_eq!(trace.root().unwrap().name(), "GET /");
    assert_eq!((trace.spans().len(), trace.logs().len()), (2, 1));
    assert_eq!(store.logs().len(), 2);
    assert_eq!(store.services(), ["api", "pay"]);
    collector.shutdown().await;
}

#[tokio::test]
async fn waiting_ends_with_the_arrival_or_with_nothing() {
    let collector = crate::wire::start().await;
    let store = collector.store().clone();
    let waiting = tokio::spawn(async move {
        store
            .wait_for(Duration::from_secs(30), |s| s.spans_named("GET /").pop())
            .await
    });
    send(&collector, "/v1/traces", sample::one_span()).await;
    assert_eq!(waiting.await.unwrap().unwrap().name(), "GET /");
    let nothing = collector
        .store()
        .wait_for(Duration::from_millis(1), |s| s.spans_named("no").pop())
        .await;
    assert_eq!(nothing, None);
    collector.shutdown().await;
}
