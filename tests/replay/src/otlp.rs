//! The collector's two ports, without sockets.

use std::{cell::RefCell, io::Write as _};

use axum::{Router, body::Body};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{Method, Request, Response, Version};
use otelier_collector::{
    Signal, Style,
    fuzz::{Receiver, read_json, through_json},
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt as _;

use crate::entropy::Entropy;

const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];
const ENCODINGS: [&str; 9] = [
    "identity",
    "gzip",
    "deflate",
    "zstd",
    "br",
    "zlib",
    "snappy",
    "x-snappy-framed",
    "lz4",
];
const STORE: usize = 1 << 20;
const MAX_REQUEST: usize = 256 << 10;

thread_local! {
    /// One store for all inputs, so that they meet in it.
    static STATE: RefCell<(Runtime, Receiver)> = RefCell::new((
        Builder::new_current_thread().enable_all().build().unwrap(),
        Receiver::new(STORE, MAX_REQUEST),
    ));
}

/// What the messages of one document may take.
const MEMORY: usize = 4 << 20;

/// A document for the decoder of JSON. The first byte chooses the signal.
pub fn otlp_json(data: &[u8]) {
    let mut entropy = Entropy::new(data);
    let signal = SIGNALS[entropy.below(3)];
    let Some((text, held)) = read_json(signal, entropy.rest(), MEMORY) else {
        return;
    };
    assert!(held <= MEMORY, "{held} bytes");
    // What was read is written so that it is read the same, and costs about the same.
    let (again, held_again) = read_json(signal, text.as_bytes(), 2 * MEMORY).unwrap();
    assert_eq!(again, text);
    assert!(held_again <= held + (128 << 10), "{held} {held_again}");
}

/// A POST to the port for HTTP. The first byte chooses signal, format, encoding
/// and whether the body is compressed as it says.
pub fn otlp_http(data: &[u8]) {
    let mut entropy = Entropy::new(data);
    let signal = SIGNALS[entropy.below(3)];
    let format = entropy.pick(&["application/x-protobuf", "application/json", "text/plain"]);
    let encoding = entropy.pick(&ENCODINGS);
    let packed = entropy.byte() % 2 == 1;
    let message = entropy.rest();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("/v1/{signal}"))
        .header("content-type", format)
        .header("content-encoding", encoding)
        .body(Body::from(body(message, encoding, packed)));
    let answer = send(request.unwrap(), |receiver| receiver.http.clone());
    let status = answer.status().as_u16();
    assert!([200, 400, 413, 415].contains(&status), "{status}");
    if status == 200 && format == "application/x-protobuf" && packed == (encoding == "gzip") {
        survives_json(signal, message);
    }
    look();
}

/// A call of the port for gRPC. Flag and length of the message may be wrong.
pub fn otlp_grpc(data: &[u8]) {
    let mut entropy = Entropy::new(data);
    let signal = SIGNALS[entropy.below(3)];
    let encoding = entropy.pick(&ENCODINGS);
    let packed = entropy.byte() % 2 == 1;
    let framing = entropy.below(4);
    let message = entropy.rest();
    let mut frame = Vec::new();
    if framing < 3 {
        let message = body(message, encoding, packed);
        let length = u32::try_from(message.len()).unwrap();
        frame.push(u8::from(encoding != "identity"));
        frame.extend(
            match framing {
                2 => length.wrapping_mul(0x0101_0101),
                _ => length,
            }
            .to_be_bytes(),
        );
        frame.extend(message);
    } else {
        frame.extend(message);
    }
    let service = match signal {
        Signal::Traces => "trace.v1.Trace",
        Signal::Metrics => "metrics.v1.Metrics",
        Signal::Logs => "logs.v1.Logs",
    };
    let request = Request::builder()
        .method(Method::POST)
        .version(Version::HTTP_2)
        .uri(format!(
            "/opentelemetry.proto.collector.{service}Service/Export"
        ))
        .header("content-type", "application/grpc")
        .header("grpc-encoding", encoding)
        .body(Body::from(frame));
    let answer = send(request.unwrap(), |receiver| receiver.grpc.clone());
    assert_eq!(answer.status(), 200);
    if let Some(status) = answer.headers().get("grpc-status") {
        assert!(
            ["3", "8", "12"].contains(&status.to_str().unwrap()),
            "{status:?}"
        );
    }
    look();
}

fn body(message: &[u8], encoding: &str, packed: bool) -> Bytes {
    if !packed || encoding != "gzip" {
        return Bytes::copy_from_slice(message);
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(message).unwrap();
    encoder.finish().unwrap().into()
}

fn send(request: Request<Body>, port: fn(&Receiver) -> Router) -> Response<Body> {
    STATE.with_borrow(|(runtime, receiver)| {
        let answer = runtime.block_on(port(receiver).oneshot(request));
        let Ok(answer) = answer;
        answer
    })
}

/// A message that was taken is the same after a way through JSON.
fn survives_json(signal: Signal, message: &[u8]) {
    if let Some([before, after]) = through_json(signal, message, 16 * MAX_REQUEST) {
        assert_eq!(before, after, "{}", String::from_utf8_lossy(&after));
    }
}

/// Whoever looks at the store meets nothing odd in it.
fn look() {
    STATE.with_borrow(|(runtime, receiver)| {
        let store = &receiver.store;
        assert!(
            store.stats().store_bytes <= STORE,
            "{} bytes",
            store.stats().store_bytes
        );
        if store.stats().requests % 64 != 0 {
            return;
        }
        for trace in store.traces() {
            let drawn = trace.tree(Style::Plain);
            assert!(
                !drawn.contains(|c: char| c.is_control() && c != '\n'),
                "{drawn:?}"
            );
        }
        for path in ["/api/traces", "/api/logs", "/api/metrics"] {
            let request = Request::get(path).body(Body::empty()).unwrap();
            let answer = runtime.block_on(receiver.http.clone().oneshot(request));
            let Ok(answer) = answer;
            assert_eq!(answer.status(), 200, "{path}");
        }
    });
}

/// What is looked for is read, or told where it is wrong; it is printed as what means the same.
pub fn search(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match otelier_collector::fuzz::print_query(&text) {
        Ok([print, again]) => assert_eq!(print, again, "{text:?}"),
        Err(column) => {
            let length = text.chars().count();
            assert!((1..=length + 1).contains(&column), "{column} of {text:?}");
        }
    }
}
