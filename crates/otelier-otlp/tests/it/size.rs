//! Requests that are too large, and those that could be larger.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry_proto::tonic::{
    collector::{metrics::v1::ExportMetricsServiceRequest, trace::v1::ExportTraceServiceRequest},
    metrics::v1::{Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric::Data},
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};
use otelier_otlp::{Compression, Outbox, Protocol, Signal, Transport};
use tokio::{runtime::Handle, sync::Semaphore, task::spawn_blocking};

use crate::{
    PROTOCOLS, ok, open,
    outbox::Kept,
    server::{Answer, Reply, Seen, Server, grpc, grpc_headers_only, status},
    settings, speaks,
};

/// A request of so many spans, whose names go on from `first`.
fn request(protocol: Protocol, first: usize, spans: usize, padding: usize) -> Vec<u8> {
    let span = |number| Span {
        name: format!("{number}"),
        trace_state: "x".repeat(padding),
        ..Span::default()
    };
    let spans = (first..first + spans).map(span).collect();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    encoded(protocol, &request)
}

fn encoded(protocol: Protocol, request: &(impl prost::Message + serde::Serialize)) -> Vec<u8> {
    match protocol {
        Protocol::HttpJson => serde_json::to_vec(request).unwrap(),
        Protocol::Grpc | Protocol::HttpProtobuf => request.encode_to_vec(),
    }
}

fn decoded<T: prost::Message + Default + serde::de::DeserializeOwned>(seen: &Seen) -> T {
    match seen.header("content-type") {
        "application/json" => serde_json::from_slice(message(seen)).unwrap(),
        _ => T::decode(message(seen)).unwrap(),
    }
}

/// Above it, servers of tests refuse: a span takes four times as much in JSON.
const fn most(protocol: Protocol) -> usize {
    match protocol {
        Protocol::HttpJson => 8_000,
        Protocol::Grpc | Protocol::HttpProtobuf => 1_000,
    }
}

fn message(seen: &Seen) -> &[u8] {
    &seen.body[if seen.header("content-type") == "application/grpc" {
        5
    } else {
        0
    }..]
}

/// The numbers of the spans in a request.
fn numbers(seen: &Seen) -> Vec<usize> {
    let request: ExportTraceServiceRequest = decoded(seen);
    let resources = request.resource_spans.iter();
    let scopes = resources.flat_map(|resource| &resource.scope_spans);
    let spans = scopes.flat_map(|scope| &scope.spans);
    spans.map(|span| span.name.parse().unwrap()).collect()
}

fn outbox(transport: Transport) -> (Arc<Outbox>, Kept) {
    let books = Kept::default();
    let outbox = Outbox::open(transport, 64 << 20, NonZeroUsize::MIN, books.clone());
    (Arc::new(outbox), books)
}

fn post(outbox: &Outbox, request: &[u8], items: usize) {
    outbox.post(outbox.packer().pack_bytes(request).unwrap(), items);
}

async fn drained(outbox: &Arc<Outbox>) -> bool {
    let outbox = Arc::clone(outbox);
    let bound = Duration::from_secs(9);
    spawn_blocking(move || outbox.drain(Instant::now() + bound))
        .await
        .unwrap()
}

