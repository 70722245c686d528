use std::time::Duration;

use http::{HeaderName, HeaderValue};
use otelier_otlp::{Cause, Compression, Protocol, Settings, Signal};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    runtime::Handle,
    task::JoinHandle,
    time::timeout,
};

use crate::{
    PROTOCOLS, batch, ok, open,
    server::{Answer, Server, Speaks, grpc, grpc_headers_only, status},
    settings, speaks, transport,
};

async fn told(protocol: Protocol, answer: Answer) -> String {
    let server = Server::start(speaks(protocol), move |_, _| answer.clone()).await;
    let mut settings = settings(protocol, &server.url());
    settings.headers = vec![(
        HeaderName::from_static("authorization"),
        HeaderValue::from_static("Bearer hunter2-hunter2"),
    )];
    let failure = open(settings).send(batch()).await.unwrap_err();
    failure.cause.to_string()
}

/// Answers the first bytes of each connection with `answer` and closes it.
async fn bytes(answer: &'static [u8]) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = Handle::current().spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1 << 16];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer).await;
            let _ = stream.shutdown().await;
            // Closed with bytes unread, it would take the answer back.
            let _ = timeout(Duration::from_secs(1), stream.read(&mut request)).await;
        }
    });
    (url, serving)
}

#[tokio::test]
async fn grpc_to_an_http_port_is_told() {
    // As Go, nginx and most others do.
    let (url, serving) = bytes(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
    for _ in 0..10 {
        let failure = transport(Protocol::Grpc, &url)
            .send(batch())
            .await
            .unwrap_err();
        assert_eq!(failure.cause, Cause::ExpectedGrpc);
        assert_eq!(failure.attempts, 1);
    }
    assert!(
        Cause::ExpectedGrpc
            .to_string()
            .starts_with("answered HTTP, expected gRPC: is this port 4318?")
    );
    serving.abort();
}

#[tokio::test]
async fn grpc_to_a_port_that_closes_without_a_word_is_asked_about() {
    // As hyper does, if it is to speak HTTP/1 only.
    let server = Server::start(Speaks::Http1, |_, _| status(404)).await;
    let mut settings = settings(Protocol::Grpc, &server.url());
    settings.timeout = Duration::from_millis(500);
    let failure = open(settings).send(batch()).await.unwrap_err();
    let told = failure.cause.to_string();
    let told = told.split_inclusive('?').next();
    assert_eq!(
        told.unwrap(),
        format!(
            "{} closed the connection without a word: does it speak gRPC?",
            server.address
        )
    );
    assert!(failure.attempts > 1);
}

#[tokio::test]
async fn grpc_to_an_http_port_that_speaks_http2_is_told() {
    for answer in [
        status(404).header("content-type", "text/plain"),
        status(405),
        status(415),
        status(200).header("content-type", "text/html"),
    ] {
        let server = Server::start(Speaks::Http2, move |_, _| answer.clone()).await;
        let sent = transport(Protocol::Grpc, &server.url()).send(batch()).await;
        assert_eq!(sent.unwrap_err().cause, Cause::ExpectedGrpc);
    }
}

#[tokio::test]
async fn http_to_a_grpc_port_is_told() {
    let server = Server::start(Speaks::Http2, |_, _| grpc(0)).await;
    for protocol in [Protocol::HttpProtobuf, Protocol::HttpJson] {
        for _ in 0..10 {
            let sent = transport(protocol, &server.url()).send(batch()).await;
            assert_eq!(sent.unwrap_err().cause, Cause::ExpectedHttp);
        }
    }
    assert!(
        Cause::ExpectedHttp
            .to_string()
            .starts_with("answered gRPC, expected HTTP: is this port 4317?")
    );
}

#[tokio::test]
async fn http_to_a_grpc_server_that_takes_http_1_is_told() {
    let server = Server::start(Speaks::Http1, |_, _| grpc_headers_only(12)).await;
    let sent = transport(Protocol::HttpProtobuf, &server.url())
        .send(batch())
        .await;
    assert_eq!(sent.unwrap_err().cause, Cause::ExpectedHttp);
}

#[tokio::test]
async fn something_that_is_neither_is_told() {
    for protocol in PROTOCOLS {
        let (url, serving) = bytes(b"SSH-2.0-OpenSSH_9.6\r\n").await;
        let mut settings = settings(protocol, &url);
        settings.timeout = Duration::from_millis(500);
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert_eq!(
            failure.cause.to_string(),
            format!(
                "answer is not OTLP over {protocol}: it is not HTTP; OTEL_EXPORTER_OTLP_PROTOCOL sets what is spoken"
            )
        );
        serving.abort();
    }
}

#[tokio::test]
async fn http_statuses_say_what_to_do() {
    let http = |answer| told(Protocol::HttpProtobuf, answer);
    assert_eq!(
        http(status(401)).await,
        "401: check OTEL_EXPORTER_OTLP_HEADERS"
    );
    assert_eq!(
        http(status(404)).await,
        "404: is /v1/traces the right path?"
    );
    let moved = http(status(308).header("location", "https://x/?key=1")).await;
    assert!(moved.starts_with("308: redirects are not followed"));
    assert!(!moved.contains("key"));
    assert!(http(status(413)).await.contains("too large"));
    assert_eq!(http(status(418)).await, "418");
}

#[tokio::test]
async fn a_page_is_no_success() {
    for kind in [
        "text/html",
        "text/html; charset=utf-8",
        "application/xhtml+xml",
    ] {
        for protocol in [Protocol::HttpProtobuf, Protocol::HttpJson] {
            let page = status(200)
                .header("content-type", kind)
                .body("<h1>Welcome</h1>");
            let text = told(protocol, page).await;
            assert!(text.starts_with("answered with a page"), "{text}");
            assert!(text.contains("/v1/traces"), "{text}");
        }
    }
}

#[tokio::test]
async fn a_refusal_names_the_path_that_was_sent() {
    let server = Server::start(Speaks::Http1, |_, _| status(404)).await;
    for (path, shown) in [
        ("", "/"),
        ("/", "/"),
        ("/otlp/v1/traces?key=hidden", "/otlp/v1/traces"),
    ] {
        let mut settings = settings(Protocol::HttpProtobuf, &server.url());
        settings.endpoint = format!("{}{path}", server.url()).parse().unwrap();
        let failure = open(settings).send(batch()).await.unwrap_err();
        let expected = format!("404: is {shown} the right path?");
        assert_eq!(failure.cause.to_string(), expected);
    }
}

#[tokio::test]
async fn timeouts_of_a_server_are_called_that() {
    for (protocol, answer) in [
        (Protocol::HttpProtobuf, status(504)),
        (Protocol::HttpProtobuf, status(408)),
        (Protocol::Grpc, grpc(4)),
    ] {
        let server = Server::start(speaks(protocol), move |_, _| answer.clone()).await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_millis(200);
        let failure = open(settings).send(batch()).await.unwrap_err();
        let text = failure.cause.to_string();
        assert!(text.contains("timed out"), "{text}");
    }
}

#[tokio::test]
async fn compression_is_named_where_it_is_on() {
    for (protocol, answer) in [
        (Protocol::HttpProtobuf, status(415)),
        (Protocol::HttpProtobuf, status(400)),
        (Protocol::Grpc, grpc(12)),
        (Protocol::Grpc, grpc(3)),
    ] {
        let server = Server::start(speaks(protocol), move |_, _| answer.clone()).await;
        for compression in [Compression::None, Compression::Gzip] {
            let mut settings = settings(protocol, &server.url());
            settings.compression = compression;
            let failure = open(settings).send(batch()).await.unwrap_err();
            let text = failure.cause.to_string();
            let is_on = compression == Compression::Gzip;
            assert_eq!(text.contains("by gzip"), is_on, "{text}");
            assert_eq!(
                text.contains("OTEL_EXPORTER_OTLP_COMPRESSION"),
                is_on,
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn metrics_with_a_temporality_that_is_not_taken_name_the_variable() {
    // As Prometheus says it.
    const SAYS: &str = "invalid temporality and type combination for metric \"orders\"";
    for signal in Signal::ALL {
        let server = Server::start(Speaks::Http1, |_, _| {
            status(400).header("content-type", "text/plain").body(SAYS)
        })
        .await;
        let mut settings = settings(Protocol::HttpProtobuf, &server.url());
        settings.signal = signal;
        let failure = open(settings).send(batch()).await.unwrap_err();
        let text = failure.cause.to_string();
        let named = text.ends_with("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative");
        assert_eq!(named, signal == Signal::Metrics, "{text}");
    }
}

#[tokio::test]
async fn grpc_to_a_port_that_hangs_up_hints_at_tls() {
    // As servers of TLS in Go do with what is none.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let _serving = Handle::current().spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut some = [0; 5];
            let _ = stream.read_exact(&mut some).await;
        }
    });
    let mut settings = settings(Protocol::Grpc, &url);
    settings.timeout = Duration::from_millis(300);
    let text = open(settings)
        .send(batch())
        .await
        .unwrap_err()
        .cause
        .to_string();
    for part in ["https://", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn grpc_statuses_say_what_to_do() {
    let grpc_status = |code| told(Protocol::Grpc, grpc(code));
    assert_eq!(
        grpc_status(16).await,
        "UNAUTHENTICATED: check OTEL_EXPORTER_OTLP_HEADERS"
    );
    assert!(
        grpc_status(8)
            .await
            .starts_with("RESOURCE_EXHAUSTED: batch too large")
    );
    assert!(grpc_status(12).await.contains("takes no traces over gRPC"));
    assert_eq!(grpc_status(13).await, "INTERNAL");
    assert_eq!(
        told(Protocol::Grpc, status(401)).await,
        "401: check OTEL_EXPORTER_OTLP_HEADERS"
    );
}

#[tokio::test]
async fn the_servers_message_is_shown_without_our_secrets() {
    let text = told(
        Protocol::HttpProtobuf,
        status(400)
            .header("content-type", "text/plain; charset=utf-8")
            .body("no\r\nspan for Bearer hunter2-hunter2 or hunter2-hunter2\u{1b}[0m"),
    )
    .await;
    assert_eq!(
        text,
        "400: the server could not read the request (the server says: no span for [REDACTED] or [REDACTED] [0m)"
    );
    let text = told(
        Protocol::Grpc,
        grpc(3).trailer("grpc-message", "bad%20span%3A%20hunter2-hunter2%0A%C3%A9"),
    )
    .await;
    assert!(
        text.ends_with("(the server says: bad span: [REDACTED] é)"),
        "{text}"
    );
    let text = told(
        Protocol::Grpc,
        grpc_headers_only(13).header("grpc-message", &"y".repeat(5_000)),
    )
    .await;
    assert!(text.chars().count() < 250);
}

/// Answers with `heads`, and nothing after them.
async fn flood(
    hello: &'static [u8],
    head: &'static [u8],
    heads: usize,
) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = Handle::current().spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(hello).await.unwrap();
        let mut request = [0; 1024];
        // Its end is in no read of its own, so that the answer comes after it.
        let mut read = 0;
        while read < batch().len() {
            read += stream.read(&mut request).await.unwrap();
        }
        for _ in 0..heads {
            stream.write_all(head).await.unwrap();
        }
        // Until the other side has closed it, where it does.
        while stream.read(&mut request).await.is_ok_and(|read| read > 0) {}
    });
    (url, serving)
}

#[tokio::test]
async fn a_server_that_sends_heads_of_1xx_without_end_is_hung_up_on() {
    // Settings; then `:status: 100` on stream 1.
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    const CONTINUE: &[u8] = &[0, 0, 5, 1, 4, 0, 0, 0, 1, 8, 3, b'1', b'0', b'0'];
    for (protocol, hello, head) in [
        (
            Protocol::HttpProtobuf,
            &b""[..],
            &b"HTTP/1.1 103 Early Hints\r\n\r\n"[..],
        ),
        (
            Protocol::HttpJson,
            b"",
            b"HTTP/1.1 100 Continue\r\nx: y\r\n\r\n",
        ),
        (Protocol::Grpc, SETTINGS, CONTINUE),
    ] {
        let (url, serving) = flood(hello, head, 19).await;
        let failure = transport(protocol, &url).send(batch()).await.unwrap_err();
        let told = failure.cause.to_string();
        assert!(told.ends_with("more than 16 heads of 1xx"), "{told}");
        assert_eq!(failure.attempts, 1);
        assert_eq!(failure.cause.error_type(), "malformed_answer");
        // The connection is closed.
        serving.await.unwrap();
    }
}

#[tokio::test]
async fn a_few_heads_of_1xx_are_no_matter() {
    const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
    let answer = CONTINUE.repeat(16) + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let (url, _serving) = flood(b"", answer.leak().as_bytes(), 1).await;
    transport(Protocol::HttpProtobuf, &url)
        .send(batch())
        .await
        .unwrap();
}

/// Guesses one protocol, and knows where the other would go.
fn guess(protocol: Protocol, url: &str) -> Settings {
    let other = match protocol {
        Protocol::Grpc => Protocol::HttpProtobuf,
        _ => Protocol::Grpc,
    };
    let endpoint = settings(other, url).endpoint;
    Settings {
        otherwise: Some((other, endpoint)),
        ..settings(protocol, url)
    }
}

#[tokio::test]
async fn a_protocol_that_was_guessed_wrongly_costs_nothing() {
    for (guessed, spoken) in [
        (Protocol::Grpc, Protocol::HttpProtobuf),
        (Protocol::HttpProtobuf, Protocol::Grpc),
    ] {
        for compression in [Compression::None, Compression::Gzip] {
            let server = Server::start(speaks(spoken), move |_, _| ok(spoken)).await;
            let mut settings = guess(guessed, &server.url());
            settings.compression = compression;
            let transport = open(settings);
            let first = transport.send(batch()).await.unwrap();
            assert_eq!((first.attempts, first.instead), (2, Some(spoken)));
            let second = transport.send(batch()).await.unwrap();
            assert_eq!((second.attempts, second.instead), (1, None));
            let seen = server.seen();
            assert_eq!(seen.len(), 2);
            assert_eq!(seen[0].body, seen[1].body);
            let path = match spoken {
                Protocol::Grpc => Signal::Traces.grpc_path(),
                _ => Signal::Traces.http_path(),
            };
            assert_eq!(seen[0].uri.path(), path);
            let encoding = match (compression, spoken) {
                (Compression::Gzip, Protocol::Grpc) => ("gzip", ""),
                (Compression::Gzip, _) => ("", "gzip"),
                _ => ("", ""),
            };
            let told = |name| seen[0].header(name).to_owned();
            assert_eq!(
                (told("grpc-encoding"), told("content-encoding")),
                (encoding.0.to_owned(), encoding.1.to_owned())
            );
        }
    }
}

#[tokio::test]
async fn the_other_protocol_is_tried_once_and_its_refusal_is_told_where_it_is_one() {
    let server = Server::start(Speaks::Http1, |_, _| status(401)).await;
    let transport = open(guess(Protocol::Grpc, &server.url()));
    for attempts in [2, 1] {
        let failure = transport.send(batch()).await.unwrap_err();
        assert_eq!(failure.cause.error_type(), "401");
        assert_eq!(failure.attempts, attempts);
    }

    let (url, serving) = bytes(b"SSH-2.0-OpenSSH_9.6\r\n").await;
    let transport = open(guess(Protocol::Grpc, &url));
    for attempts in [2, 1] {
        let failure = transport.send(batch()).await.unwrap_err();
        assert_eq!(failure.attempts, attempts);
        let told = failure.cause.to_string();
        assert!(told.contains("over grpc: it is not HTTP"), "{told}");
        assert!(told.contains("OTEL_EXPORTER_OTLP_PROTOCOL"), "{told}");
    }
    serving.abort();
}

#[tokio::test]
async fn a_receiver_that_took_something_is_not_asked_in_another_protocol() {
    let server = Server::start(Speaks::Http2, |number, _| match number {
        0 => grpc(0),
        _ => status(404),
    })
    .await;
    let transport = open(guess(Protocol::Grpc, &server.url()));
    transport.send(batch()).await.unwrap();
    let failure = transport.send(batch()).await.unwrap_err();
    assert_eq!((failure.attempts, failure.cause), (1, Cause::ExpectedGrpc));
}
