//! A receiver that ends and begins again, under load.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    num::NonZeroUsize,
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    KeyValue,
    trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use otelier_otlp::{Compression, Encoder, Outbox, Policy, Protocol};
use prost::Message as _;
use tokio::{runtime::Handle, task::spawn_blocking};

use crate::{
    delivery::message,
    nowhere, ok, open,
    outbox::Kept,
    server::{Seen, Server},
    settings, speaks,
    tls::Authority,
    until,
};

/// Spans in a batch.
const BATCH: u64 = 20;

#[derive(Debug)]
struct Open;

impl Policy for Open {}

fn span(number: u64) -> SpanData {
    let now = SystemTime::now();
    SpanData {
        span_context: SpanContext::new(
            TraceId::from(1),
            SpanId::from(number),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "work".into(),
        start_time: now,
        end_time: now,
        attributes: vec![KeyValue::new("text", "x".repeat(1000))],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: opentelemetry::InstrumentationScope::default(),
    }
}

/// Posts batches, with a pause between two, until it is told to stop. Returns the number of
/// spans.
fn load(outbox: &Outbox, stop: &Receiver<()>, pause: Duration) -> u64 {
    let mut encoder = Encoder::new(Open);
    let mut packer = outbox.packer();
    let mut posted = 0;
    loop {
        let batch: Vec<_> = (1..=BATCH).map(|at| span(posted + at)).collect();
        posted += BATCH;
        encoder.spans(&batch, |request| {
            let items = request.items();
            outbox.post(packer.pack(request).unwrap(), items);
        });
        if stop.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
            return posted;
        }
    }
}

fn ids(seen: &Seen, protocol: Protocol) -> Vec<u64> {
    let request = ExportTraceServiceRequest::decode(&message(seen, protocol)[..]).unwrap();
    let scopes = request.resource_spans.iter().flat_map(|it| &it.scope_spans);
    let spans = scopes.flat_map(|scope| &scope.spans);
    let id = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
    spans.map(|span| id(&span.span_id)).collect()
}

/// What a receiver was sent, span by span, and whether it may not have come to
/// answer that: of each connection's last request nobody knows.
fn receipts(server: &Server, protocol: Protocol) -> Vec<(u64, bool)> {
    let seen = server.seen();
    let mut last = HashMap::new();
    for (at, request) in seen.iter().enumerate() {
        last.insert(request.connection, at);
    }
    let each = seen.iter().enumerate();
    each.flat_map(|(at, request)| {
        let in_doubt = last[&request.connection] == at;
        let ids = ids(request, protocol).into_iter();
        ids.map(move |id| (id, in_doubt))
    })
    .collect()
}

#[derive(Clone, Copy, Debug)]
struct Way {
    protocol: Protocol,
    compression: Compression,
    secure: bool,
}

fn ways() -> Vec<Way> {
    let mut ways = Vec::new();
    for protocol in [Protocol::Grpc, Protocol::HttpProtobuf] {
        for compression in [Compression::None, Compression::Gzip] {
            for secure in [false, true] {
                ways.push(Way {
                    protocol,
                    compression,
                    secure,
                });
            }
        }
    }
    ways
}

/// Lets a receiver live `lives` times under load, for so many requests; its ends are
/// abrupt, but for the last. Nothing may be lost, and nothing that it answered may come
/// twice.
async fn restarts(way: Way, lives: usize, requests: usize, pause: Duration) {
    let Way {
        protocol,
        compression,
        secure,
    } = way;
    let authority = Authority::new();
    let start = async |address: SocketAddr| {
        let tls = secure.then(|| authority.server("localhost"));
        let server =
            Server::start_at(address, speaks(protocol), tls, move |_, _| ok(protocol)).await;
        server.end_abruptly();
        server
    };
    let address = nowhere();
    let scheme = if secure { "https" } else { "http" };
    let url = format!("{scheme}://localhost:{}", address.port());
    let mut settings = settings(protocol, &url);
    settings.tls.ca = secure.then(|| authority.pem.path().to_owned());
    settings.compression = compression;
    // Enough for a busy machine to answer in: what is not answered comes twice.
    settings.timeout = Duration::from_secs(60);
    let books = Kept::default();
    let outbox = Outbox::open(open(settings), 64 << 20, NonZeroUsize::MIN, books.clone());
    let outbox = Arc::new(outbox);

    let (stop, told) = mpsc::channel();
    let loading = {
        let outbox = Arc::clone(&outbox);
        spawn_blocking(move || load(&outbox, &told, pause))
    };
    let mut got = Vec::new();
    for _ in 0..lives {
        let mut server = start(address).await;
        until(|| server.requests() >= requests).await;
        server.end().await;
        got.extend(receipts(&server, protocol));
        // While it is away, what is posted waits.
        let waiting = outbox.waiting() + requests / 3 * BATCH as usize;
        until(|| outbox.waiting() >= waiting).await;
    }
    let server = start(address).await;
    stop.send(()).unwrap();
    let posted = loading.await.unwrap();
    let bound = Instant::now() + Duration::from_secs(300);
    assert!(spawn_blocking(move || outbox.drain(bound)).await.unwrap());
    got.extend(
        receipts(&server, protocol)
            .into_iter()
            .map(|(id, _)| (id, false)),
    );

    let book = books.read();
    let whole = usize::try_from(posted).unwrap();
    assert_eq!(
        (book.delivered, book.failed, book.displaced),
        (whole, 0, 0),
        "{way:?}"
    );
    let arrived: HashSet<_> = got.iter().map(|(id, _)| *id).collect();
    assert_eq!(arrived.len(), whole, "{way:?}: lost");
    let mut later = HashSet::new();
    for (id, in_doubt) in got.iter().rev() {
        let again = !later.insert(id);
        assert!(
            *in_doubt || !again,
            "{way:?}: {id} was answered and sent again"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_dies_under_load_gets_everything_once() {
    let all = ways().into_iter().map(|way| {
        let runs = restarts(way, 3, 30, Duration::from_millis(5));
        Handle::current().spawn(runs)
    });
    for run in all.collect::<Vec<_>>() {
        run.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes half a minute for each of eight ways"]
async fn a_receiver_that_dies_again_and_again_gets_everything_once() {
    for way in ways() {
        restarts(way, 10, 300, Duration::from_millis(5)).await;
        println!("{way:?}: nothing lost, nothing answered sent again");
    }
}
