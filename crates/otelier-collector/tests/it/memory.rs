//! What the process takes at most, by the mark that the system keeps.

use crate::{
    process::Process,
    sample,
    wire::{JSON, PROTOBUF, get, gzip, post},
};
use otelier_collector::proto::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    metrics::v1::{NumberDataPoint, metric::Data},
    trace::v1::Span,
};
use prost::Message as _;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

const LARGEST: usize = 16 << 20;

/// A text of the largest size that is taken, of as many of these pieces as go into it.
fn filled(before: &str, piece: &str, after: &str) -> Vec<u8> {
    let count = (LARGEST - before.len() - after.len()) / (piece.len() + 1);
    let pieces = vec![piece; count].join(",");
    format!("{before}{pieces}{after}").into_bytes()
}

#[tokio::test]
async fn bombs_of_json_stay_within_256_mib() {
    let spans = r#"{"resourceSpans":[{"scopeSpans":[{"spans":["#;
    let points = r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"histogram":{"dataPoints":["#;
    let attributes = r#"{"resourceLogs":[{"resource":{"attributes":["#;
    let bombs = [
        ("traces", filled(r#"{"resourceSpans":["#, r#"{"":0}"#, "]}")),
        ("traces", filled(spans, "{}", "]}]}]}")),
        (
            "traces",
            filled(
                spans,
                r#"{"events":[{}],"links":[{}],"attributes":[{}]}"#,
                "]}]}]}",
            ),
        ),
        (
            "metrics",
            filled(points, r#"{"bucketCounts":[0]}"#, "]}}]}]}]}"),
        ),
        (
            "metrics",
            filled(
                &format!(r#"{points}{{"bucketCounts":["#),
                "0",
                "]}]}}]}]}]}",
            ),
        ),
        ("logs", filled(attributes, r#"{"key":"a"}"#, "]}}]}")),
        (
            "logs",
            filled(
                attributes,
                r#"{"value":{"arrayValue":{"values":[{"stringValue":"\n"}]}}}"#,
                "]}}]}",
            ),
        ),
        ("logs", filled(r#"{"x":["#, r#"[[{"a":[]}]]"#, "]}")),
    ];
    let process = Process::start(&[]).await;
    let rest = process.memory("VmHWM");
    for (signal, text) in bombs {
        assert!(text.len() <= LARGEST);
        let headers = [("content-type", JSON), ("content-encoding", "gzip")];
        let path = format!("/v1/{signal}");
        let answer = post(process.http, &path, &headers, gzip(&text)).await;
        assert!(
            [200, 413].contains(&answer.status.as_u16()),
            "{}",
            answer.text()
        );
        let peak = process.memory("VmHWM") - rest;
        let begins = String::from_utf8_lossy(&text[..80]);
        assert!(peak <= 256, "{peak} MiB after {begins}");
    }
}

#[tokio::test]
async fn bombs_of_protobuf_stay_within_256_mib() {
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let mut out = vec![number << 3 | 2];
        prost::encoding::encode_varint(content.len() as u64, &mut out);
        out.extend_from_slice(content);
        out
    }
    let lists = [field(9, &[]), field(11, &[]), field(13, &[])].concat();
    let group = |record: Vec<u8>| {
        let records = record.repeat((LARGEST - 64) / record.len());
        field(1, &field(2, &records))
    };
    let counts = field(8, &field(2, &vec![1; LARGEST - 64]));
    let process = Process::start(&[]).await;
    let rest = process.memory("VmHWM");
    for (signal, body) in [
        ("traces", group(field(2, &[]))),
        ("traces", group(field(2, &lists))),
        ("logs", group(field(2, &field(6, &field(1, b"a"))))),
        (
            "metrics",
            field(1, &field(2, &field(2, &field(10, &field(1, &counts))))),
        ),
    ] {
        let headers = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
        let answer = post(
            process.http,
            &format!("/v1/{signal}"),
            &headers,
            gzip(&body),
        )
        .await;
        assert!([200, 413].contains(&answer.status.as_u16()), "{signal}");
        let peak = process.memory("VmHWM") - rest;
        assert!(peak <= 256, "{peak} MiB after {signal}");
    }
}

#[tokio::test]
async fn a_hundred_held_uploads_stay_within_256_mib() {
    let process = Process::start(&[]).await;
    let rest = process.memory("VmHWM");
    let head = format!(
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: {PROTOBUF}\r\n\
         content-length: {LARGEST}\r\n\r\n"
    );
    let piece = vec![0; 1 << 20];
    let mut uploads = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(process.http).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // All but the last byte; who is refused early may not get so far.
        for left in (0..16).rev() {
            let piece = if left == 0 { &piece[1..] } else { &piece[..] };
            if stream.write_all(piece).await.is_err() {
                break;
            }
        }
        uploads.push(stream);
    }
    let peak = process.memory("VmHWM") - rest;
    assert!(peak <= 256, "{peak} MiB");
    // What is held goes when its senders go.
    drop(uploads);
    let headers = [("content-type", PROTOBUF)];
    let mut status = 503;
    while status == 503 {
        let body = sample::one_span().encode_to_vec();
        status = post(process.http, "/v1/traces", &headers, body)
            .await
            .status
            .as_u16();
    }
    assert_eq!(status, 200);
}

#[tokio::test]
async fn five_hundred_idle_connections_stay_within_64_mib() {
    let process = Process::start(&[]).await;
    let rest = process.memory("VmHWM");
    let mut idle = Vec::new();
    for at in 0..500 {
        let address = [process.http, process.grpc][at % 2];
        let mut stream = TcpStream::connect(address).await.unwrap();
        let said = "GET / HTTP/1.1\r\nx: ".to_owned() + &"y".repeat([0, 48 << 10][at / 2 % 2]);
        stream.write_all(said.as_bytes()).await.unwrap();
        idle.push(stream);
    }
    let answer = get(process.http, "/healthz").await;
    assert_eq!(answer.status, 200);
    let peak = process.memory("VmHWM") - rest;
    assert!(peak <= 64, "{peak} MiB");
}

#[tokio::test]
async fn large_heads_are_not_kept_without_a_bound() {
    let process = Process::start(&["--max-request-mib=1"]).await;
    let rest = process.memory("VmHWM");
    for kib in [390, 40] {
        let headers = [("content-type", JSON), ("x", &*"y".repeat(kib << 10))];
        for _ in 0..512 {
            // One that is too large may find the connection closed.
            let request = crate::wire::try_post(process.http, "/v1/logs", &headers, "{}").await;
            if let Some(answer) = request {
                assert_eq!(answer.status, if kib == 390 { 431 } else { 200 });
            }
        }
    }
    let peak = process.memory("VmHWM") - rest;
    assert!(peak <= 32, "{peak} MiB");
}

#[tokio::test]
async fn a_refusal_is_short_however_long_what_it_is_about() {
    let process = Process::start(&[]).await;
    let span = Span {
        name: "\u{1}".repeat(4 << 20),
        ..Span::default()
    };
    let body = sample::traces("api", vec![span]).encode_to_vec();
    let headers = [("content-type", PROTOBUF)];
    let answer = post(process.http, "/v1/traces", &headers, body).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() < 1000, "{}", answer.body.len());
    let long = "x".repeat(4 << 20);
    for (content_type, body) in [
        (JSON, format!(r#"{{"resourceSpans":[{{"{long}":{{}}]}}"#)),
        (JSON, format!(r#"{{"resourceSpans":"{long}"}}"#)),
        (
            JSON,
            format!(
                r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"kind":"{long}"}}]}}]}}]}}"#
            ),
        ),
    ] {
        let headers = [("content-type", content_type)];
        let answer = post(process.http, "/v1/traces", &headers, body).await;
        assert_eq!(answer.status, 400);
        assert!(answer.body.len() < 1000, "{}", answer.body.len());
    }
}

