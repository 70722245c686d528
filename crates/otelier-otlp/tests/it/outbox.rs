//! What waits, what is sent when, and what is lost.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use bytes::Bytes;
use otelier_otlp::{Books, Compression, Delivered, Failure, Outbox, Protocol, Transport};
use tokio::task::spawn_blocking;

use crate::{
    PROTOCOLS, nowhere, ok, open,
    server::{Reply, Seen, Server, Speaks, grpc, status},
    settings, speaks,
    tls::Authority,
    unavailable, until,
};

/// A `RetryInfo` of one second.
const RETRY_INFO: &str = "CAgaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIAQ";
const MEBIBYTE: usize = 1 << 20;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Book {
    pub(crate) delivered: usize,
    rejected: u64,
    pub(crate) failed: usize,
    pub(crate) displaced: usize,
    held: usize,
    pub(crate) causes: Vec<String>,
}

#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Book>>);

impl Kept {
    pub(crate) fn read(&self) -> Book {
        self.0.lock().unwrap().clone()
    }
}

impl Books for Kept {
    fn delivered(&self, items: usize, delivered: &Delivered) {
        let mut book = self.0.lock().unwrap();
        book.delivered += items;
        book.rejected += delivered.rejected;
    }

    fn failed(&self, items: usize, failure: &Failure) {
        let mut book = self.0.lock().unwrap();
        book.failed += items;
        book.causes.push(failure.cause.error_type().into_owned());
    }

    fn held(&self, waiting: usize, failure: &Failure) {
        let mut book = self.0.lock().unwrap();
        book.held = book.held.max(waiting);
        book.causes.push(failure.cause.error_type().into_owned());
    }

    fn displaced(&self, items: usize) {
        self.0.lock().unwrap().displaced += items;
    }
}

fn outbox(transport: Transport, capacity: usize) -> (Arc<Outbox>, Kept) {
    let books = Kept::default();
    let outbox = Outbox::open(transport, capacity, NonZeroUsize::MIN, books.clone());
    (Arc::new(outbox), books)
}

fn post(outbox: &Outbox, text: &str, items: usize) {
    outbox.post(outbox.packer().pack_bytes(text.as_bytes()).unwrap(), items);
}

/// Waits for all to be sent, for ten seconds at most.
async fn drained(outbox: &Arc<Outbox>) -> bool {
    drained_within(outbox, Duration::from_secs(10)).await
}

async fn drained_within(outbox: &Arc<Outbox>, bound: Duration) -> bool {
    let outbox = Arc::clone(outbox);
    spawn_blocking(move || outbox.drain(Instant::now() + bound))
        .await
        .unwrap()
}

