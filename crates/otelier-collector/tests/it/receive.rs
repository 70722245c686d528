//! All signals, over all transports, in all encodings.

use crate::{
    sample,
    wire::{JSON, PROTOBUF, gzip, post, start, zstd},
};
use otelier_collector::{
    Outcome, Running, Signal, Transport,
    proto::collector::{
        logs::v1::logs_service_client::LogsServiceClient,
        metrics::v1::metrics_service_client::MetricsServiceClient,
        trace::v1::trace_service_client::TraceServiceClient,
    },
};
use prost::Message as _;
use tonic::codec::CompressionEncoding;

fn assert_one_of_each(collector: &Running) {
    let store = collector.store();
    assert_eq!(store.spans_named("GET /").len(), 1);
    assert_eq!(store.metrics_named("requests")[0].value(), Some(5.0));
    assert_eq!(store.logs()[0].body(), "hello");
    let stats = store.stats();
    for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
        assert_eq!(stats.counts(signal).accepted, 1, "{signal}");
    }
    assert_eq!((stats.requests, stats.refused), (3, 0));
}

async fn over_grpc(encoding: Option<CompressionEncoding>) {
    let collector = start().await;
    let endpoint = collector.grpc_endpoint();
    let mut traces = TraceServiceClient::connect(endpoint.clone()).await.unwrap();
    let mut metrics = MetricsServiceClient::connect(endpoint.clone())
        .await
        .unwrap();
    let mut logs = LogsServiceClient::connect(endpoint).await.unwrap();
    if let Some(encoding) = encoding {
        traces = traces.send_compressed(encoding);
        metrics = metrics.send_compressed(encoding);
        logs = logs.send_compressed(encoding);
    }
    let answer = traces.export(sample::one_span()).await.unwrap();
    assert_eq!(answer.into_inner(), Default::default());
    let request = sample::metrics("api", "requests", 5);
    metrics.export(request).await.unwrap();
    let request = sample::logs("api", vec![sample::log(None, 9, "hello")]);
    logs.export(request).await.unwrap();
    assert_one_of_each(&collector);
    let expected = encoding.map_or("identity".into(), |e| e.to_string());
    for request in collector.store().requests() {
        assert_eq!(request.transport, Transport::Grpc);
        assert_eq!(request.content_type, "application/grpc");
        assert_eq!(request.encoding, expected);
        assert_eq!(request.header("te"), Some("trailers"));
        assert!(request.decoded_bytes > 0 && request.wire_bytes > 5);
        let taken = Outcome::Taken {
            items: 1,
            rejected: 0,
        };
        assert_eq!(request.outcome, taken);
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn all_signals_arrive_over_grpc() {
    over_grpc(None).await;
}

#[tokio::test]
async fn all_signals_arrive_over_grpc_with_gzip() {
    over_grpc(Some(CompressionEncoding::Gzip)).await;
}

#[tokio::test]
async fn all_signals_arrive_over_grpc_with_zstd() {
    over_grpc(Some(CompressionEncoding::Zstd)).await;
}

async fn over_http(content_type: &str, encoding: &str, bodies: [Vec<u8>; 3]) {
    let collector = start().await;
    let paths = ["/v1/traces", "/v1/metrics", "/v1/logs"];
    for (path, body) in paths.into_iter().zip(bodies) {
        let body = match encoding {
            "gzip" => gzip(&body),
            "zstd" => zstd(&body),
            _ => body,
        };
        let headers = [
            ("content-type", content_type),
            ("content-encoding", encoding),
        ];
        let answer = post(collector.http_addr(), path, &headers, body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let media = content_type.split(';').next().unwrap();
        assert_eq!(answer.content_type(), media);
        let empty = if media == JSON { "{}" } else { "" };
        assert_eq!(answer.text(), empty);
    }
    assert_one_of_each(&collector);
    let request = collector.store().requests().remove(0);
    assert_eq!(request.transport, Transport::Http);
    assert_eq!(request.encoding, encoding);
    collector.shutdown().await;
}

fn protobuf() -> [Vec<u8>; 3] {
    [
        sample::one_span().encode_to_vec(),
        sample::metrics("api", "requests", 5).encode_to_vec(),
        sample::logs("api", vec![sample::log(None, 9, "hello")]).encode_to_vec(),
    ]
}

fn json() -> [Vec<u8>; 3] {
    [
        sample::TRACES_JSON.into(),
        sample::METRICS_JSON.into(),
        sample::LOGS_JSON.into(),
    ]
}

#[tokio::test]
async fn all_signals_arrive_over_http_in_protobuf() {
    for encoding in ["identity", "gzip", "zstd"] {
        over_http(PROTOBUF, encoding, protobuf()).await;
    }
}

#[tokio::test]
async fn all_signals_arrive_over_http_in_json() {
    for encoding in ["identity", "gzip", "zstd"] {
        over_http(JSON, encoding, json()).await;
    }
    over_http("application/json; charset=utf-8", "identity", json()).await;
}

#[tokio::test]
async fn json_is_read_as_the_specification_allows() {
    let collector = start().await;
    let headers = [("content-type", JSON)];
    post(
        collector.http_addr(),
        "/v1/traces",
        &headers,
        sample::TRACES_JSON,
    )
    .await;
    let span = collector.store().spans().remove(0);
    assert_eq!(
        span.trace_id().to_string(),
        "5b8efff798038103d269b633813fc60c"
    );
    assert_eq!(span.duration(), std::time::Duration::from_secs(1));
    assert_eq!(span.attribute_text("n").unwrap(), "42");
    assert_eq!(span.attribute_text("m").unwrap(), "43");
    assert_eq!(span.parent_id(), None);
    collector.shutdown().await;
}

#[tokio::test]
async fn the_grpc_port_tells_an_http_client_where_it_is() {
    let collector = start().await;
    let headers = [("content-type", PROTOBUF)];
    let answer = post(collector.grpc_addr(), "/v1/traces", &headers, "").await;
    assert_eq!(answer.status, 400);
    assert!(answer.text().contains("4318"), "{}", answer.text());
    collector.shutdown().await;
}