/// Posts records until the store is full.
async fn fill(http: SocketAddr, path: &str, message: impl Fn(u32) -> Vec<u8>) {
    let headers = [("content-type", PROTOBUF)];
    for at in 0.. {
        let answer = post(http, path, &headers, message(at)).await;
        assert_eq!(answer.status, 200);
        let stats = get(http, "/api/stats").await.json();
        let (used, limit) = (&stats["storeBytes"], &stats["storeLimit"]);
        if used.as_u64().unwrap() * 10 > limit.as_u64().unwrap() * 9 {
            return;
        }
    }
}

fn series(at: u32) -> ExportMetricsServiceRequest {
    let mut message = sample::metrics("api", "requests", 1);
    let metric = &mut message.resource_metrics[0].scope_metrics[0].metrics[0];
    if let Some(Data::Sum(sum)) = &mut metric.data {
        let point = |n: u32| NumberDataPoint {
            attributes: vec![sample::attribute("k", &format!("{at}-{n}"))],
            ..sum.data_points[0].clone()
        };
        sum.data_points = (0..10_000).map(point).collect();
    }
    message
}

fn spans(at: u32) -> ExportTraceServiceRequest {
    let span = |n: u32| Span {
        span_id: u64::from(at * 10_000 + n + 1).to_be_bytes().to_vec(),
        parent_span_id: vec![],
        ..sample::span(1, 1, 0, "one of very many spans of one trace")
    };
    sample::traces("api", (0..10_000).map(span).collect())
}

