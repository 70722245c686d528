//! Misbehaviour on demand.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, TRACE_SERVICE, call, frame, post, start},
};
use otelier_collector::{
    Code, Collector, Fault, Outcome, Refusal, Signal,
    proto::collector::trace::v1::trace_service_client::TraceServiceClient,
};
use prost::Message as _;
use std::time::Duration;

fn busy() -> Refusal {
    Refusal::new(Code::Unavailable, "100 % busy: später")
        .with_retry_after(Duration::from_millis(1500))
}

#[tokio::test]
async fn the_first_requests_fail_and_the_next_are_taken() {
    let collector = Collector::builder()
        .with_fault(Fault::FailFirst(2, busy()))
        .start()
        .await
        .unwrap();
    let mut client = TraceServiceClient::connect(collector.grpc_endpoint())
        .await
        .unwrap();
    let status = client.export(sample::one_span()).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::Unavailable);
    assert_eq!(status.message(), "100 % busy: später");
    // google.rpc.Status with a RetryInfo of one second and 500 000 000 ns.
    assert!(
        status
            .details()
            .ends_with(&[0x0a, 0x08, 0x08, 0x01, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01])
    );

    let headers = [("content-type", JSON)];
    let send = || {
        post(
            collector.http_addr(),
            "/v1/traces",
            &headers,
            sample::TRACES_JSON,
        )
    };
    let answer = send().await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "2");
    assert_eq!(answer.json()["code"], 14);
    assert_eq!(answer.json()["details"][0]["retryDelay"], "1.5s");
    assert_eq!(send().await.status, 200);
    assert_eq!(collector.store().stats().refused, 2);
    assert_eq!(collector.store().spans().len(), 1);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_fault_of_one_signal_leaves_the_others_alone() {
    let collector = start().await;
    let refusal = Refusal::new(Code::Unauthenticated, "no token");
    collector.set_fault_of(Signal::Traces, Fault::Reject(refusal));
    let headers = [("content-type", JSON)];
    let http = collector.http_addr();
    let traces = post(http, "/v1/traces", &headers, sample::TRACES_JSON).await;
    let logs = post(http, "/v1/logs", &headers, sample::LOGS_JSON).await;
    assert_eq!((traces.status.as_u16(), logs.status.as_u16()), (401, 200));
    collector.set_fault(Fault::None);
    let traces = post(http, "/v1/traces", &headers, sample::TRACES_JSON).await;
    assert_eq!(traces.status, 200);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_claimed_partial_success_is_answered_and_everything_taken() {
    let collector = start().await;
    collector.set_fault(Fault::Partial(3, "too old".into()));
    let mut client = TraceServiceClient::connect(collector.grpc_endpoint())
        .await
        .unwrap();
    let answer = client
        .export(sample::one_span())
        .await
        .unwrap()
        .into_inner();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 3);
    assert_eq!(partial.error_message, "too old");
    assert_eq!(collector.store().spans().len(), 1);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_black_hole_holds_requests_until_the_shutdown() {
    let collector = start().await;
    collector.set_fault(Fault::BlackHole);
    let grpc = collector.grpc_addr();
    let body = frame(false, &sample::one_span().encode_to_vec());
    let sender = tokio::spawn(async move { call(grpc, TRACE_SERVICE, &[], body).await });
    let store = collector.store().clone();
    store
        .wait_for(Duration::from_secs(10), |store| {
            let held = |r: &otelier_collector::Received| r.outcome == Outcome::Held;
            store.requests().iter().any(held).then_some(())
        })
        .await
        .expect("the request is held");
    assert!(!sender.is_finished());
    assert_eq!(store.spans().len(), 0);
    collector.shutdown().await;
    let (code, _) = sender.await.unwrap().grpc_status();
    assert_eq!(code, Code::Unavailable as i32);
}

#[tokio::test]
async fn a_delayed_request_is_taken_after_the_delay() {
    let collector = start().await;
    collector.set_fault(Fault::Delay(Duration::from_millis(50)));
    let headers = [("content-type", PROTOBUF)];
    let body = sample::one_span().encode_to_vec();
    let before = std::time::Instant::now();
    let answer = post(collector.http_addr(), "/v1/traces", &headers, body).await;
    assert_eq!(answer.status, 200);
    assert!(before.elapsed() >= Duration::from_millis(50));
    assert_eq!(collector.store().spans().len(), 1);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_sender_that_does_not_wait_is_recorded_and_nothing_kept() {
    let collector = start().await;
    collector.set_fault(Fault::Delay(Duration::from_secs(3600)));
    let headers = [("content-type", PROTOBUF)];
    let message = sample::one_span().encode_to_vec();
    let framed = frame(false, &message);
    let patience = Duration::from_millis(100);
    let http = post(collector.http_addr(), "/v1/traces", &headers, message);
    assert!(tokio::time::timeout(patience, http).await.is_err());
    let grpc = call(collector.grpc_addr(), TRACE_SERVICE, &[], framed);
    assert!(tokio::time::timeout(patience, grpc).await.is_err());
    let abandoned = collector
        .store()
        .wait_for(Duration::from_secs(10), |store| {
            let requests = store.requests();
            (requests.len() == 2).then_some(requests)
        })
        .await
        .expect("both requests are recorded");
    assert!(abandoned.iter().all(|r| r.outcome == Outcome::Abandoned));
    assert_eq!(collector.store().spans().len(), 0);
    collector.shutdown().await;
}
