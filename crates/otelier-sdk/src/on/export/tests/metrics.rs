//! Metrics while the receiver is away.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::{Duration, Instant},
};

use opentelemetry::{KeyValue, metrics::MeterProvider as _};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};
use otelier_collector::{Metric, Store};
use otelier_core::edge::Exemplars;
use otelier_otlp::{Outbox, Signal};
use tokio::{
    runtime::Handle,
    task::{JoinHandle, block_in_place, spawn_blocking},
};

use super::{Later, config, is_failing, sending::answering, until};
use crate::imp::{
    hooks::Hooks,
    ledger::{Counts, Ledger},
    providers::{self, Outlets},
    runtime::ExportRuntime,
    scrape::Pages,
};

pub(super) struct Meters {
    pub(super) provider: SdkMeterProvider,
    pub(super) exemplars: Option<Exemplars>,
    pub(super) pages: Pages,
    outbox: Option<Arc<Outbox>>,
    ledger: Arc<Ledger>,
    _runtime: ExportRuntime,
}

impl Meters {
    pub(super) fn new(endpoint: &str, variables: &[(&str, &str)]) -> Self {
        Self::with(endpoint, variables, &Hooks::new())
    }

    pub(super) fn with(endpoint: &str, variables: &[(&str, &str)], hooks: &Hooks) -> Self {
        let config = config(endpoint, variables);
        let runtime = ExportRuntime::start().unwrap();
        let ledger = Arc::new(Ledger::new(Signal::Metrics, 0, None));
        let handle = runtime.handle().clone();
        let outlets = Outlets::open(Signal::Metrics, &config, &ledger, &handle).unwrap();
        let resource = Resource::builder_empty().build();
        let mut added = hooks.take();
        let metering = providers::meter(&config, &resource, Some(&outlets), &mut added);
        let metering = metering.unwrap();
        Self {
            provider: metering.provider,
            exemplars: metering.exemplars,
            pages: metering.pages,
            outbox: outlets.outbox(),
            ledger,
            _runtime: runtime,
        }
    }

    async fn add(&self, value: u64) {
        self.add_with(value, &[]).await;
    }

    /// As the guard flushes them: they are handed over, and sent.
    pub(super) async fn add_with(&self, value: u64, labels: &[KeyValue]) {
        let counter = self.provider.meter("rig").u64_counter("count").build();
        counter.add(value, labels);
        self.flush().await;
    }

    pub(super) async fn flush(&self) {
        let (provider, outbox) = (self.provider.clone(), self.outbox.clone());
        let flush = move || {
            provider.force_flush().ok();
            // Not as long as a flush may take: the receiver may be away.
            let soon = Instant::now() + Duration::from_millis(500);
            outbox.is_some_and(|outbox| outbox.drain(soon))
        };
        spawn_blocking(flush).await.unwrap();
    }

    fn books(&self) -> (u64, u64, u64) {
        let counts: Counts = self.ledger.counts();
        (counts.exported, counts.dropped(), counts.failed)
    }
}

const PROTOCOLS: [&str; 3] = ["grpc", "http/protobuf", "http/json"];

fn spawn<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    Handle::current().spawn(future)
}

fn count(store: &Store) -> Arc<Metric> {
    store.metrics_named("count").remove(0)
}

/// Adds 2 and 3 while nobody listens and 4 when somebody does. Returns how many
/// points arrived, the last of them, and the books.
async fn through_an_outage(
    protocol: &'static str,
    temporality: &'static str,
) -> (u64, f64, (u64, u64, u64)) {
    let later = Later::new();
    let meters = Meters::new(
        &later.endpoint(&[("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)]),
        &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            // Enough for a busy machine to answer in: what is not answered comes twice.
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
            (
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
                temporality,
            ),
        ],
    );
    meters.add(2).await;
    until(|| is_failing(&meters.ledger)).await;
    meters.add(3).await;
    if temporality == "cumulative" {
        until(|| meters.books().1 == 1).await;
    }
    let second = later.start().await;
    meters.add(4).await;
    let provider = meters.provider.clone();
    spawn_blocking(move || provider.shutdown().ok())
        .await
        .unwrap();
    let waiting = meters.outbox.as_ref().map_or(0, |outbox| outbox.waiting());
    assert_eq!(waiting, 0);
    let count = count(second.store());
    (count.updates(), count.value().unwrap(), meters.books())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_cumulative_points_the_newest_wait_for_the_receiver() {
    // Side by side, as each waits until its exporter has given up.
    let outages = PROTOCOLS.map(|protocol| spawn(through_an_outage(protocol, "cumulative")));
    for outage in outages {
        let (updates, last, books) = outage.await.unwrap();
        // The second may go when the receiver is back and the third is not there yet;
        // the last one comes again with the shutdown.
        assert!((2..=3).contains(&updates), "{updates}");
        assert_eq!((last, books), (9.0, (updates, 4 - updates, 0)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delta_points_wait_for_the_receiver() {
    let outages = ["delta", "lowmemory"].map(|temporality| {
        PROTOCOLS.map(|protocol| spawn(through_an_outage(protocol, temporality)))
    });
    for outage in outages.into_iter().flatten() {
        assert_eq!(outage.await.unwrap(), (3, 4.0, (3, 0, 0)));
    }
}

/// Collects three times while the first is under way, then waits for all. Returns how
/// many requests there were, and how many at the same time at most.
async fn three_at_once(temporality: &str, concurrency: &str) -> (usize, usize) {
    let (requests, open, most) = <[Arc<AtomicUsize>; 3]>::default().into();
    let (begun, begins) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    let ends = Mutex::new(ends);
    let counts = (Arc::clone(&requests), Arc::clone(&most));
    let endpoint = answering(move || {
        requests.fetch_add(1, SeqCst);
        most.fetch_max(open.fetch_add(1, SeqCst) + 1, SeqCst);
        begun.send(()).ok();
        // Each one, once nobody sends any more.
        ends.lock().unwrap().recv().ok();
        open.fetch_sub(1, SeqCst);
    });
    let variables = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "60000"),
        ("OTELIER_EXPORT_CONCURRENCY", concurrency),
        (
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            temporality,
        ),
    ];
    let meters = Meters::new(&endpoint, &variables);
    let counter = meters.provider.meter("rig").u64_counter("count").build();
    let outbox = meters.outbox.clone().unwrap();
    let provider = meters.provider.clone();
    let collect = move || {
        counter.add(1, &[]);
        provider.force_flush().unwrap();
    };
    block_in_place(&collect);
    block_in_place(|| begins.recv().unwrap());
    block_in_place(&collect);
    block_in_place(&collect);
    let draining = Arc::clone(&outbox);
    let soon = Instant::now() + Duration::from_secs(5);
    let drained = spawn_blocking(move || draining.drain(soon));
    until(|| outbox.is_drained_by_anybody()).await;
    drop(end);
    assert!(drained.await.unwrap());
    (counts.0.load(SeqCst), counts.1.load(SeqCst))
}

#[tokio::test(flavor = "multi_thread")]
async fn cumulative_collections_go_one_by_one_also_when_time_is_short() {
    assert_eq!(three_at_once("cumulative", "1").await, (3, 1));
    assert_eq!(three_at_once("cumulative", "3").await, (3, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn delta_collections_go_as_one_when_time_is_short() {
    assert_eq!(three_at_once("delta", "1").await, (2, 1));
}