fn logs(at: u32) -> ExportLogsServiceRequest {
    let log = |_| sample::log(Some(2), 9, &format!("{at} {}", "long ".repeat(20)));
    sample::logs("api", (0..10_000).map(log).collect())
}

async fn peak_of(process: &Process, path: &str) -> (u64, usize) {
    process.forget_peak();
    let rest = process.memory("VmRSS");
    let answer = get(process.http, path).await;
    assert_eq!(answer.status, 200, "{path}");
    let peak = process.memory("VmHWM").saturating_sub(rest);
    (peak, answer.body.len())
}

#[tokio::test]
async fn no_answer_of_a_full_store_takes_more_than_32_mib() {
    type Message = fn(u32) -> Vec<u8>;
    let kinds: [(&str, Message, &[&str]); 3] = [
        (
            "/v1/metrics",
            |at| series(at).encode_to_vec(),
            &["/api/metrics?limit=1000000"],
        ),
        (
            "/v1/traces",
            |at| spans(at).encode_to_vec(),
            &[
                "/api/traces?limit=1000000&q=nothing",
                "/api/traces/01010101010101010101010101010101",
                "/api/traces/01010101010101010101010101010101.svg",
            ],
        ),
        (
            "/v1/logs",
            |at| logs(at).encode_to_vec(),
            &[
                "/api/logs?limit=1000000",
                "/api/logs?trace_id=02020202&limit=1000",
                "/api/traces/02020202",
            ],
        ),
    ];
    for (path, message, questions) in kinds {
        let process = Process::start(&[]).await;
        fill(process.http, path, message).await;
        for question in questions {
            let (peak, length) = peak_of(&process, question).await;
            assert!(peak <= 32, "{question}: {peak} MiB for {length} bytes");
        }
    }
}

#[tokio::test]
async fn one_huge_record_is_left_out_of_answers_and_named() {
    let process = Process::start(&[]).await;
    let mut span = sample::span(1, 1, 0, "GET /");
    span.attributes
        .push(sample::attribute("blob", &"\u{1}".repeat(12 << 20)));
    let body = sample::traces("api", vec![span, sample::span(1, 2, 1, "small")]);
    let headers = [("content-type", PROTOBUF)];
    post(process.http, "/v1/traces", &headers, body.encode_to_vec()).await;
    let path = "/api/traces/01010101010101010101010101010101";
    let (peak, _) = peak_of(&process, path).await;
    assert!(peak <= 32, "{peak} MiB");
    let trace = get(process.http, path).await.json();
    assert_eq!(trace["spans"][0]["omitted"], "larger than an answer may be");
    assert_eq!(trace["spans"][1]["name"], "small");
}

#[tokio::test]
async fn readers_that_take_nothing_hold_no_more_than_the_room() {
    let process = Process::start(&["--max-request-mib=2"]).await;
    fill(process.http, "/v1/metrics", |at| {
        series(at % 64).encode_to_vec()
    })
    .await;
    process.forget_peak();
    let rest = process.memory("VmRSS");
    let mut readers = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(process.http).await.unwrap();
        let question = b"GET /api/metrics?limit=1000 HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(question).await.unwrap();
        readers.push(stream);
    }
    // Each has its answer, or the word that there is no room, or was not let in at all.
    for reader in &mut readers {
        let mut first = [0; 12];
        if reader.read_exact(&mut first).await.is_ok() {
            assert!([b"HTTP/1.1 200", b"HTTP/1.1 503"].contains(&&first));
        }
    }
    let peak = process.memory("VmHWM").saturating_sub(rest);
    assert!(peak <= 96, "{peak} MiB");
}
