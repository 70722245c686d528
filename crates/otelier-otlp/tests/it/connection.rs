use std::{
    sync::Arc,
    task::{Context, Poll, Wake},
    thread::Thread,
    time::Duration,
};

use bytes::Bytes;
use otelier_otlp::{Cause, Protocol, Transport};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    runtime::{Builder, Handle},
    sync::watch,
};

use crate::{
    PROTOCOLS, batch, nowhere, ok, open,
    server::{Reply, Server, Speaks},
    settings, speaks, transport,
};

fn ok_server(protocol: Protocol) -> impl Future<Output = Server> {
    Server::start(speaks(protocol), move |_, _| ok(protocol))
}

#[tokio::test]
async fn batches_share_a_connection() {
    for protocol in PROTOCOLS {
        let server = ok_server(protocol).await;
        let transport = transport(protocol, &server.url());
        assert_eq!(server.connections(), 0);
        for _ in 0..20 {
            transport.clone().send(batch()).await.unwrap();
        }
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn nothing_listening_is_told_with_host_and_port() {
    for protocol in PROTOCOLS {
        let address = nowhere();
        let mut settings = settings(protocol, &format!("http://{address}"));
        settings.timeout = Duration::from_millis(400);
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert_eq!(failure.cause.error_type(), "connection_refused");
        assert!(failure.attempts > 1, "{failure:?}");
        let text = failure.cause.to_string();
        let expected = format!("connection refused by {address}");
        assert!(text.starts_with(&expected), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_starts_late_gets_the_batch() {
    for protocol in PROTOCOLS {
        let address = nowhere();
        let transport = transport(protocol, &format!("http://{address}"));
        let sending = transport.send(batch());
        let starting = async {
            // Nothing tells of an attempt that was refused: there is time for one.
            tokio::time::sleep(Duration::from_millis(100)).await;
            Server::start_at(address, speaks(protocol), None, move |_, _| ok(protocol)).await
        };
        let (sent, server) = tokio::join!(sending, starting);
        assert!(sent.unwrap().attempts > 1);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_told() {
    let mut settings = settings(Protocol::Grpc, "http://otelier.invalid:4317");
    settings.timeout = Duration::from_secs(3);
    let failure = open(settings).send(batch()).await.unwrap_err();
    assert_eq!(failure.cause.error_type(), "name_resolution");
    assert_eq!(
        failure.cause.to_string(),
        "name does not resolve: otelier.invalid:4317"
    );
}

#[tokio::test]
async fn names_and_ipv6_addresses_are_connected_to() {
    for protocol in PROTOCOLS {
        let server = ok_server(protocol).await;
        let url = format!("http://localhost:{}", server.address.port());
        transport(protocol, &url).send(batch()).await.unwrap();

        let address = "[::1]:0".parse().unwrap();
        let Ok(probe) = TcpListener::bind("[::1]:0").await else {
            continue; // A machine without IPv6.
        };
        drop(probe);
        let server =
            Server::start_at(address, speaks(protocol), None, move |_, _| ok(protocol)).await;
        transport(protocol, &server.url())
            .send(batch())
            .await
            .unwrap();
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_restart_between_batches_loses_none() {
    for protocol in PROTOCOLS {
        let mut server = ok_server(protocol).await;
        let address = server.address;
        let transport = transport(protocol, &server.url());
        for _ in 0..10 {
            transport.send(batch()).await.unwrap();
            assert_eq!(server.seen().len(), 1);
            server.stop().await;
            server =
                Server::start_at(address, speaks(protocol), None, move |_, _| ok(protocol)).await;
        }
    }
}

#[tokio::test]
async fn an_idle_connection_that_the_peer_closed_costs_no_batch() {
    for protocol in PROTOCOLS {
        let server = ok_server(protocol).await;
        let transport = transport(protocol, &server.url());
        for round in 1..=20 {
            transport.send(batch()).await.unwrap();
            server.close_connections().await;
            assert_eq!(server.seen().len(), round);
        }
        assert_eq!(server.connections(), 20);
    }
}

#[tokio::test]
async fn a_connection_that_breaks_under_a_batch_is_tried_again() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| match number {
            0 => Reply::Close,
            _ => ok(protocol).into(),
        })
        .await;
        let delivered = transport(protocol, &server.url()).send(batch()).await;
        assert_eq!(delivered.unwrap().attempts, 2);
    }
}

#[tokio::test]
async fn a_goaway_between_batches_loses_none() {
    let server = Server::start(Speaks::Http2, |_, _| ok(Protocol::Grpc)).await;
    let transport = transport(Protocol::Grpc, &server.url());
    for _ in 0..5 {
        transport.send(batch()).await.unwrap();
        server.go_away().await;
    }
    assert_eq!(server.seen().len(), 5);
    assert_eq!(server.connections(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_opens_is_told() {
    // The system accepts, nobody answers to TLS.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    for protocol in PROTOCOLS {
        let mut settings = settings(protocol, &format!("https://{address}"));
        settings.timeout = Duration::from_millis(250);
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert_eq!(
            failure.cause.to_string(),
            format!("no connection to {address} within 200 ms")
        );
        assert_eq!(failure.cause.error_type(), "connect_timeout");
    }
}

#[tokio::test]
async fn batches_may_be_large_and_many_at_once() {
    for protocol in PROTOCOLS {
        let server = ok_server(protocol).await;
        let transport = transport(protocol, &server.url());
        let large = Bytes::from(vec![7; 8 << 20]);
        let sent = tokio::join!(
            transport.send(large.clone()),
            transport.send(large.clone()),
            transport.send(batch()),
            transport.send(large.clone()),
            transport.send(batch()),
        );
        for sent in [sent.0, sent.1, sent.2, sent.3, sent.4] {
            sent.unwrap();
        }
        let seen = server.seen();
        assert_eq!(seen.len(), 5);
        let whole = seen.iter().filter(|it| it.body.ends_with(&large)).count();
        assert_eq!(whole, 3);
    }
}

#[tokio::test]
async fn a_timeout_that_no_clock_holds_is_no_bound() {
    for timeout in [Duration::MAX, Duration::from_secs(u64::MAX / 1000)] {
        let server = ok_server(Protocol::Grpc).await;
        let mut settings = settings(Protocol::Grpc, &server.url());
        settings.timeout = timeout;
        open(settings).send(batch()).await.unwrap();
    }
}

#[tokio::test]
async fn a_peer_that_says_nothing_is_a_timeout() {
    for protocol in PROTOCOLS {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let hole = Handle::current().spawn(async move {
            let mut kept = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut sink = [0; 1024];
                let _ = stream.read(&mut sink).await;
                kept.push(stream);
            }
        });
        let mut settings = settings(protocol, &format!("http://{address}"));
        settings.timeout = Duration::from_millis(300);
        let after = settings.timeout;
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::Timeout { after });
        hole.abort();
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// As the executor under the SDK's threads does it.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(std::thread::current())).into();
    let mut context = Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

#[test]
fn a_thread_outside_of_any_runtime_may_send() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    for protocol in PROTOCOLS {
        let server = runtime.block_on(ok_server(protocol));
        let settings = settings(protocol, &server.url());
        let transport = Transport::new(settings, runtime.handle().clone()).unwrap();
        block_on(transport.send(batch())).unwrap();
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_runtime_that_has_ended_is_a_failure() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let settings = settings(Protocol::Grpc, "http://127.0.0.1:9");
    let transport = Transport::new(settings, runtime.handle().clone()).unwrap();
    drop(runtime);
    let failure = block_on(transport.send(batch())).unwrap_err();
    assert_eq!(failure.cause, Cause::Stopped);
}

/// Greets as servers of HTTP/2 do, then only reads. Notes the kinds of frames,
/// each with the number of its connection.
async fn mute(listener: TcpListener, frames: watch::Sender<Vec<(usize, u8)>>) {
    for number in 0.. {
        let (mut stream, _) = listener.accept().await.unwrap();
        let frames = frames.clone();
        Handle::current().spawn(async move {
            // An empty frame of SETTINGS.
            stream.write_all(b"\0\0\0\x04\0\0\0\0\0").await?;
            let mut preface = [0; 24];
            stream.read_exact(&mut preface).await?;
            loop {
                let mut head = [0; 9];
                stream.read_exact(&mut head).await?;
                let [_, high, low, kind, flags, ..] = head;
                let mut body = vec![0; usize::from(high) << 8 | usize::from(low)];
                stream.read_exact(&mut body).await?;
                let kind = if flags & 1 == 1 { kind | END } else { kind };
                frames.send_modify(|frames| frames.push((number, kind)));
            }
            #[expect(unreachable_code, reason = "names the type of the errors")]
            std::io::Result::Ok(())
        });
    }
}

const DATA: u8 = 0;
const PING: u8 = 6;
/// A frame that ends a stream, or acknowledges.
const END: u8 = 128;

#[tokio::test]
async fn a_connection_that_answers_no_ping_is_given_up_long_before_a_long_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings(
        Protocol::Grpc,
        &format!("http://{}", listener.local_addr().unwrap()),
    );
    settings.timeout = Duration::from_secs(7 * 24 * 3600);
    let (frames, mut seen) = watch::channel(Vec::new());
    let serving = Handle::current().spawn(mute(listener, frames));
    let transport = open(settings);
    let sending = Handle::current().spawn(async move { transport.send(batch()).await });
    let sent = |frames: &Vec<_>| frames.contains(&(0, DATA | END));
    seen.wait_for(sent).await.unwrap();

    // From now on all that waits for time gets it.
    tokio::time::pause();
    let again = |frames: &Vec<_>| frames.iter().any(|(connection, _)| *connection > 0);
    let all = seen.wait_for(again).await.unwrap().clone();
    assert!(all.contains(&(0, PING)), "{all:?}");
    sending.abort();
    serving.abort();
}
