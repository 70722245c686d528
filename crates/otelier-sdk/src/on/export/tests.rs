//! Spans and log records from a provider to a collector, and the books of it.

mod exemplars;
mod metrics;
mod scraped;
mod sending;
#[cfg(feature = "stock")]
mod stock;

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    logs::{LogRecord as _, Logger as _, LoggerProvider as _},
    trace::{Span as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::{Resource, logs::SdkLoggerProvider, trace::SdkTracerProvider};
use otelier_collector::{Code, Collector, Fault, Refusal, Running, Store};
use otelier_otlp::{Signal, Transport};
use programs::unused_port;
use tokio::runtime::Handle;

use crate::{
    State,
    imp::{
        config::{Config, tests::nameless},
        hooks::Added,
        ledger::{Counts, Ledger},
        providers::{self, Outlets},
        runtime::ExportRuntime,
    },
};

/// What is started for a process, but not installed.
struct Rig {
    tracer: SdkTracerProvider,
    logger: SdkLoggerProvider,
    ledgers: [Arc<Ledger>; 2],
    transports: Vec<Transport>,
    _runtime: ExportRuntime,
}

impl Rig {
    fn new(endpoint: &str, variables: &[(&str, &str)]) -> Self {
        let config = config(endpoint, variables);
        let runtime = ExportRuntime::start().unwrap();
        let handle = runtime.handle().clone();
        let resource = Resource::builder_empty()
            .with_attributes([KeyValue::new("service.name", "rig")])
            .build();
        let [traces, logs] = [Signal::Traces, Signal::Logs].map(|signal| {
            let ledger = Arc::new(Ledger::new(signal, 100_000, None));
            let outlets = Outlets::open(signal, &config, &ledger, &handle).unwrap();
            (outlets, ledger)
        });
        Self {
            tracer: providers::tracer(&config, &resource, Some(&traces.0), &mut Added::default())
                .unwrap(),
            logger: providers::logger(&config, &resource, Some(&logs.0), &mut Added::default())
                .unwrap(),
            transports: [&traces.0, &logs.0]
                .iter()
                .filter_map(|it| it.transport())
                .collect(),
            ledgers: [traces.1, logs.1],
            _runtime: runtime,
        }
    }

    fn record(&self, count: usize) {
        let tracer = self.tracer.tracer("rig");
        let logger = self.logger.logger("rig");
        for number in 0..count {
            let number = i64::try_from(number).unwrap();
            let mut span = tracer.start("work");
            span.set_attribute(KeyValue::new("number", number));
            span.end();
            let mut record = logger.create_log_record();
            record.set_body("done".into());
            record.add_attribute("number", number);
            logger.emit(record);
        }
    }

    async fn flush(&self) {
        let (tracer, logger) = (self.tracer.clone(), self.logger.clone());
        let wait = tokio::task::spawn_blocking(move || {
            tracer.force_flush().ok();
            logger.force_flush().ok();
        });
        wait.await.unwrap();
    }

    /// As the guard does it.
    async fn stop(&self, bound: Duration) {
        let deadline = Instant::now() + bound;
        for transport in &self.transports {
            transport.finish_by(deadline - bound / 10);
        }
        let (tracer, logger) = (self.tracer.clone(), self.logger.clone());
        let wait = tokio::task::spawn_blocking(move || {
            tracer.shutdown_with_timeout(bound).ok();
            logger.shutdown_with_timeout(bound).ok();
        });
        wait.await.unwrap();
        for ledger in &self.ledgers {
            ledger.abandon();
        }
    }

    /// Of both signals, which are the same.
    fn books(&self) -> Counts {
        let [traces, logs] = [0, 1].map(|at: usize| self.ledgers[at].counts());
        let shown = |counts: &Counts| {
            let Counts {
                exported, failed, ..
            } = *counts;
            (
                exported,
                failed,
                counts.dropped(),
                counts.inflight,
                counts.waiting,
            )
        };
        assert_eq!(shown(&traces), shown(&logs));
        traces
    }

    /// Exported, dropped, failed.
    fn settled(&self) -> (u64, u64, u64) {
        let counts = self.books();
        assert_eq!((counts.inflight, counts.waiting), (0, 0), "{counts:?}");
        (counts.exported, counts.dropped(), counts.failed)
    }

    async fn reaches(&self, done: impl Fn(&Ledger) -> bool) {
        until(|| self.ledgers.iter().all(|ledger| done(ledger))).await;
    }
}

/// Looks until it is so.
async fn until(mut look: impl FnMut() -> bool) {
    let looking = async {
        while !look() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(Duration::from_secs(60), looking).await;
    assert!(came.is_ok(), "it never came");
}

fn config(endpoint: &str, variables: &[(&str, &str)]) -> Config {
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)];
    let all: HashMap<_, _> = variables.iter().chain(&endpoint).copied().collect();
    let lookup = |name: &str| all.get(name).map(|value| (*value).to_owned());
    // So long that there is always time for many requests.
    let mut setup = nameless();
    setup.shutdown_timeout = Duration::from_secs(60);
    let config = Config::from_env(&lookup, &setup);
    assert!(config.problems.is_empty(), "{:?}", config.problems);
    config
}

