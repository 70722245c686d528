use std::io::Read as _;

use http::{HeaderName, HeaderValue, Version};
use otelier_otlp::{Compression, Protocol, Signal};

use crate::{
    PROTOCOLS, batch, ok, open,
    server::{Seen, Server, grpc, status},
    settings, speaks, transport,
};

/// The message in a request, decompressed.
pub(crate) fn message(seen: &Seen, protocol: Protocol) -> Vec<u8> {
    let (encoding, message) = match protocol {
        Protocol::Grpc => {
            let (head, message) = seen.body.split_first_chunk::<5>().unwrap();
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            assert_eq!(usize::try_from(length).unwrap(), message.len());
            let encoding = seen.header("grpc-encoding");
            assert_eq!(head[0] == 1, !encoding.is_empty());
            (encoding, message)
        }
        _ => (seen.header("content-encoding"), &seen.body[..]),
    };
    let mut plain = Vec::new();
    match encoding {
        "" => plain.extend_from_slice(message),
        "gzip" => {
            flate2::read::GzDecoder::new(message)
                .read_to_end(&mut plain)
                .unwrap();
        }
        "zstd" => plain = zstd::decode_all(message).unwrap(),
        other => panic!("{other}"),
    }
    plain
}

#[tokio::test]
async fn a_batch_arrives_as_it_is_in_each_protocol_and_compression() {
    for protocol in PROTOCOLS {
        for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
            let server = Server::start(speaks(protocol), move |_, _| ok(protocol)).await;
            let mut settings = settings(protocol, &server.url());
            settings.compression = compression;
            let delivered = open(settings).send(batch()).await.unwrap();

            let [seen] = &server.seen()[..] else { panic!() };
            assert_eq!(message(seen, protocol), batch());
            assert_eq!(delivered.wire_bytes, seen.body.len());
            let smaller = seen.body.len() < batch().len();
            assert_eq!(smaller, compression != Compression::None);
            assert_eq!((delivered.attempts, delivered.rejected), (1, 0));
            assert_eq!(delivered.message, None);
        }
    }
}

#[tokio::test]
async fn each_signal_goes_to_its_grpc_method_and_http_to_the_endpoint_as_given() {
    for signal in Signal::ALL {
        let server = Server::start(speaks(Protocol::Grpc), |_, _| grpc(0)).await;
        let mut grpc = settings(Protocol::Grpc, &format!("{}/some/path", server.url()));
        grpc.signal = signal;
        open(grpc).send(batch()).await.unwrap();
        let seen = server.seen().remove(0);
        assert_eq!(seen.uri.path(), signal.grpc_path());
        assert_eq!(seen.version, Version::HTTP_2);
        assert_eq!(seen.header("content-type"), "application/grpc");
        assert_eq!(seen.header("te"), "trailers");
        assert_eq!(seen.header("grpc-accept-encoding"), "identity");
    }
    let server = Server::start(speaks(Protocol::HttpJson), |_, _| status(204)).await;
    let mut http = settings(Protocol::HttpJson, &server.url());
    http.endpoint = format!("{}/otlp/v1/traces?tenant=7", server.url())
        .parse()
        .unwrap();
    open(http).send(batch()).await.unwrap();
    let seen = server.seen().remove(0);
    assert_eq!(seen.uri, "/otlp/v1/traces?tenant=7");
    assert_eq!(seen.version, Version::HTTP_11);
    assert_eq!(seen.header("host"), server.address.to_string());
    assert_eq!(seen.header("content-type"), "application/json");
    assert_eq!(seen.header("content-length"), batch().len().to_string());
}

