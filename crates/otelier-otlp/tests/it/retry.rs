use std::time::{Duration, Instant};

use base64::Engine as _;
use otelier_otlp::{Cause, Compression, Protocol};

use crate::{
    PROTOCOLS, batch, nowhere, ok, open,
    server::{Answer, Reply, Server, grpc, grpc_headers_only, status},
    settings, speaks, transport, unavailable,
};

/// A `grpc-status-details-bin` with a `RetryInfo` of an encoded `Duration`.
fn retry_info(duration: &[u8]) -> String {
    let field = |number: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).unwrap();
        [&[number << 3 | 2, length], bytes].concat()
    };
    let any = [
        field(1, b"type.googleapis.com/google.rpc.RetryInfo"),
        field(2, &field(1, duration)),
    ]
    .concat();
    base64::prelude::BASE64_STANDARD_NO_PAD.encode(field(3, &any))
}

#[tokio::test]
async fn a_server_that_is_not_ready_gets_the_same_bytes_again() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| match number {
            0 | 1 => unavailable(protocol),
            _ => ok(protocol),
        })
        .await;
        let mut settings = settings(protocol, &server.url());
        settings.compression = Compression::Gzip;
        let delivered = open(settings).send(batch()).await.unwrap();

        assert_eq!(delivered.attempts, 3);
        let seen = server.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|it| it.body == seen[0].body));
        assert!(seen.iter().all(|it| it.headers == seen[0].headers));
        assert_eq!(server.connections(), 1);
    }
}

async fn attempts(protocol: Protocol, first: Answer) -> usize {
    let server = Server::start(speaks(protocol), move |number, _| match number {
        0 => first.clone(),
        _ => ok(protocol),
    })
    .await;
    let outcome = transport(protocol, &server.url()).send(batch()).await;
    let seen = server.seen().len();
    match outcome {
        Ok(delivered) => assert_eq!(delivered.attempts, 2),
        Err(failure) => assert_eq!(failure.attempts, 1),
    }
    seen
}

#[tokio::test]
async fn the_specification_says_which_http_statuses_are_tried_again() {
    for code in [429, 502, 503, 504] {
        assert_eq!(
            attempts(Protocol::HttpJson, status(code)).await,
            2,
            "{code}"
        );
    }
    for code in [301, 307, 400, 401, 403, 404, 408, 413, 415, 500, 501, 505] {
        assert_eq!(
            attempts(Protocol::HttpJson, status(code)).await,
            1,
            "{code}"
        );
    }
}

#[tokio::test]
async fn the_specification_says_which_grpc_statuses_are_tried_again() {
    for code in 1..=17 {
        let again = matches!(code, 1 | 4 | 10 | 11 | 14 | 15);
        let expected = if again { 2 } else { 1 };
        assert_eq!(
            attempts(Protocol::Grpc, grpc(code)).await,
            expected,
            "{code}"
        );
        let headers_only = grpc_headers_only(code);
        assert_eq!(
            attempts(Protocol::Grpc, headers_only).await,
            expected,
            "{code}"
        );
    }
}

#[tokio::test]
async fn resource_exhausted_is_tried_again_only_if_the_server_says_when() {
    let details = retry_info(&[2 << 3, 9]);
    let in_trailers = grpc(8).trailer("grpc-status-details-bin", &details);
    assert_eq!(attempts(Protocol::Grpc, in_trailers).await, 2);
    let in_headers = grpc_headers_only(8).header("grpc-status-details-bin", &details);
    assert_eq!(attempts(Protocol::Grpc, in_headers).await, 2);
    let without = grpc(8).trailer("grpc-status-details-bin", "CAg");
    assert_eq!(attempts(Protocol::Grpc, without).await, 1);
}

#[tokio::test]
async fn a_proxys_http_status_is_tried_again_in_grpc_too() {
    assert_eq!(attempts(Protocol::Grpc, status(503)).await, 2);
    assert_eq!(attempts(Protocol::Grpc, status(429)).await, 2);
    assert_eq!(attempts(Protocol::Grpc, status(401)).await, 1);
}

/// The server asks to come again after so many seconds, below 128.
fn not_before(protocol: Protocol, seconds: u8) -> Answer {
    match protocol {
        Protocol::Grpc => {
            let details = retry_info(&[1 << 3, seconds]);
            grpc(14).trailer("grpc-status-details-bin", &details)
        }
        _ => status(429).header("retry-after", &seconds.to_string()),
    }
}

#[tokio::test]
async fn a_wait_that_the_server_asks_for_is_waited() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| match number {
            0 => not_before(protocol, 1),
            _ => ok(protocol),
        })
        .await;
        let transport = transport(protocol, &server.url());
        assert_eq!(transport.send(batch()).await.unwrap().attempts, 2);
    }
}

