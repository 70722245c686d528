//! Metrics while the receiver is away.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use opentelemetry::{KeyValue, metrics::MeterProvider as _};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};
use otelier_collector::{Collector, Metric, Store};
use otelier_core::edge::Exemplars;
use otelier_otlp::{Outbox, Signal};
use tokio::task::spawn_blocking;

use super::{collector, config, is_failing, until};
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

fn count(store: &Store) -> Arc<Metric> {
    store.metrics_named("count").remove(0)
}

/// Adds 2 and 3 while nobody listens and 4 when somebody does. Returns how many
/// points arrived, the last of them, and the books.
async fn through_an_outage(protocol: &str, temporality: &str) -> (u64, f64, (u64, u64, u64)) {
    let first = collector().await;
    let (grpc, http) = (first.grpc_addr().port(), first.http_addr().port());
    let endpoint = match protocol {
        "grpc" => first.grpc_endpoint(),
        _ => first.http_endpoint(),
    };
    first.shutdown().await;
    let meters = Meters::new(
        &endpoint,
        &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
            (
                "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
                temporality,
            ),
        ],
    );
    meters.add(2).await;
    meters.add(3).await;
    until(|| is_failing(&meters.ledger)).await;
    let second = Collector::builder()
        .with_grpc_port(grpc)
        .with_http_port(http);
    let second = second.start().await.unwrap();
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
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        // The last one comes again with the shutdown.
        let expected = (2, 9.0, (2, 2, 0));
        assert_eq!(through_an_outage(protocol, "cumulative").await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn delta_points_wait_for_the_receiver() {
    for protocol in ["grpc", "http/protobuf", "http/json"] {
        for temporality in ["delta", "lowmemory"] {
            let expected = (3, 4.0, (3, 0, 0));
            assert_eq!(through_an_outage(protocol, temporality).await, expected);
        }
    }
}
