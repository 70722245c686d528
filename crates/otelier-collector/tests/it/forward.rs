//! `--forward`.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, post, start},
};
use otelier_collector::{Code, Collector, Error, Fault, Refusal, Transport};
use programs::unused_port;
use prost::Message as _;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const WITHIN: Duration = Duration::from_secs(20);

#[tokio::test]
async fn accepted_requests_reach_a_second_collector() {
    let second = start().await;
    let first = Collector::builder()
        .with_forward(second.http_endpoint())
        .start()
        .await
        .unwrap();
    let http = first.http_addr();
    let json = [("content-type", JSON)];
    post(http, "/v1/traces", &json, sample::TRACES_JSON).await;
    post(http, "/v1/metrics", &json, sample::METRICS_JSON).await;
    let protobuf = [("content-type", PROTOBUF)];
    let logs = sample::logs("api", vec![sample::log(None, 9, "hello")]).encode_to_vec();
    post(http, "/v1/logs", &protobuf, logs).await;
    let store = second.store();
    let all = |s: &otelier_collector::Store| (s.requests().len() == 3).then_some(());
    store.wait_for(WITHIN, all).await.expect("three requests");
    assert_eq!(store.spans(), first.store().spans());
    assert_eq!(store.logs(), first.store().logs());
    assert_eq!(store.metrics(), first.store().metrics());
    assert!(
        store
            .requests()
            .iter()
            .all(|r| r.transport == Transport::Http)
    );
    let stats = first.store().clone();
    first.shutdown().await;
    assert_eq!(stats.stats().forward.sent, 3);
    second.shutdown().await;
}

#[tokio::test]
async fn failures_are_counted_and_told_once() {
    let second = start().await;
    second.set_fault(Fault::Reject(Refusal::new(Code::Unavailable, "no")));
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    let first = Collector::builder()
        .with_forward(second.http_endpoint())
        .with_notices(move |line| hear.lock().unwrap().push(line.to_owned()))
        .start()
        .await
        .unwrap();
    let headers = [("content-type", JSON)];
    for _ in 0..3 {
        let answer = post(first.http_addr(), "/v1/logs", &headers, sample::LOGS_JSON).await;
        assert_eq!(answer.status, 200);
    }
    let store = first.store().clone();
    first.shutdown().await;
    assert_eq!(store.stats().forward.failed, 3);
    let name = second.http_endpoint();
    let expected = [
        format!("forwarding to {name} fails: answered 503 Service Unavailable; trying again"),
        format!("forwarding to {name} has lost 3 requests with 3 log records in all"),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
    second.shutdown().await;
}

#[tokio::test]
async fn a_url_that_cannot_work_is_refused_at_the_start() {
    for (url, reason) in [
        ("https://x:4318", "https is not supported, use http"),
        ("localhost:4318", "it does not start with http://"),
        ("http://a b", "it is not a URL"),
    ] {
        let error = Collector::builder().with_forward(url).start().await;
        let Err(Error::ForwardUrl { reason: told, .. }) = error else {
            panic!("{url} was taken");
        };
        assert_eq!(told, reason);
    }
}

#[tokio::test]
async fn it_does_not_pass_on_to_itself() {
    for own in [
        Collector::builder().with_http_port(0),
        Collector::builder().with_host([0, 0, 0, 0].into()),
    ] {
        let port = unused_port();
        let own = own.with_http_port(port);
        let error = own.with_forward(format!("http://localhost:{port}"));
        let Err(Error::ForwardUrl { reason, .. }) = error.start().await else {
            panic!("it was taken");
        };
        assert_eq!(reason, "it is this collector itself");
    }
}

#[tokio::test]
async fn what_goes_round_in_a_circle_is_stopped() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    // A port of the third for the first to name before it is there.
    let port = unused_port();
    let first = Collector::builder()
        .with_forward(format!("http://127.0.0.1:{port}"))
        .with_notices(move |line| hear.lock().unwrap().push(line.to_owned()));
    let first = first.start().await.unwrap();
    let second = Collector::builder()
        .with_http_port(port)
        .with_forward(first.http_endpoint());
    let second = second.start().await.unwrap();
    let headers = [("content-type", JSON)];
    post(first.http_addr(), "/v1/logs", &headers, sample::LOGS_JSON).await;
    let back = |s: &otelier_collector::Store| (s.requests().len() == 2).then_some(());
    first
        .store()
        .wait_for(WITHIN, back)
        .await
        .expect("it comes back");
    assert_eq!(first.store().logs().len(), 1);
    assert_eq!(second.store().logs().len(), 1);
    let lines = told.lock().unwrap().join("\n");
    assert!(
        lines.contains("--forward leads back to this collector"),
        "{lines}"
    );
    first.shutdown().await;
    second.shutdown().await;
}

#[tokio::test]
async fn a_password_is_sent_on_and_shown_nowhere() {
    let second = start().await;
    let refusal = Refusal::new(Code::Unauthenticated, "no");
    second.set_fault(Fault::FailFirst(1, refusal));
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    let url = format!("http://ann:s3cret@{}", second.http_addr());
    let first = Collector::builder()
        .with_forward(url)
        .with_notices(move |line| hear.lock().unwrap().push(line.to_owned()))
        .start()
        .await
        .unwrap();
    let headers = [("content-type", JSON)];
    for _ in 0..2 {
        post(first.http_addr(), "/v1/logs", &headers, sample::LOGS_JSON).await;
    }
    let requests = second.store();
    let both = |s: &otelier_collector::Store| (s.requests().len() == 2).then_some(());
    requests.wait_for(WITHIN, both).await.expect("two requests");
    first.shutdown().await;
    let sent = second.store().requests().remove(0);
    assert_eq!(sent.header("authorization"), Some("Basic YW5uOnMzY3JldA=="));
    let told = told.lock().unwrap().join("\n");
    assert!(told.contains("works again; lost 1 request"), "{told}");
    assert!(!told.contains("s3cret") && !told.contains("ann"), "{told}");
    second.shutdown().await;
}