fn bodies(server: &Server, protocol: Protocol) -> Vec<String> {
    let head = if protocol == Protocol::Grpc { 5 } else { 0 };
    let seen = server.seen();
    let bodies = seen
        .iter()
        .map(|seen| String::from_utf8(seen.body[head..].to_vec()).unwrap());
    bodies.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_arrive_in_the_order_in_which_they_were_posted() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, _| ok(protocol)).await;
        let (outbox, books) = outbox(crate::transport(protocol, &server.url()), MEBIBYTE);
        for number in 0..20 {
            post(&outbox, &format!("batch {number}"), 3);
        }
        assert!(drained(&outbox).await);
        let expected: Vec<_> = (0..20).map(|number| format!("batch {number}")).collect();
        assert_eq!(bodies(&server, protocol), expected);
        assert_eq!(
            books.read(),
            Book {
                delivered: 60,
                ..Book::default()
            }
        );
        assert_eq!(outbox.waiting(), 0);
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_posted_while_the_receiver_is_away_arrives_when_it_returns() {
    for protocol in PROTOCOLS {
        let address = nowhere();
        let mut settings = settings(protocol, &format!("http://{address}"));
        settings.timeout = Duration::from_millis(150);
        let (outbox, books) = outbox(open(settings), MEBIBYTE);
        for number in 0..5 {
            post(&outbox, &format!("batch {number}"), 2);
        }
        assert!(!drained_within(&outbox, Duration::from_millis(600)).await);
        let book = books.read();
        assert_eq!((book.held, book.failed, book.delivered), (10, 0, 0));
        assert_eq!(book.causes[0], "connection_refused");

        let server =
            Server::start_at(address, speaks(protocol), None, move |_, _| ok(protocol)).await;
        assert!(drained(&outbox).await);
        let mut bodies = bodies(&server, protocol);
        // What a busy machine answers too late is sent again.
        bodies.dedup();
        let expected: Vec<_> = (0..5).map(|number| format!("batch {number}")).collect();
        assert_eq!(bodies, expected);
        let book = books.read();
        assert_eq!((book.delivered, book.failed, book.displaced), (10, 0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_never_answers_holds_all_and_loses_nothing() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| match number {
            0 | 1 => Reply::Hang,
            _ => ok(protocol).into(),
        })
        .await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_secs(1);
        let (outbox, books) = outbox(open(settings), MEBIBYTE);
        post(&outbox, "one", 1);
        post(&outbox, "two", 1);
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!((book.delivered, book.held, book.failed), (2, 2, 0));
        assert_eq!(book.causes, ["timeout", "timeout"]);
        assert_eq!(bodies(&server, protocol), ["one", "one", "one", "two"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_give_way_when_there_is_no_more_room() {
    let address = nowhere();
    let protocol = Protocol::HttpProtobuf;
    let mut settings = settings(protocol, &format!("http://{address}"));
    settings.timeout = Duration::from_millis(1);
    let (outbox, books) = outbox(open(settings), 1000);
    for number in 0..50 {
        post(&outbox, &format!("{number:0100}"), 1);
    }
    let server = Server::start_at(address, Speaks::Http1, None, move |_, _| ok(protocol)).await;
    // Each has a millisecond, which not all attempts keep to.
    while !drained_within(&outbox, Duration::from_secs(1)).await {}
    let book = books.read();
    assert_eq!(book.delivered + book.displaced, 50, "{book:?}");
    assert!((39..=40).contains(&book.displaced), "{book:?}");
    let mut newest = bodies(&server, protocol);
    newest.dedup();
    assert!(newest.ends_with(&[format!("{:0100}", 48), format!("{:0100}", 49)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_lost_alone() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| {
            match (number, protocol) {
                (1, Protocol::Grpc) => grpc(3),
                (1, _) => status(400),
                _ => ok(protocol),
            }
        })
        .await;
        let (outbox, books) = outbox(crate::transport(protocol, &server.url()), MEBIBYTE);
        for items in [1, 10, 100] {
            post(&outbox, "batch", items);
        }
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!((book.delivered, book.failed, book.held), (101, 10, 0));
        assert_eq!(server.seen().len(), 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_asks_for_more_time_than_one_delivery_has_gets_it() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| {
            match (number, protocol) {
                // RetryInfo of one second.
                (0, Protocol::Grpc) => grpc(8).trailer("grpc-status-details-bin", RETRY_INFO),
                (0, _) => status(429).header("retry-after", "1"),
                _ => ok(protocol),
            }
        })
        .await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_millis(500);
        let (outbox, books) = outbox(open(settings), MEBIBYTE);
        post(&outbox, "batch", 1);
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!(
            (book.delivered, book.held, book.failed),
            (1, 1, 0),
            "{book:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn being_in_a_hurry_does_not_change_what_the_server_wants() {
    let server = Server::start(Speaks::Http1, |_, _| {
        status(503).header("retry-after", "60")
    })
    .await;
    let transport = crate::transport(Protocol::HttpProtobuf, &server.url());
    let (outbox, books) = outbox(transport, MEBIBYTE);
    post(&outbox, "batch", 1);
    for _ in 0..5 {
        assert!(!drained_within(&outbox, Duration::from_millis(100)).await);
    }
    assert_eq!((books.read().held, server.seen().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn at_the_end_what_is_not_taken_in_time_is_lost_and_counted() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), |_, _| Reply::Hang).await;
        let transport = crate::transport(protocol, &server.url());
        let (outbox, books) = outbox(transport.clone(), MEBIBYTE);
        for items in [1, 10, 100] {
            post(&outbox, "batch", items);
        }
        transport.finish_by(Instant::now() + Duration::from_millis(300));
        assert!(drained(&outbox).await);
        post(&outbox, "late", 1000);
        let book = books.read();
        assert_eq!((book.failed, book.delivered, book.held), (1111, 0, 0));
        assert_eq!((outbox.waiting(), server.seen().len()), (0, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_not_waited_for_where_the_server_asked_for_more_time() {
    let server = Server::start(Speaks::Http1, |_, _| {
        status(503).header("retry-after", "60")
    })
    .await;
    let transport = crate::transport(Protocol::HttpProtobuf, &server.url());
    let (outbox, books) = outbox(transport.clone(), MEBIBYTE);
    post(&outbox, "batch", 1);
    assert!(!drained_within(&outbox, Duration::from_millis(300)).await);
    // Nobody could wait that long.
    transport.finish_by(Instant::now() + Duration::from_secs(50));
    assert!(drained(&outbox).await);
    assert_eq!((books.read().failed, server.seen().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_returns_at_the_end_gets_what_waits() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |number, _| match number {
            0..2 => unavailable(protocol),
            _ => ok(protocol),
        })
        .await;
        let transport = crate::transport(protocol, &server.url());
        let (outbox, books) = outbox(transport.clone(), MEBIBYTE);
        transport.finish_by(Instant::now() + Duration::from_secs(5));
        post(&outbox, "batch", 1);
        assert!(drained(&outbox).await);
        assert_eq!(
            books.read(),
            Book {
                delivered: 1,
                ..Book::default()
            }
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_outbox_sends_what_it_holds() {
    let protocol = Protocol::Grpc;
    let server = Server::start(Speaks::Http2, move |_, _| ok(protocol)).await;
    let (outbox, books) = outbox(crate::transport(protocol, &server.url()), MEBIBYTE);
    for _ in 0..5 {
        post(&outbox, "batch", 1);
    }
    drop(outbox);
    while books.read().delivered < 5 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_batches_are_under_way_where_that_is_asked_for() {
    let protocol = Protocol::Grpc;
    let server = Server::start(Speaks::Http2, move |number, _| match number {
        0 | 1 => Reply::Hang,
        _ => ok(protocol).into(),
    })
    .await;
    let mut settings = settings(protocol, &server.url());
    settings.timeout = Duration::from_secs(1);
    let books = Kept::default();
    let three = NonZeroUsize::new(3).unwrap();
    let outbox = Arc::new(Outbox::open(open(settings), MEBIBYTE, three, books.clone()));
    for number in 0..9 {
        post(&outbox, &format!("batch {number}"), 1);
    }
    while books.read().delivered < 7 {
        tokio::task::yield_now().await;
    }
    assert!(drained(&outbox).await);
    assert_eq!(books.read().delivered, 9);
    drop(outbox);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_batch_is_the_same_at_each_attempt_and_a_rejected_part_is_told() {
    for (compression, name) in [(Compression::Gzip, "gzip"), (Compression::Zstd, "zstd")] {
        let server = Server::start(Speaks::Http1, |number, _| match number {
            0 => status(503),
            // Two rejected.
            _ => status(200)
                .header("content-type", "application/x-protobuf")
                .body(&[0x0a, 2, 8, 2][..]),
        })
        .await;
        let mut settings = settings(Protocol::HttpProtobuf, &server.url());
        settings.compression = compression;
        let (outbox, books) = outbox(open(settings), MEBIBYTE);
        let batch = crate::batch();
        outbox.post(outbox.packer().pack_bytes(&batch).unwrap(), 7);
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!((book.delivered, book.rejected), (7, 2));
        let [first, second] = &server.seen()[..] else {
            panic!("{}", server.seen().len());
        };
        assert_eq!(first.header("content-encoding"), name);
        assert!(first.body == second.body && first.body.len() < batch.len() / 2);
    }
}

/// Refuses, asks for time, is slow, closes, hangs, takes a part, refuses for
/// good; then takes all.
fn faulty(number: usize, protocol: Protocol) -> Reply {
    let part = Bytes::from_static(&[0x0a, 2, 8, 2]);
    match (number, protocol) {
        (0, _) => unavailable(protocol).into(),
        (1, Protocol::Grpc) => grpc(8)
            .trailer("grpc-status-details-bin", RETRY_INFO)
            .into(),
        (1, _) => status(429).header("retry-after", "1").into(),
        (2, _) => Reply::Close,
        (3, _) => Reply::Hang,
        // The first has arrived with number 4.
        (5, Protocol::Grpc) => grpc(3).into(),
        (5, _) => status(400).into(),
        (6, Protocol::Grpc) => {
            let framed = [&[0, 0, 0, 0, 4], &part[..]].concat();
            grpc(0).body(framed).into()
        }
        (6, _) => {
            let answer = status(200).header("content-type", "application/x-protobuf");
            answer.body(part).into()
        }
        _ => ok(protocol).into(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_booked_over_tls_and_compressed_too() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        for compression in [Compression::None, Compression::Gzip] {
            let tls = authority.server("localhost");
            let script = move |number, _: &Seen| faulty(number, protocol);
            let server = Server::start_tls(speaks(protocol), tls, script).await;
            let url = format!("https://localhost:{}", server.address.port());
            let mut settings = settings(protocol, &url);
            settings.tls.ca = Some(authority.pem.path().to_owned());
            settings.compression = compression;
            settings.timeout = Duration::from_secs(2);
            let (outbox, books) = outbox(open(settings), MEBIBYTE);
            for items in [1, 10, 100, 1000] {
                post(&outbox, "batch", items);
            }
            assert!(drained_within(&outbox, Duration::from_secs(30)).await);
            let book = books.read();
            assert_eq!(
                (book.delivered, book.rejected, book.failed, book.displaced),
                (1101, 2, 10, 0),
                "{protocol} {compression:?} {book:?}"
            );
            assert_eq!(server.seen().len(), 8, "{protocol} {compression:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_only_slow_holds_up_who_posts_and_loses_nothing() {
    let protocol = Protocol::HttpProtobuf;
    #[expect(clippy::disallowed_methods, reason = "to be slow is what it is for")]
    let slow = move |_: usize, _: &Seen| {
        std::thread::sleep(Duration::from_millis(2));
        ok(protocol)
    };
    let server = Server::start(Speaks::Http1, slow).await;
    let (outbox, books) = outbox(crate::transport(protocol, &server.url()), 1000);
    let poster = Arc::clone(&outbox);
    let posts = spawn_blocking(move || {
        for number in 0..100 {
            post(&poster, &format!("{number:0100}"), 1);
        }
    });
    posts.await.unwrap();
    assert!(drained(&outbox).await);
    assert_eq!(
        books.read(),
        Book {
            delivered: 100,
            ..Book::default()
        }
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_answers_gets_what_newer_ones_tell_again() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, _| ok(protocol)).await;
        let (outbox, books) = outbox(open(settings(protocol, &server.url())), MEBIBYTE);
        for number in 0..5 {
            outbox.make_way();
            post(&outbox, &format!("collection {number}"), 2);
        }
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!((book.delivered, book.displaced), (10, 0), "{book:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_takes_the_place_of_what_waits_where_way_is_made_for_it() {
    for protocol in PROTOCOLS {
        let away = Arc::new(std::sync::atomic::AtomicBool::new(true));
        let its = Arc::clone(&away);
        let server = Server::start(speaks(protocol), move |_, _| {
            match its.load(std::sync::atomic::Ordering::Acquire) {
                true => unavailable(protocol),
                false => ok(protocol),
            }
        })
        .await;
        let mut settings = settings(protocol, &server.url());
        settings.timeout = Duration::from_millis(200);
        let (outbox, books) = outbox(open(settings), MEBIBYTE);
        for number in 0..5 {
            outbox.make_way();
            post(&outbox, &format!("collection {number}, first part"), 3);
            post(&outbox, &format!("collection {number}, second part"), 2);
            // Nothing goes as long as the receiver is not known to be away.
            until(|| books.read().held > 0).await;
        }
        // The first one may still be under way; it goes when it comes back.
        until(|| books.read().displaced >= 20).await;
        away.store(false, std::sync::atomic::Ordering::Release);
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!(
            (book.delivered, book.failed, book.displaced),
            (5, 0, 20),
            "{book:?}"
        );
        let bodies = bodies(&server, protocol);
        let last = &bodies[bodies.len() - 2..];
        assert_eq!(
            last,
            ["collection 4, first part", "collection 4, second part"]
        );
    }
}