#[tokio::test]
async fn the_users_headers_are_sent_but_cannot_break_the_framing() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, _| ok(protocol)).await;
        let mut settings = settings(protocol, &server.url());
        settings.headers = [
            ("api-key", "abc"),
            ("x-many", "1"),
            ("x-many", "2"),
            ("content-type", "text/plain"),
            ("content-length", "3"),
            ("grpc-encoding", "snappy"),
            ("connection", "close"),
        ]
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        })
        .to_vec();
        open(settings).send(batch()).await.unwrap();

        let seen = server.seen().remove(0);
        assert_eq!(seen.header("api-key"), "abc");
        let many: Vec<_> = seen.headers.get_all("x-many").iter().collect();
        assert_eq!(many, ["1", "2"]);
        assert_ne!(seen.header("content-type"), "text/plain");
        assert_eq!(seen.header("grpc-encoding"), "");
        assert_eq!(seen.header("connection"), "");
        assert!(seen.header("user-agent").starts_with("otelier/"));
        assert_eq!(message(&seen, protocol), batch());
    }
}

#[tokio::test]
async fn a_user_agent_of_the_user_replaces_ours() {
    let server = Server::start(speaks(Protocol::Grpc), |_, _| grpc(0)).await;
    let mut settings = settings(Protocol::Grpc, &server.url());
    settings.headers = vec![(http::header::USER_AGENT, HeaderValue::from_static("mine"))];
    open(settings).send(batch()).await.unwrap();
    assert_eq!(server.seen()[0].header("user-agent"), "mine");
}

/// `partial_success { rejected: 2, error_message: "old" }`
const PARTIAL: [u8; 9] = [0x0a, 7, 0x08, 2, 0x12, 3, b'o', b'l', b'd'];

#[tokio::test]
async fn a_partial_success_is_a_delivery_that_says_what_was_rejected() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, _| match protocol {
            Protocol::Grpc => grpc(0).body([&[0, 0, 0, 0, 9][..], &PARTIAL].concat()),
            Protocol::HttpProtobuf => status(200)
                .header("content-type", "application/x-protobuf")
                .body(PARTIAL.to_vec()),
            Protocol::HttpJson => status(200)
                .header("content-type", "application/json; charset=utf-8")
                .body(r#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"old"}}"#),
        })
        .await;
        let delivered = transport(protocol, &server.url())
            .send(batch())
            .await
            .unwrap();
        assert_eq!(delivered.rejected, 2);
        assert_eq!(delivered.message.as_deref(), Some("old"));
    }
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_a_delivery_if_its_status_is() {
    for protocol in PROTOCOLS {
        for body in [&b"\xff\xff\xff\xff\xff\xff\xff\xff"[..], b"", b"{", b"\x01"] {
            let server = Server::start(speaks(protocol), move |_, _| {
                let answer = ok(protocol).body(body);
                match protocol {
                    Protocol::Grpc => answer,
                    Protocol::HttpProtobuf => {
                        answer.header("content-type", "application/x-protobuf")
                    }
                    Protocol::HttpJson => answer.header("content-type", "application/json"),
                }
            })
            .await;
            let delivered = transport(protocol, &server.url()).send(batch()).await;
            assert_eq!(delivered.unwrap().rejected, 0);
        }
    }
}

#[tokio::test]
async fn endless_answers_are_cut() {
    let server = Server::start(speaks(Protocol::HttpJson), |number, _| match number {
        0 => status(200).endless(),
        1 => status(400).endless(),
        _ => status(200),
    })
    .await;
    let transport = transport(Protocol::HttpJson, &server.url());
    transport.send(batch()).await.unwrap();
    let failure = transport.send(batch()).await.unwrap_err();
    assert_eq!(failure.cause.error_type(), "400");
    transport.send(batch()).await.unwrap();

    let server = Server::start(speaks(Protocol::Grpc), |number, _| match number {
        0 => grpc(0).endless(),
        _ => grpc(0),
    })
    .await;
    let transport = crate::transport(Protocol::Grpc, &server.url());
    let failure = transport.send(batch()).await.unwrap_err();
    assert_eq!(failure.cause.error_type(), "malformed_answer");
    transport.send(batch()).await.unwrap();
}
