//! What senders are answered when something is wrong.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, TRACE_SERVICE, call, frame, get, gzip, post, send, start, zlib, zstd},
};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use otelier_collector::{
    Code, Collector, Outcome,
    proto::{
        collector::trace::v1::{
            ExportTraceServiceResponse, trace_service_client::TraceServiceClient,
        },
        trace::v1::Span,
    },
};
use prost::Message as _;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

fn half_invalid() -> otelier_collector::proto::collector::trace::v1::ExportTraceServiceRequest {
    let good = sample::span(1, 1, 0, "good");
    let zero = Span {
        trace_id: vec![0; 16],
        ..good.clone()
    };
    let short = Span {
        span_id: vec![1; 7],
        ..good.clone()
    };
    let parent = Span {
        parent_span_id: vec![1; 16],
        ..good.clone()
    };
    sample::traces("api", vec![zero, good, short, parent])
}

#[tokio::test]
async fn invalid_spans_are_rejected_and_the_rest_is_taken() {
    let collector = start().await;
    let mut client = TraceServiceClient::connect(collector.grpc_endpoint())
        .await
        .unwrap();
    let answer = client.export(half_invalid()).await.unwrap().into_inner();
    let partial = answer.partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 3);
    assert_eq!(
        partial.error_message,
        "span \"good\": the trace id is not 16 bytes, or all zero"
    );

    let headers = [("content-type", PROTOBUF)];
    let body = half_invalid().encode_to_vec();
    let answer = post(collector.http_addr(), "/v1/traces", &headers, body).await;
    assert_eq!(answer.status, 200);
    let answer = ExportTraceServiceResponse::decode(answer.body).unwrap();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 3);

    let headers = [("content-type", JSON)];
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"00"}]}]}]}"#;
    let answer = post(collector.http_addr(), "/v1/traces", &headers, body).await;
    assert_eq!(answer.json()["partialSuccess"]["rejectedSpans"], "1");

    let stats = collector.store().stats();
    assert_eq!((stats.spans.accepted, stats.spans.rejected), (2, 7));
    assert_eq!(collector.store().spans_named("good").len(), 2);
    collector.shutdown().await;
}

#[tokio::test]
async fn malformed_messages_are_invalid_arguments() {
    let collector = start().await;
    for bad in [
        frame(false, b"\xff\xff\xff"),
        frame(true, b"not gzip"),
        b"".to_vec(),
        b"\x00\x00".to_vec(),
        [frame(false, b""), b"x".to_vec()].concat(),
        [frame(false, b""), frame(false, b"")].concat(),
        b"\x07\x00\x00\x00\x00".to_vec(),
    ] {
        let headers = [("grpc-encoding", "gzip")];
        let answer = call(collector.grpc_addr(), TRACE_SERVICE, &headers, bad.clone()).await;
        assert_eq!(answer.status, 200);
        let (code, message) = answer.grpc_status();
        assert_eq!(code, Code::InvalidArgument as i32, "{bad:?}: {message}");
        assert!(!message.is_empty());
    }
    for (content_type, body) in [
        (PROTOBUF, "\u{ff}\u{ff}"),
        (JSON, "{"),
        (JSON, "[]"),
        (JSON, r#"{"resourceSpans":{}}"#),
        (
            JSON,
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_BUTLER"}]}]}]}"#,
        ),
        (
            JSON,
            r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"xyz"}]}]}]}"#,
        ),
    ] {
        let headers = [("content-type", content_type)];
        let answer = post(collector.http_addr(), "/v1/traces", &headers, body).await;
        assert_eq!(answer.status, 400, "{body}");
        assert_eq!(answer.content_type(), content_type);
        if content_type == JSON {
            assert_eq!(answer.json()["code"], 3);
            assert!(!answer.json()["message"].as_str().unwrap().is_empty());
        } else {
            // google.rpc.Status: field 1 is the code.
            assert_eq!(answer.body[..2], [0x08, 3]);
        }
    }
    let stats = collector.store().stats();
    assert_eq!((stats.requests, stats.refused), (13, 13));
    collector.shutdown().await;
}

