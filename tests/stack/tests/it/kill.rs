//! A Collector that is killed under load, with its queue in a file.

use std::collections::{BTreeMap, BTreeSet};

use otelier_collector::{Collector, Store};

use crate::{
    process::{role, until},
    real::{Launch, folder},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Collector:
        killed_under_load_a_collector_loses_nothing_that_it_took,
        stopped_while_its_backend_is_away_a_collector_loses_nothing,
        a_socket_that_a_killed_collector_left_is_cleared_by_run,
    );
}

const TRACES: u64 = 12_000;
const KILLS: u64 = 4;
/// Records in one request of a service.
const BATCH: usize = 512;
/// Records in one request of the Collector.
const BATCH_ONWARD: usize = 1000;

async fn killed_under_load_a_collector_loses_nothing_that_it_took() {
    let backend = Collector::builder().with_store_bytes(1 << 30);
    let backend = backend.start().await.unwrap();
    let data = folder();
    // Sooner than in production, so that there is something under way at each kill.
    let sooner = format!(
        "exporters: {{otlp_grpc/signoz: {{sending_queue: {{num_consumers: 1, \
         batch: {{flush_timeout: 100ms, sizer: items, min_size: {BATCH_ONWARD}, max_size: {BATCH_ONWARD}}}}}}}}}"
    );
    let launch = Launch::new("production", "signoz", data.path())
        .with_all()
        .to(&backend)
        .but(&sooner);
    let mut real = launch.start().await;
    let mut service = role("numbered")
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc())
        .with("OTEL_BSP_MAX_QUEUE_SIZE", "200000")
        .with("OTEL_BLRP_MAX_QUEUE_SIZE", "200000")
        .with("OTELIER_EXPORT_BUFFER_BYTES", "1000000000")
        .with("OTELIER_CONSOLE", "off")
        .start();
    let share = TRACES / (KILLS + 1);
    for kill in 0..=KILLS {
        let before = backend.store().stats().spans.accepted;
        service
            .tell(&format!("traces {} {}", kill * share, (kill + 1) * share))
            .await;
        if kill < KILLS {
            // In the middle of it.
            until("some of it arrives", async || {
                let now = backend.store().stats().spans.accepted;
                (now > before).then_some(())
            })
            .await;
            let launch = real.kill().await;
            real = launch.start().await;
        }
        service.answer().await;
    }
    let ended = service.end().await.well();
    assert!(
        ended.stdout.contains("dropped=0 failed=0"),
        "{}",
        ended.stdout
    );
    let expected: BTreeSet<_> = (0..TRACES).collect();
    until("everything is there", async || {
        let arrived = Arrived::of(backend.store());
        let complete = arrived.numbers("outer") == expected
            && arrived.spans.len() == 2 * expected.len()
            && arrived.numbers("log") == expected;
        complete.then_some(())
    })
    .await;
    real.stop().await;
    let arrived = Arrived::of(backend.store());
    // Cut off may have been one request to the Collector, and one onward.
    let most = usize::try_from(KILLS).unwrap() * (BATCH + BATCH_ONWARD);
    let doubles = arrived.doubles(backend.store());
    assert!(
        doubles.0 <= most && doubles.1 <= most,
        "{doubles:?} of {most}"
    );
}

async fn stopped_while_its_backend_is_away_a_collector_loses_nothing() {
    let port = programs::unused_port();
    let data = folder();
    let launch = Launch::new("production", "signoz", data.path())
        .with_all()
        .with("SIGNOZ_ENDPOINT", &format!("127.0.0.1:{port}"))
        .with("SIGNOZ_INSECURE", "true")
        .but("exporters: {otlp_grpc/signoz: {sending_queue: {batch: {flush_timeout: 100ms}}}}");
    let mut real = launch.start().await;
    let mut service = role("numbered")
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc())
        .with("OTELIER_CONSOLE", "off")
        .start();
    service.ask("traces 0 500").await;
    let ended = service.end().await.well();
    assert!(
        ended.stdout.contains("exported=1000 dropped=0 failed=0"),
        "{}",
        ended.stdout
    );
    // Twice: what is tried again at the stop, and what waits.
    for _ in 0..2 {
        until("it has tried", async || {
            let tried = real.process.output().contains("connection refused");
            tried.then_some(())
        })
        .await;
        real = real.stop_anyhow().await.start().await;
    }
    let backend = Collector::builder()
        .with_grpc_port(port)
        .start()
        .await
        .unwrap();
    until("everything is there", async || {
        let arrived = Arrived::of(backend.store());
        (arrived.spans.len() == 1000 && arrived.numbers("log").len() == 500).then_some(())
    })
    .await;
    drop(real.stop_anyhow().await);
}

/// What has arrived, each once.
struct Arrived {
    numbers: BTreeMap<String, BTreeSet<u64>>,
    spans: BTreeSet<String>,
}

impl Arrived {
    fn of(store: &Store) -> Self {
        let mut numbers: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let mut spans = BTreeSet::new();
        for span in store.spans() {
            spans.insert(span.id().to_string());
            if let Some(number) = span.attribute_text("number") {
                let numbers = numbers.entry(span.name().to_owned()).or_default();
                numbers.insert(number.parse().unwrap());
            }
        }
        for log in store.logs() {
            if let Some(number) = log.attribute_text("number") {
                let numbers = numbers.entry("log".to_owned()).or_default();
                numbers.insert(number.parse().unwrap());
            }
        }
        Self { numbers, spans }
    }

    fn numbers(&self, of: &str) -> BTreeSet<u64> {
        self.numbers.get(of).cloned().unwrap_or_default()
    }

    /// Spans and log records that came more than once, and how often.
    fn doubles(&self, store: &Store) -> (usize, usize) {
        let stats = store.stats();
        let spans = usize::try_from(stats.spans.accepted).unwrap() - self.spans.len();
        let logs = store.logs();
        let logs = logs.iter().filter(|log| log.attribute("number").is_some());
        (spans, logs.count() - self.numbers("log").len())
    }
}

async fn a_socket_that_a_killed_collector_left_is_cleared_by_run() {
    let (data, sockets) = (folder(), folder());
    let socket = sockets.path().join("otlp.sock");
    let launch = Launch::new("production", "file", data.path())
        .overlay("unix")
        .with("OTELCOL_SOCKET", socket.to_str().unwrap());
    let launch = launch.start().await.kill().await;
    assert!(socket.exists());
    // By itself it does not start again.
    let ended = launch.run_until_it_ends().await;
    assert!(!ended.status.success());
    assert!(
        ended.stderr.contains("address already in use"),
        "{}",
        ended.stderr
    );
    let process = launch
        .by_run(&["--production", "--overlay", "unix"])
        .start();
    let real = launch.clone().started(process).await;
    // A second one does not take the socket away from the first.
    let ended = launch
        .by_run(&["--production", "--overlay", "unix"])
        .run()
        .await;
    assert!(!ended.status.success());
    assert!(
        ended.stderr.contains("another process listens"),
        "{}",
        ended.stderr
    );
    real.stop().await;
}