fn is_failing(ledger: &Ledger) -> bool {
    matches!(ledger.status().state, State::Failing { .. })
}

type Way = [(&'static str, &'static str); 2];

/// Side by side, where each waits until its exporter has given up, or may try again.
async fn on_every_way<F: Future<Output = ()> + Send + 'static>(run: impl Fn(Way) -> F) {
    let runs: Vec<_> = ways().into_iter().map(run).collect();
    let runs = runs.into_iter().map(|run| Handle::current().spawn(run));
    for run in runs.collect::<Vec<_>>() {
        run.await.unwrap();
    }
}

/// Protocol and compression, each with each; JSON is compressed as all others.
fn ways() -> Vec<Way> {
    let protocols = ["grpc", "http/protobuf", "http/json"];
    let compressions = ["none", "gzip", "zstd"];
    let ways = protocols.into_iter().flat_map(|protocol| {
        compressions.map(|compression| {
            [
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
            ]
        })
    });
    ways.collect()
}

fn endpoint(collector: &Running, way: &[(&str, &str)]) -> String {
    match is_grpc(way) {
        true => collector.grpc_endpoint(),
        false => collector.http_endpoint(),
    }
}

fn is_grpc(way: &[(&str, &str)]) -> bool {
    way.contains(&("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"))
}

/// Where a collector is later, and none is as yet.
struct Later {
    grpc: u16,
    http: u16,
}

impl Later {
    fn new() -> Self {
        Self {
            grpc: unused_port(),
            http: unused_port(),
        }
    }

    fn endpoint(&self, way: &[(&str, &str)]) -> String {
        let port = if is_grpc(way) { self.grpc } else { self.http };
        format!("http://127.0.0.1:{port}")
    }

    async fn start(&self) -> Running {
        let collector = Collector::builder()
            .with_grpc_port(self.grpc)
            .with_http_port(self.http);
        collector.start().await.unwrap()
    }
}

async fn collector() -> Running {
    Collector::builder().start().await.unwrap()
}