#[tokio::test]
async fn a_wait_that_the_server_asks_for_is_not_shortened() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, _| not_before(protocol, 60)).await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_secs(3600);
        let transport = open(settings);
        // Longer than the first waits of our own together.
        let while_we_look = Duration::from_millis(400);
        let sending = tokio::time::timeout(while_we_look, transport.send(batch()));
        assert!(sending.await.is_err());
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_wait_beyond_the_bound_is_not_begun() {
    for protocol in [Protocol::HttpProtobuf, Protocol::Grpc] {
        // Over gRPC this comes from a proxy.
        let server = Server::start(speaks(protocol), |_, _| {
            status(503).header("retry-after", "3600")
        })
        .await;
        let failure = transport(protocol, &server.url())
            .send(batch())
            .await
            .unwrap_err();
        assert_eq!(failure.attempts, 1);
        assert_eq!(failure.cause.error_type(), "503");
        assert_eq!(failure.retry_after, Some(Duration::from_secs(3600)));
    }
}

#[tokio::test]
async fn a_wait_beyond_the_bound_is_not_begun_in_grpc_either() {
    // An hour.
    let details = retry_info(&[1 << 3, 0x90, 0x1c]);
    for code in [8, 14] {
        let answer = grpc(code).trailer("grpc-status-details-bin", &details);
        assert_eq!(attempts(Protocol::Grpc, answer).await, 1);
    }
}

#[tokio::test]
async fn attempts_end_with_the_bound_and_the_last_cause_is_told() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, _| unavailable(protocol)).await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_millis(700);
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert!(failure.attempts >= 2, "{failure:?}");
        assert!(matches!(
            failure.cause.error_type().as_ref(),
            "503" | "UNAVAILABLE"
        ));
        assert!(server.seen().len() >= 2);
    }
}

#[tokio::test]
async fn a_server_that_never_answers_costs_the_bound_and_then_its_connection() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| match number {
            0 => Reply::Hang,
            _ => ok(protocol).into(),
        })
        .await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_millis(500);
        let after = settings.timeout;
        let transport = open(settings);
        let failure = transport.send(batch()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::Timeout { after });
        assert_eq!(failure.attempts, 1);
        assert_eq!(failure.to_string(), "timed out after 500 ms");

        transport.send(batch()).await.unwrap();
        let seen = server.seen();
        assert_ne!(seen[0].connection, seen[1].connection);
    }
}

#[tokio::test]
async fn a_deadline_ends_attempts_and_waits_that_are_under_way() {
    for protocol in PROTOCOLS {
        for hang in [true, false] {
            let server = Server::start(speaks(protocol), move |_, _| {
                if hang {
                    Reply::Hang
                } else {
                    unavailable(protocol).into()
                }
            })
            .await;
            let transport = transport(protocol, &server.url());
            let sending = transport.send(batch());
            let stopping = async {
                while server.seen().is_empty() {
                    tokio::task::yield_now().await;
                }
                transport.finish_by(Instant::now() + Duration::from_millis(50));
            };
            let (sent, ()) = tokio::join!(sending, stopping);
            let failure = sent.unwrap_err();
            assert!(failure.attempts >= 1);
            if hang {
                assert_eq!(failure.cause, Cause::Stopped);
            } else {
                assert_ne!(failure.cause, Cause::Stopped);
            }
            // And nothing begins after it.
            transport.finish_by(Instant::now());
            let before = server.seen().len();
            let failure = transport.send(batch()).await.unwrap_err();
            assert_eq!((failure.cause, failure.attempts), (Cause::Stopped, 0));
            assert_eq!(server.seen().len(), before);
        }
    }
}

#[tokio::test]
async fn a_program_that_ends_does_not_wait_for_a_server_that_was_never_there() {
    let url = format!("http://{}", nowhere());
    for protocol in PROTOCOLS {
        let transport = transport(protocol, &url);
        transport.finish_by(Instant::now() + Duration::from_secs(3600));
        let failure = transport.send(batch()).await.unwrap_err();
        assert!(matches!(failure.cause, Cause::Refused { .. }));
        assert_eq!(failure.attempts, 3);
    }
}

#[tokio::test]
async fn a_program_that_ends_does_not_wait_for_a_name_that_never_resolved() {
    for protocol in PROTOCOLS {
        let transport = transport(protocol, "http://otelier.invalid:4317");
        transport.finish_by(Instant::now() + Duration::from_secs(3600));
        let failure = transport.send(batch()).await.unwrap_err();
        assert_eq!(failure.cause.error_type(), "name_resolution");
        assert_eq!(failure.attempts, 3);
    }
}

#[tokio::test]
async fn dropping_a_send_stops_its_attempts() {
    let server = Server::start(speaks(Protocol::HttpJson), |_, _| status(503)).await;
    let transport = transport(Protocol::HttpJson, &server.url());
    {
        let sending = std::pin::pin!(transport.send(batch()));
        let seen = async {
            while server.seen().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = sending => panic!("it cannot have ended"),
            () = seen => {}
        }
    }
    let seen = server.seen().len();
    // What does not come cannot be waited for: there is time for some attempts.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(server.seen().len() <= seen + 1);
}
