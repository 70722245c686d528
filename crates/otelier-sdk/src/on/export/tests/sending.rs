//! How many batches are under way, and how much of them waits.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::{Arc, Barrier},
    thread,
};

use opentelemetry::{
    KeyValue,
    trace::{Span as _, Tracer as _, TracerProvider as _},
};

use super::{Later, Rig, until};

/// Answers each request once this returns, each connection by itself.
pub(super) fn answering(before: impl Fn() + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let before = Arc::new(before);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut stream, before) = (stream.unwrap(), Arc::clone(&before));
            thread::spawn(move || {
                let mut request = Vec::new();
                let mut piece = [0; 4096];
                loop {
                    let Ok(read @ 1..) = stream.read(&mut piece) else {
                        return;
                    };
                    request.extend_from_slice(&piece[..read]);
                    if is_whole(&request) {
                        request.clear();
                        before();
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
                        stream.write_all(answer).unwrap();
                    }
                }
            });
        }
    });
    endpoint
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let length = text.split("content-length: ").nth(1).unwrap();
    let length: usize = length.split('\r').next().unwrap().parse().unwrap();
    request.len() == end + 4 + length
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_batches_are_under_way_as_are_asked_for() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"),
        ("OTELIER_EXPORT_CONCURRENCY", "2"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "1"),
        ("OTEL_LOGS_EXPORTER", "none"),
    ];
    // None is answered before there are two of them.
    let both = Barrier::new(2);
    let endpoint = answering(move || {
        both.wait();
    });
    let rig = Rig::new(&endpoint, &variables);
    let tracer = rig.tracer.tracer("rig");
    for _ in 0..10 {
        tracer.start("work").end();
    }
    rig.flush().await;
    assert_eq!(rig.ledgers[0].counts().exported, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_buffer_is_as_large_as_it_is_said_to_be() {
    let endpoint = Later::new().endpoint(&[]);
    let variables = [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
        ("OTELIER_EXPORT_BUFFER_BYTES", "50000"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1"),
    ];
    let rig = Rig::new(&endpoint, &variables);
    let (tracer, traces) = (rig.tracer.tracer("rig"), &rig.ledgers[0]);
    for _ in 0..20 {
        let mut span = tracer.start("large");
        span.set_attribute(KeyValue::new("text", "x".repeat(10_000)));
        span.end();
    }
    until(|| traces.counts().displaced >= 15).await;
    // Four fit, and one that is being tried when there is no room.
    let counts = traces.counts();
    assert_eq!((counts.exported, counts.failed), (0, 0));
    assert!((4..=5).contains(&counts.inflight), "{counts:?}");
}