/// What servers say to more than 1,000 bytes.
fn refusals(protocol: Protocol) -> Vec<Answer> {
    match protocol {
        Protocol::Grpc => vec![
            grpc(8).trailer(
                "grpc-message",
                "grpc: received message larger than max (2 vs. 1)",
            ),
            grpc_headers_only(8).header("grpc-message", "gRPC message exceeds maximum size 1: 2"),
            grpc(11).trailer(
                "grpc-message",
                "Error, decoded message length too large: found 2",
            ),
            // So do some front ends of clouds.
            grpc(3).trailer(
                "grpc-message",
                "Request payload size exceeds the limit: 1 bytes.",
            ),
        ],
        _ => vec![
            status(413),
            status(400)
                .header("content-type", "text/plain")
                .body("http: request body too large"),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_too_large_for_the_receiver_arrives_in_parts() {
    for protocol in PROTOCOLS {
        for refusal in refusals(protocol) {
            let server =
                Server::start(speaks(protocol), move |_, seen| match message(seen).len() {
                    len if len <= most(protocol) => ok(protocol),
                    _ => refusal.clone(),
                })
                .await;
            let (outbox, books) = outbox(crate::transport(protocol, &server.url()));
            post(&outbox, &request(protocol, 0, 300, 20), 300);
            post(&outbox, &request(protocol, 300, 3, 20), 3);
            assert!(drained(&outbox).await);
            let book = books.read();
            assert_eq!((book.delivered, book.failed), (303, 0), "{book:?}");
            let seen = server.seen();
            let taken = seen
                .iter()
                .filter(|seen| message(seen).len() <= most(protocol));
            let taken: Vec<_> = taken.flat_map(numbers).collect();
            assert_eq!(taken, Vec::from_iter(0..303));
            let passed = outbox.limit().unwrap();
            assert!(
                (most(protocol) / 2..=most(protocol)).contains(&passed),
                "{passed}"
            );
            // It did not ask for each part what it knew already.
            let refused = seen.len()
                - seen
                    .iter()
                    .filter(|s| message(s).len() <= most(protocol))
                    .count();
            assert!(refused <= 8, "{refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collection_that_is_too_large_for_the_receiver_arrives_in_parts() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, seen| match message(seen).len() {
            len if len <= most(protocol) => ok(protocol),
            _ => refusals(protocol)[0].clone(),
        })
        .await;
        let mut settings = settings(protocol, &server.url());
        settings.signal = Signal::Metrics;
        let (outbox, books) = outbox(open(settings));
        let point = |number: u64| NumberDataPoint {
            time_unix_nano: number,
            ..NumberDataPoint::default()
        };
        let sum = Sum {
            data_points: (0..500).map(point).collect(),
            aggregation_temporality: 2,
            is_monotonic: true,
        };
        let metric = Metric {
            name: "sum".to_owned(),
            data: Some(Data::Sum(sum)),
            ..Metric::default()
        };
        let request = ExportMetricsServiceRequest {
            resource_metrics: vec![ResourceMetrics {
                scope_metrics: vec![ScopeMetrics {
                    metrics: vec![metric],
                    ..ScopeMetrics::default()
                }],
                ..ResourceMetrics::default()
            }],
        };
        post(&outbox, &encoded(protocol, &request), 500);
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!((book.delivered, book.failed), (500, 0), "{book:?}");
        let mut times = Vec::new();
        for seen in server.seen() {
            if message(&seen).len() > most(protocol) {
                continue;
            }
            let part: ExportMetricsServiceRequest = decoded(&seen);
            let metric = &part.resource_metrics[0].scope_metrics[0].metrics[0];
            let Some(Data::Sum(sum)) = &metric.data else {
                panic!()
            };
            assert_eq!(
                (&*metric.name, sum.aggregation_temporality, sum.is_monotonic),
                ("sum", 2, true)
            );
            times.extend(sum.data_points.iter().map(|point| point.time_unix_nano));
        }
        assert_eq!(times, Vec::from_iter(0..500));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_by_itself_is_lost_by_its_own_name() {
    for protocol in PROTOCOLS {
        let server = Server::start(speaks(protocol), move |_, seen| match message(seen).len() {
            len if len <= most(protocol) => ok(protocol),
            _ => refusals(protocol)[0].clone(),
        })
        .await;
        let (outbox, books) = outbox(crate::transport(protocol, &server.url()));
        let large = 2 * most(protocol);
        let parts = [(0, 3, 10), (3, 1, large), (4, 4, 10)];
        let parts = parts.map(|(first, spans, padding)| request(protocol, first, spans, padding));
        let whole = match protocol {
            Protocol::HttpJson => {
                let inner = parts.map(|part| {
                    let text = String::from_utf8(part).unwrap();
                    text["{\"resourceSpans\":[".len()..text.len() - 2].to_owned()
                });
                format!("{{\"resourceSpans\":[{}]}}", inner.join(",")).into_bytes()
            }
            _ => parts.concat(),
        };
        post(&outbox, &whole, 8);
        assert!(drained(&outbox).await);
        let book = books.read();
        assert_eq!((book.delivered, book.failed), (7, 1), "{book:?}");
        assert_eq!(book.causes, ["record_too_large"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_to_which_everything_is_too_large_is_not_asked_for_each_record() {
    let server = Server::start(speaks(Protocol::HttpProtobuf), |_, _| status(413)).await;
    let (outbox, books) = outbox(crate::transport(Protocol::HttpProtobuf, &server.url()));
    post(&outbox, &request(Protocol::HttpProtobuf, 0, 512, 20), 512);
    assert!(drained(&outbox).await);
    assert_eq!(books.read().failed, 512);
    let asked = server.seen().len();
    assert!(asked <= 25, "{asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_not_sent_in_parts() {
    let server = Server::start(speaks(Protocol::HttpProtobuf), |_, _| status(413)).await;
    let (outbox, books) = outbox(crate::transport(Protocol::HttpProtobuf, &server.url()));
    post(&outbox, b"something else", 7);
    assert!(drained(&outbox).await);
    assert_eq!((books.read().failed, server.seen().len()), (7, 1));
}

/// A server that answers the first request only when it is told to.
async fn held(
    protocol: Protocol,
    answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static,
) -> (Server, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let its = Arc::clone(&gate);
    let first = AtomicUsize::new(0);
    let server = Server::start(speaks(protocol), move |_, seen| {
        if first.fetch_add(1, Ordering::AcqRel) == 0 {
            return Reply::Hold(Arc::clone(&its), Box::new(answer(seen)));
        }
        Reply::from(answer(seen))
    })
    .await;
    (server, gate)
}

/// Posts ten small batches behind one that is under way.
async fn backlog(server: &Server, outbox: &Arc<Outbox>, protocol: Protocol) {
    post(outbox, &request(protocol, 0, 1, 0), 1);
    while server.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    for number in 1..=10 {
        post(outbox, &request(protocol, number, 1, 0), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_wait_leave_as_one_when_time_is_short() {
    for protocol in PROTOCOLS {
        for (compression, finishes) in [
            (Compression::None, false),
            (Compression::Gzip, true),
            (Compression::Zstd, false),
        ] {
            let (server, gate) = held(protocol, move |_| ok(protocol)).await;
            let mut settings = settings(protocol, &server.url());
            settings.compression = compression;
            let transport = open(settings);
            let (outbox, books) = outbox(transport.clone());
            backlog(&server, &outbox, protocol).await;
            if finishes {
                transport.finish_by(Instant::now() + Duration::from_secs(9));
            }
            let draining = Handle::current().spawn({
                let outbox = Arc::clone(&outbox);
                async move { drained(&outbox).await }
            });
            while !outbox.is_drained_by_anybody() {
                tokio::task::yield_now().await;
            }
            gate.add_permits(1);
            assert!(draining.await.unwrap());
            assert_eq!(books.read().delivered, 11);
            let seen = server.seen();
            assert_eq!(seen.len(), 2, "{protocol} {compression:?}");
            if compression == Compression::None {
                assert_eq!(numbers(&seen[1]), Vec::from_iter(1..=10));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_batches_that_left_as_one_only_that_is_lost_which_is_refused() {
    for protocol in PROTOCOLS {
        let bad = Mutex::new(0);
        let (server, gate) = held(protocol, move |seen| {
            if !numbers(seen).contains(&5) {
                return ok(protocol);
            }
            *bad.lock().unwrap() += 1;
            match protocol {
                Protocol::Grpc => grpc(3),
                _ => status(400),
            }
        })
        .await;
        let (outbox, books) = outbox(crate::transport(protocol, &server.url()));
        backlog(&server, &outbox, protocol).await;
        let draining = Handle::current().spawn({
            let outbox = Arc::clone(&outbox);
            async move { drained(&outbox).await }
        });
        while !outbox.is_drained_by_anybody() {
            tokio::task::yield_now().await;
        }
        gate.add_permits(1);
        assert!(draining.await.unwrap());
        let book = books.read();
        assert_eq!((book.delivered, book.failed), (10, 1), "{book:?}");
    }
}
