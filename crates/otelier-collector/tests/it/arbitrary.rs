//! Nothing that the network sends stops the collector.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, TRACE_SERVICE, call, frame, get, gzip, post, start},
};
use proptest::{prelude::*, test_runner::TestRunner};
use prost::Message as _;
use tokio::runtime::Runtime;

/// Bytes that are sometimes nearly right.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let valid = prop_oneof![
        Just(sample::one_span().encode_to_vec()),
        Just(sample::metrics("a", "m", 1).encode_to_vec()),
        Just(sample::logs("a", vec![sample::log(Some(1), 9, "x")]).encode_to_vec()),
        Just(sample::TRACES_JSON.as_bytes().to_vec()),
        Just(sample::METRICS_JSON.as_bytes().to_vec()),
        Just(sample::LOGS_JSON.as_bytes().to_vec()),
    ];
    let bent = (
        valid,
        any::<prop::sample::Index>(),
        any::<u8>(),
        any::<bool>(),
    )
        .prop_map(|(mut bytes, at, byte, cut)| {
            let at = at.index(bytes.len());
            bytes[at] = byte;
            if cut {
                bytes.truncate(at);
            }
            bytes
        });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..300), bent]
}

#[test]
fn arbitrary_requests_are_answered_and_never_stop_it() {
    let runtime = Runtime::new().unwrap();
    let collector = runtime.block_on(start());
    let cases = ProptestConfig {
        cases: 128,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let request = (
        bytes(),
        prop::sample::select(vec!["identity", "gzip", "zstd", "deflate", "x"]),
        prop::sample::select(vec![PROTOBUF, JSON]),
        prop::sample::select(vec!["/v1/traces", "/v1/metrics", "/v1/logs"]),
        any::<bool>(),
    );
    TestRunner::new(cases)
        .run(&request, |(body, encoding, content_type, path, packed)| {
            let packed_body = if packed && encoding == "gzip" {
                gzip(&body)
            } else {
                body.clone()
            };
            let headers = [
                ("content-type", content_type),
                ("content-encoding", encoding),
            ];
            let http = collector.http_addr();
            let answer = runtime.block_on(post(http, path, &headers, packed_body.clone()));
            prop_assert!([200, 400, 415].contains(&answer.status.as_u16()));

            let grpc = collector.grpc_addr();
            let headers = [("grpc-encoding", encoding)];
            for frame in [frame(packed, &packed_body), body] {
                let answer = runtime.block_on(call(grpc, TRACE_SERVICE, &headers, frame));
                prop_assert!([0, 3, 12].contains(&answer.grpc_status().0));
            }
            Ok(())
        })
        .unwrap();
    let answer = runtime.block_on(get(collector.http_addr(), "/api/traces"));
    assert_eq!(answer.status, 200);
    for trace in collector.store().traces() {
        let drawn = trace.tree(otelier_collector::Style::Plain);
        assert!(!drawn.contains(|c: char| c.is_control() && c != '\n'));
    }
    runtime.block_on(collector.shutdown());
}
