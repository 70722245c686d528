//! The ways on which the subcommand `doctor` sends: proxies, sockets, and what is of one signal.

use crate::doctor::{authority, doctor, front};
use otelier_collector::{Collector, Running};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// The heads that came over a proxy, and where it listens.
type Heads = Arc<Mutex<Vec<String>>>;

/// A proxy that has whatever is asked for at one address; without the password it refuses.
async fn proxy(target: SocketAddr) -> (SocketAddr, Heads) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heads = Heads::default();
    let seen = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") {
                    if stream.read_line(&mut head).await.unwrap() == 0 {
                        return;
                    }
                }
                seen.lock().unwrap().push(head.clone());
                // me:s3cret
                if !head
                    .to_lowercase()
                    .contains("proxy-authorization: basic bwu6cznjcmv0")
                {
                    let _ = stream.write_all(b"HTTP/1.1 407 No\r\n\r\n").await;
                    return;
                }
                let mut inside = TcpStream::connect(target).await.unwrap();
                if head.starts_with("CONNECT ") {
                    stream.write_all(b"HTTP/1.1 200 Yes\r\n\r\n").await.unwrap();
                } else {
                    let (first, rest) = head.split_once("\r\n").unwrap();
                    let path = first.split(' ').nth(1).unwrap();
                    let path = &path[path.find("/v1/").unwrap()..];
                    let head = format!("POST {path} HTTP/1.1\r\n{rest}");
                    inside.write_all(head.as_bytes()).await.unwrap();
                }
                let _ = copy_bidirectional(&mut stream, &mut inside).await;
            });
        }
    });
    (address, heads)
}

async fn collector() -> Running {
    let collector = Collector::builder().with_allowed_host("collector.invalid");
    collector.start().await.unwrap()
}

/// The values of a header in what came of each signal.
fn sent(collector: &Running, name: &str) -> Vec<(String, Option<String>)> {
    let requests = collector.store().requests();
    let values = requests.iter().map(|request| {
        let value = request.header(name).map(ToOwned::to_owned);
        (request.signal.to_string(), value)
    });
    values.collect()
}

#[tokio::test]
async fn a_doctor_goes_through_the_proxy_that_a_program_would_take() {
    let collector = collector().await;
    let (grpc, opened) = proxy(collector.grpc_addr()).await;
    let (http, passed) = proxy(collector.http_addr()).await;
    for (proxy, protocol, words) in [
        (grpc, "grpc", "is reachable through the proxy"),
        (http, "http/protobuf", "is sent to through the proxy"),
    ] {
        let with = format!("http://me:s3cret@{proxy}");
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:43"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("HTTP_PROXY", with.as_str()),
        ];
        let (code, text) = doctor(&[], &variables).await;
        assert_eq!(code, 0, "{text}");
        assert!(
            text.contains(words) && text.contains("HTTP_PROXY"),
            "{text}"
        );
        assert_eq!(text.matches(" are taken over ").count(), 3, "{text}");
        assert!(!text.contains("s3cret"), "{text}");
        let without = format!("http://{proxy}");
        let mut variables = variables;
        variables[2].1 = without.as_str();
        let (code, text) = doctor(&[], &variables).await;
        assert!(code == 1 && text.contains("answers 407"), "{text}");
        let direct = [
            variables[0],
            variables[1],
            variables[2],
            ("NO_PROXY", "collector.invalid"),
        ];
        let (code, text) = doctor(&[], &direct).await;
        assert!(
            code == 1 && text.contains("the name is not found"),
            "{text}"
        );
    }
    let opened = opened.lock().unwrap().clone();
    let tunnels = opened
        .iter()
        .all(|head| head.starts_with("CONNECT collector.invalid:43 "));
    assert!(tunnels && !opened.is_empty(), "{opened:?}");
    let passed = passed.lock().unwrap().clone();
    let whole =
        (passed.iter()).filter(|head| head.starts_with("POST http://collector.invalid:43/v1/"));
    assert_eq!(whole.count(), passed.len(), "{passed:?}");
    let socks = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:43"),
        ("ALL_PROXY", "socks5://me:s3cret@there"),
    ];
    let (code, text) = doctor(&[], &socks).await;
    assert!(
        code == 1 && text.contains("ALL_PROXY names no proxy"),
        "{text}"
    );
    assert!(!text.contains("s3cret"), "{text}");
    assert_eq!(collector.store().requests().len(), 6);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_doctor_sends_what_is_of_one_signal_to_that_alone() {
    let collector = collector().await;
    let issuer = authority();
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    std::fs::write(&pem, issuer.pem()).unwrap();
    let port = front(collector.http_addr(), "http/1.1", "localhost", &issuer).await;
    let logs = format!("https://localhost:{port}/v1/logs");
    let grpc = collector.grpc_endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", grpc.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=all"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &logs),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-key=logs"),
        ("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", pem.to_str().unwrap()),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "nothing"),
    ];
    let (code, text) = doctor(&[], &variables).await;
    let words = "✗ 1 of OTEL_EXPORTER_OTLP_METRICS_HEADERS cannot be sent";
    assert!(code == 1 && text.contains(words), "{text}");
    assert!(text.contains("✓ TLS is trusted\n"), "{text}");
    let of = |signal: &str, key: Option<&str>| (signal.to_owned(), key.map(ToOwned::to_owned));
    assert_eq!(
        sent(&collector, "x-key"),
        [
            of("traces", Some("all")),
            of("metrics", None),
            of("logs", Some("logs"))
        ]
    );
    let (code, text) = doctor(&[], &variables[..4]).await;
    assert!(
        code == 1 && text.contains("its certificate is not trusted"),
        "{text}"
    );
    collector.shutdown().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_doctor_sends_over_a_socket_of_the_machine() {
    let collector = collector().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("otlp.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let target = collector.grpc_addr();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut inside = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut inside).await;
            });
        }
    });
    let proxied = ("HTTP_PROXY", "http://nobody.invalid:1");
    for form in ["unix:", "unix://"] {
        let endpoint = format!("{form}{}", path.display());
        let (code, text) = doctor(&["--endpoint", &endpoint], &[proxied]).await;
        assert_eq!(
            (code, text.matches(" are taken over gRPC\n").count()),
            (0, 3),
            "{text}"
        );
    }
    for (endpoint, words) in [
        ("unix:otlp.sock", "a Unix socket is unix:/path"),
        ("unix:/no/such/socket", "there is no such socket"),
    ] {
        let (code, text) = doctor(&["--endpoint", endpoint], &[]).await;
        assert!(code == 1 && text.contains(words), "{text}");
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn a_doctor_wants_a_scheme_where_the_exporter_does() {
    let collector = collector().await;
    let bare = collector.http_addr().to_string();
    let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];
    let (code, text) = doctor(&["--endpoint", &bare], &variables).await;
    assert!(
        code == 1 && text.contains("begins with neither http://"),
        "{text}"
    );
    let bare = collector.grpc_addr().to_string();
    let variables = [("OTEL_EXPORTER_OTLP_INSECURE", "true")];
    let (code, text) = doctor(&["--endpoint", &bare], &variables).await;
    assert_eq!(code, 0, "{text}");
    collector.shutdown().await;
}