/// What arrived, each once: spans and log records.
fn arrived(store: &Store) -> (usize, usize) {
    let spans = store.spans();
    let ids: BTreeSet<_> = spans.iter().map(|span| span.id().to_string()).collect();
    assert_eq!(ids.len(), spans.len());
    (spans.len(), store.logs().len())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_arrives_once_on_every_way() {
    for way in ways() {
        let collector = collector().await;
        let rig = Rig::new(&endpoint(&collector, &way), &way);
        rig.record(1_000);
        rig.flush().await;
        assert_eq!(rig.settled(), (1_000, 0, 0), "{way:?}");
        assert_eq!(arrived(collector.store()), (1_000, 1_000));
        rig.stop(Duration::from_secs(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_refuses_at_first_gets_all_of_it_once() {
    for way in ways() {
        let collector = collector().await;
        let refusal = Refusal::new(Code::Unavailable, "not now");
        collector.set_fault(Fault::FailFirst(2, refusal));
        let rig = Rig::new(&endpoint(&collector, &way), &way);
        rig.record(600);
        rig.flush().await;
        assert_eq!(rig.settled(), (600, 0, 0), "{way:?}");
        assert_eq!(arrived(collector.store()), (600, 600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_asks_for_time_gets_all_of_it_once() {
    on_every_way(asks_for_time).await;
}

async fn asks_for_time(way: Way) {
    let collector = collector().await;
    let refusal = Refusal::new(Code::ResourceExhausted, "too many");
    let refusal = refusal.with_retry_after(Duration::from_secs(3));
    collector.set_fault(Fault::FailFirst(1, refusal));
    // Less than the receiver asks for: the batch has to wait outside.
    let mut way = way.to_vec();
    way.push(("OTEL_EXPORTER_OTLP_TIMEOUT", "2900"));
    let rig = Rig::new(&endpoint(&collector, &way), &way);
    rig.record(10);
    rig.flush().await;
    assert_eq!(rig.settled(), (10, 0, 0), "{way:?}");
    assert_eq!(arrived(collector.store()), (10, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_for_good_is_failed_and_not_kept() {
    for way in ways() {
        let collector = collector().await;
        collector.set_fault(Fault::Reject(Refusal::new(Code::InvalidArgument, "no")));
        let rig = Rig::new(&endpoint(&collector, &way), &way);
        rig.record(600);
        rig.flush().await;
        assert_eq!(rig.settled(), (0, 0, 600), "{way:?}");
        assert!(rig.ledgers.iter().all(|ledger| is_failing(ledger)));
        collector.set_fault(Fault::None);
        rig.record(1);
        rig.flush().await;
        assert_eq!(rig.settled(), (1, 0, 600));
        assert!(!rig.ledgers.iter().any(|ledger| is_failing(ledger)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_and_a_partial_success_are_booked() {
    for way in ways() {
        let collector = collector().await;
        collector.set_fault(Fault::Delay(Duration::from_millis(100)));
        let rig = Rig::new(&endpoint(&collector, &way), &way);
        rig.record(10);
        rig.flush().await;
        assert_eq!(rig.settled(), (10, 0, 0), "{way:?}");
        collector.set_fault(Fault::Partial(3, "quota".to_owned()));
        rig.record(10);
        rig.flush().await;
        assert_eq!(rig.settled(), (17, 0, 3), "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_black_hole_holds_what_is_recorded_until_the_end() {
    for way in ways() {
        let collector = collector().await;
        collector.set_fault(Fault::BlackHole);
        let mut way = way.to_vec();
        way.push(("OTEL_EXPORTER_OTLP_TIMEOUT", "100"));
        let rig = Rig::new(&endpoint(&collector, &way), &way);
        rig.record(600);
        rig.reaches(is_failing).await;
        let counts = rig.ledgers[0].counts();
        assert_eq!(
            (counts.exported, counts.failed, counts.dropped()),
            (0, 0, 0)
        );
        rig.stop(Duration::from_secs(1)).await;
        assert_eq!(rig.settled(), (0, 0, 600), "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_comes_late_gets_what_waited() {
    on_every_way(comes_late).await;
}

async fn comes_late(way: Way) {
    let later = Later::new();
    let place = later.endpoint(&way);
    let mut way = way.to_vec();
    // Enough for a busy machine to answer in: what is not answered comes twice.
    way.push(("OTEL_EXPORTER_OTLP_TIMEOUT", "10000"));
    let rig = Rig::new(&place, &way);
    rig.record(3_000);
    rig.reaches(is_failing).await;
    let second = later.start().await;
    rig.flush().await;
    assert_eq!(rig.settled(), (3_000, 0, 0), "{way:?}");
    assert_eq!(arrived(second.store()), (3_000, 3_000));
    assert!(!rig.ledgers.iter().any(|ledger| is_failing(ledger)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_restarts_under_load_loses_nothing() {
    for way in [ways().remove(0), ways().remove(4), ways().remove(7)] {
        let later = Later::new();
        let mut running = later.start().await;
        let rig = Arc::new(Rig::new(&endpoint(&running, &way), &way));
        // So much is always under way, also while nobody is there.
        let is_loaded = |ledger: &Ledger| {
            let counts = ledger.counts();
            counts.inflight + counts.waiting >= 1_000
        };
        let stop = Arc::new(AtomicBool::new(false));
        let load = Handle::current().spawn({
            let (rig, stop) = (Arc::clone(&rig), Arc::clone(&stop));
            async move {
                let mut recorded = 0;
                while !stop.load(Ordering::Acquire) {
                    rig.record(50);
                    recorded += 50;
                    rig.reaches(|ledger| !is_loaded(ledger)).await;
                }
                recorded
            }
        });
        let mut ids = BTreeSet::new();
        let mut take = |store: &Store| {
            ids.extend(store.spans().iter().map(|span| span.id().to_string()));
        };
        for _ in 0..4 {
            let taken = || running.store().stats().spans.accepted;
            until(|| taken() >= 1_000).await;
            // It answers what it has taken, then goes.
            let store = running.store().clone();
            running.shutdown().await;
            take(&store);
            until(|| rig.ledgers.iter().any(|ledger| is_loaded(ledger))).await;
            running = later.start().await;
        }
        stop.store(true, Ordering::Release);
        let recorded: u64 = load.await.unwrap();
        rig.flush().await;
        take(running.store());
        assert_eq!(rig.settled(), (recorded, 0, 0), "{way:?}");
        assert_eq!(ids.len() as u64, recorded, "{way:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_while_the_receiver_is_away_is_dropped_and_counted() {
    let later = Later::new();
    let place = format!("http://127.0.0.1:{}", later.grpc);
    let rig = Rig::new(&place, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "10000")]);
    let tracer = rig.tracer.tracer("rig");
    let count = 2_000;
    for _ in 0..count {
        // Some 20 MB in all.
        let mut span = tracer.start("large");
        span.set_attribute(KeyValue::new("text", "x".repeat(10_000)));
        span.end();
    }
    let traces = &rig.ledgers[0];
    until(|| traces.counts().displaced > 0).await;
    let running = later.start().await;
    rig.flush().await;
    let counts = traces.counts();
    assert!((100..600).contains(&counts.displaced), "{counts:?}");
    assert_eq!(counts.exported + counts.displaced, count);
    assert_eq!((counts.failed, counts.inflight), (0, 0));
    assert_eq!(arrived(running.store()).0 as u64, counts.exported);
}
