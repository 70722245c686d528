//! Every compression that senders use, and what they are told about others.

use crate::{
    process::Process,
    sample,
    wire::{JSON, PROTOBUF, TRACE_SERVICE, call, frame, gzip, post, start, zlib, zstd},
};
use otelier_collector::{Code, Collector};
use prost::Message as _;
use std::io::Write as _;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

fn snappy_block(bytes: &[u8]) -> Vec<u8> {
    snap::raw::Encoder::new().compress_vec(bytes).unwrap()
}

fn snappy_framed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = snap::write::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.into_inner().unwrap()
}

fn lz4(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKED: [(&str, Pack); 9] = [
    ("gzip", gzip),
    ("x-gzip", gzip),
    ("zstd", zstd),
    ("zlib", zlib),
    ("deflate", zlib),
    ("snappy", snappy_block),
    ("snappy", snappy_framed),
    ("x-snappy-framed", snappy_framed),
    ("lz4", lz4),
];

#[tokio::test]
async fn every_compression_of_the_real_collectors_exporter_is_read_over_http() {
    let collector = start().await;
    let http = collector.http_addr();
    for (encoding, pack) in PACKED {
        for (content_type, body) in [
            (PROTOBUF, sample::one_span().encode_to_vec()),
            (JSON, sample::TRACES_JSON.as_bytes().to_vec()),
        ] {
            let headers = [
                ("content-type", content_type),
                ("content-encoding", encoding),
            ];
            let answer = post(http, "/v1/traces", &headers, pack(&body)).await;
            assert_eq!(answer.status, 200, "{encoding}: {}", answer.text());
        }
    }
    assert_eq!(collector.store().stats().spans.accepted, 18);
    collector.shutdown().await;
}

#[tokio::test]
async fn bombs_of_every_compression_are_refused() {
    const LIMIT: usize = 1 << 20;
    let collector = Collector::builder().with_max_request_bytes(LIMIT);
    let collector = collector.start().await.unwrap();
    let http = collector.http_addr();
    let bomb = vec![0; 40 * LIMIT];
    for (encoding, pack) in PACKED {
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
        let answer = post(http, "/v1/traces", &headers, pack(&bomb)).await;
        assert_eq!(answer.status, 413, "{encoding}");
        let mut cut = pack(&sample::one_span().encode_to_vec());
        cut.truncate(cut.len() - 5);
        let answer = post(http, "/v1/traces", &headers, cut).await;
        assert_eq!(answer.status, 400, "{encoding}");
    }
    // A block of snappy that tells a length it does not have.
    let headers = [("content-type", PROTOBUF), ("content-encoding", "snappy")];
    for (length, status) in [
        (vec![0xff, 0xff, 0xff, 0xff, 0x0f], 413),
        (vec![0x80, 0x40], 400),
    ] {
        let answer = post(http, "/v1/traces", &headers, length).await;
        assert_eq!(answer.status, status);
    }
    assert_eq!(collector.store().stats().spans.accepted, 0);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_refusal_of_snappy_over_grpc_names_what_is_taken() {
    let collector = start().await;
    let body = snappy_block(&sample::one_span().encode_to_vec());
    for encoding in ["snappy", "lz4", "zlib"] {
        let headers = [("grpc-encoding", encoding)];
        let body = frame(true, &body);
        let answer = call(collector.grpc_addr(), TRACE_SERVICE, &headers, body).await;
        let (code, message) = answer.grpc_status();
        assert_eq!(code, Code::Unimplemented as i32);
        assert!(
            message.contains("use gzip, zstd, deflate or none over gRPC"),
            "{message}"
        );
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn what_is_turned_away_is_a_line_with_the_flag_that_helps() {
    let mut process = Process::start(&["--max-request-mib=1"]).await;
    let headers = [
        ("content-type", PROTOBUF),
        ("user-agent", "sender\u{9b}2J/1.0"),
    ];
    for _ in 0..3 {
        let body = vec![0; (1 << 20) + 1];
        post(process.http, "/v1/traces", &headers, body).await;
    }
    let line = process.line("larger than 1048576 bytes").await;
    assert!(line.contains("refused traces over http from"), "{line}");
    assert!(
        line.ends_with("; --max-request-mib raises the limit"),
        "{line}"
    );
    let headers = [("content-type", PROTOBUF), ("content-encoding", "br")];
    post(process.http, "/v1/metrics", &headers, "x").await;
    process
        .line("the encoding \"br\" is not supported: use gzip")
        .await;
    post(
        process.http,
        "/v1/logs",
        &[("content-type", JSON)],
        "{\u{1b}[2J",
    )
    .await;
    process
        .line("refused logs over http from a sender without a name: not OTLP/JSON")
        .await;
    let headers = [("content-type", JSON), ("host", "rebound.example")];
    post(process.http, "/v1/logs", &headers, "{}").await;
    process.line("--allow-host").await;
    process.kill("-TERM").await;
    process.line("refused besides: 2 too_large").await;
    process.end().await;
    let lines = process.lines();
    assert_eq!(
        lines
            .iter()
            .filter(|line| line.contains("larger than"))
            .count(),
        1
    );
    assert!(
        !lines.concat().contains(|c: char| c.is_control()),
        "{lines:?}"
    );
}

#[tokio::test]
async fn what_is_no_request_at_all_is_a_line_too() {
    for (said, words) in [
        (
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03 and so on, as TLS begins".to_vec(),
            "TLS is not spoken here",
        ),
        (
            [b"GET / HTTP/1.1\r\nx: ".to_vec(), vec![b'y'; 100 << 10]].concat(),
            "the head of a request is longer than 65536 bytes",
        ),
    ] {
        let mut process = Process::start(&[]).await;
        let mut stream = TcpStream::connect(process.http).await.unwrap();
        // It may be closed before everything is said.
        let _ = stream.write_all(&said).await;
        let line = process.line(words).await;
        assert!(line.contains("refused a connection: "), "{line}");
    }
}