#[tokio::test]
async fn the_reason_tells_the_place_in_the_document() {
    let collector = start().await;
    let headers = [("content-type", JSON)];
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{},{"kind":"x"}]}]}]}"#;
    let answer = post(collector.http_addr(), "/v1/traces", &headers, body).await;
    assert_eq!(
        answer.json()["message"],
        "not OTLP/JSON of traces: resourceSpans[0].scopeSpans[0].spans[1].kind: \
         expected an enumeration, found an unknown name"
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn large_requests_and_bombs_are_refused() {
    const LIMIT: usize = 1 << 20;
    let collector = Collector::builder()
        .with_max_request_bytes(LIMIT)
        .start()
        .await
        .unwrap();
    let large = vec![0u8; LIMIT + 1];
    let bomb = vec![0u8; 64 * LIMIT];
    for (encoding, body) in [
        ("identity", large.clone()),
        ("identity", vec![0u8; 4 * LIMIT]),
        ("gzip", gzip(&bomb)),
        ("deflate", zlib(&bomb)),
        ("zstd", zstd(&bomb)),
    ] {
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
        let answer = post(collector.http_addr(), "/v1/traces", &headers, body.clone()).await;
        assert_eq!(answer.status, 413, "{encoding}");
        assert_eq!(answer.content_type(), PROTOBUF);

        let headers = [("grpc-encoding", encoding)];
        let body = frame(encoding != "identity", &body);
        let answer = call(collector.grpc_addr(), TRACE_SERVICE, &headers, body).await;
        let (code, message) = answer.grpc_status();
        assert_eq!(
            code,
            Code::ResourceExhausted as i32,
            "{encoding}: {message}"
        );
    }
    for request in collector.store().requests() {
        assert_eq!(request.decoded_bytes, 0);
        assert!(matches!(request.outcome, Outcome::Refused(_)));
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn a_frame_whose_length_is_a_lie_is_an_invalid_argument() {
    let collector = start().await;
    let honest = frame(false, &sample::one_span().encode_to_vec());
    for claimed in [0, 1, u32::MAX] {
        let mut frame = honest.clone();
        frame[1..5].copy_from_slice(&claimed.to_be_bytes());
        let answer = call(collector.grpc_addr(), TRACE_SERVICE, &[], frame).await;
        let (code, message) = answer.grpc_status();
        assert_eq!(code, Code::InvalidArgument as i32, "{claimed}: {message}");
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn many_connections_that_say_nothing_keep_nobody_out() {
    let collector = start().await;
    let mut idle = Vec::new();
    for at in 0..200 {
        let addresses = [collector.http_addr(), collector.grpc_addr()];
        let mut stream = TcpStream::connect(addresses[at % 2]).await.unwrap();
        // Half a head, at most.
        let said = &b"POST /v1/traces HTTP/1.1\r\ncontent-length: 9999\r\n"[..at % 48];
        stream.write_all(said).await.unwrap();
        idle.push(stream);
    }
    let message = sample::one_span().encode_to_vec();
    let headers = [("content-type", PROTOBUF)];
    let answer = post(
        collector.http_addr(),
        "/v1/traces",
        &headers,
        message.clone(),
    )
    .await;
    assert_eq!(answer.status, 200);
    let frame = frame(false, &message);
    let answer = call(collector.grpc_addr(), TRACE_SERVICE, &[], frame).await;
    assert_eq!(answer.grpc_status().0, 0);
    drop(idle);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_small_request_that_would_be_large_in_memory_is_refused() {
    let collector = Collector::builder()
        .with_max_request_bytes(1 << 20)
        .start()
        .await
        .unwrap();
    let spans = "{},".repeat((1 << 20) / 3 - 100);
    let json = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#,
        spans.trim_end_matches(',')
    );
    // Groups of no spans: two bytes each.
    let protobuf = [0x0a, 0].repeat((1 << 20) / 2);
    for (content_type, body) in [(JSON, json.into_bytes()), (PROTOBUF, protobuf)] {
        let headers = [("content-type", content_type)];
        let answer = post(collector.http_addr(), "/v1/traces", &headers, body).await;
        assert_eq!(answer.status, 413, "{content_type}");
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn a_message_of_exactly_the_limit_is_read() {
    let message = sample::one_span().encode_to_vec();
    let collector = Collector::builder()
        .with_max_request_bytes(message.len())
        .start()
        .await
        .unwrap();
    let answer = call(
        collector.grpc_addr(),
        TRACE_SERVICE,
        &[],
        frame(false, &message),
    )
    .await;
    assert_eq!(answer.grpc_status().0, 0);
    let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    let answer = post(
        collector.http_addr(),
        "/v1/traces",
        &headers,
        gzip(&message),
    )
    .await;
    assert_eq!(answer.status, 200);
    collector.shutdown().await;
}

#[tokio::test]
async fn other_types_methods_and_paths_are_refused_by_name() {
    let collector = start().await;
    let http = collector.http_addr();
    for headers in [
        vec![("content-type", "text/plain")],
        vec![],
        vec![("content-type", JSON), ("content-encoding", "br")],
    ] {
        let answer = post(http, "/v1/traces", &headers, "{}").await;
        assert_eq!(answer.status, 415, "{headers:?}");
    }
    let answer = get(http, "/v1/logs").await;
    assert_eq!(answer.status, 405);
    assert_eq!(answer.headers["allow"], "POST");
    assert_eq!(get(http, "/v1/profiles").await.status, 404);

    let grpc = collector.grpc_addr();
    let unknown = call(grpc, "/some.Service/Method", &[], frame(false, b"")).await;
    assert_eq!(unknown.grpc_status().0, Code::Unimplemented as i32);
    let headers = [("grpc-encoding", "snappy")];
    let unknown = call(grpc, TRACE_SERVICE, &headers, frame(true, b"")).await;
    assert_eq!(unknown.grpc_status().0, Code::Unimplemented as i32);
    assert_eq!(
        unknown.headers["grpc-accept-encoding"],
        "identity,gzip,deflate,zstd"
    );
    let request = Request::post(format!("http://{grpc}{TRACE_SERVICE}"))
        .header("content-type", "application/grpc+json")
        .body(Full::new(Bytes::new()))
        .unwrap();
    assert_eq!(send(request, true).await.status, 415);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_sender_that_goes_away_is_recorded_as_such() {
    use tokio::io::AsyncWriteExt as _;
    let collector = start().await;
    let mut socket = TcpStream::connect(collector.http_addr()).await.unwrap();
    socket
        .write_all(
            b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
              content-length: 100\r\n\r\n{\"res",
        )
        .await
        .unwrap();
    drop(socket);
    let outcome = collector
        .store()
        .wait_for(std::time::Duration::from_secs(10), |store| {
            store.requests().pop().map(|request| request.outcome)
        })
        .await
        .expect("the request is recorded");
    assert!(
        matches!(&outcome, Outcome::Abandoned)
            || matches!(&outcome, Outcome::Refused(r) if r.code() == Code::InvalidArgument),
        "{outcome:?}"
    );
    collector.shutdown().await;
}
