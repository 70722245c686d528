//! What an answer costs, counted by an allocator of this process's own.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, in what it calls, too"
)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    thread,
    time::Duration,
};

use bytes::Bytes;
use otelier_otlp::{Compression, Protocol, Settings, Signal, Tls, Transport};

const ANSWER: usize = 1 << 20;
const MOST: u64 = 256 << 10;

/// Serves one answer of 1 MiB, whatever it is asked.
fn server(status: &'static str, kind: &'static str, piece: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/traces", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        stream.read_exact(&mut request[..64]).unwrap();
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {ANSWER}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let body: Vec<u8> = piece.iter().copied().cycle().take(ANSWER).collect();
        // Who is not read any more cannot write.
        let _ = stream.write_all(&body);
    });
    url
}

#[test]
fn an_answer_of_1_mib_costs_at_most_256_kib() {
    let mut told = Vec::new();
    for status in ["200 OK", "400 Bad Request"] {
        for (kind, piece) in [
            ("application/json", &b"[],"[..]),
            ("application/json", b"[[{\"message\":["),
            (
                "application/json",
                b"{\"a\":1,\"message\":\"b\",\"errors\":[1,2],\"c\":{},",
            ),
            ("application/json", b"\"a\\u00e4\\n"),
            ("application/x-protobuf", b"\x12\x01a"),
            ("text/plain", b"a b\n"),
            ("text/plain", b"\xff"),
            ("", b"hunter2-hunter2 "),
        ] {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let settings = Settings {
                signal: Signal::Traces,
                endpoint: server(status, kind, piece).parse().unwrap(),
                socket: None,
                protocol: Protocol::HttpProtobuf,
                otherwise: None,
                headers: vec![(
                    http::header::AUTHORIZATION,
                    http::HeaderValue::from_static("Bearer hunter2-hunter2"),
                )],
                timeout: Duration::from_secs(60),
                compression: Compression::None,
                tls: Tls::default(),
                proxy: None,
            };
            let transport = Transport::new(settings, runtime.handle().clone()).unwrap();
            let mut sent = None;
            let cost = allocation_counter::measure(|| {
                sent = Some(runtime.block_on(transport.send(Bytes::from_static(b"a request"))));
            });
            match sent.unwrap() {
                Ok(_) => assert!(status.starts_with("200")),
                Err(failure) => told.push(failure.cause.to_string()),
            }
            assert!(
                cost.bytes_max <= MOST,
                "{status} {kind} {piece:?}: {cost:?}"
            );
        }
    }
    assert_eq!(told.len(), 8);
    assert!(told.iter().all(|told| told.len() < 800), "{told:?}");
    assert!(
        told.iter().all(|told| !told.contains("hunter2")),
        "{told:?}"
    );
}
