//! What services send, and whether it is what came out.

use std::{collections::BTreeSet, fs, path::Path};

use otelier_collector::{
    Collector, Log, Metric, Point, Running, Span, Store, proto::metrics::v1::Exemplar,
};
use prost::Message as _;

use crate::process::{Ended, Process, Program, request, role};

/// Lets a role print all that it exports, too: the books that its arrivals are held against.
pub(crate) fn booked(role: Program) -> Program {
    ["TRACES", "METRICS", "LOGS"]
        .iter()
        .fold(role, |role, signal| {
            role.with(&format!("OTEL_{signal}_EXPORTER"), "console,otlp")
        })
        .with("OTELIER_CONSOLE", "off")
}

/// The example's api, worker and upstream.
pub(crate) struct Services {
    pub(crate) api: Process,
    worker: Process,
    upstream: Process,
}

impl Services {
    /// Starts them, with what `set_up` adds to each.
    pub(crate) async fn start(
        folder: &Path,
        set_up: impl Fn(Program) -> Program,
    ) -> (Self, String) {
        let database = format!("sqlite://{}?mode=rwc", folder.join("demo.db").display());
        let start = |program: Program| set_up(program).with("DATABASE_URL", &database);
        let mut upstream = start(role("upstream").with("OTEL_SERVICE_NAME", "upstream")).start();
        let upstream_url = upstream.url().await;
        let api = role("api")
            .with("OTEL_SERVICE_NAME", "api")
            .with("UPSTREAM_URL", upstream_url);
        let mut api = start(api).start();
        let url = api.url().await;
        let worker = start(role("worker").with("OTEL_SERVICE_NAME", "worker")).start();
        let services = Self {
            api,
            worker,
            upstream,
        };
        (services, url)
    }

    /// What the worker has printed so far.
    pub(crate) fn worker_output(&self) -> String {
        self.worker.output()
    }

    /// Stops them; they flush.
    pub(crate) async fn stop(self) -> [Ended; 3] {
        let [api, worker, upstream] = [self.api, self.worker, self.upstream].map(Process::stop);
        [api.await.well(), worker.await.well(), upstream.await.well()]
    }
}

/// The requests of the demo.
pub(crate) async fn demo(url: &str) {
    for (method, path, expected) in [
        ("GET", "/health", 200),
        ("GET", "/repos/7", 200),
        ("GET", "/repos/8", 404),
        ("POST", "/repos/7/index", 202),
        ("GET", "/repos/7/commits", 200),
        ("GET", "/boom", 500),
        ("GET", "/slow?ms=20", 200),
        ("GET", "/stream?chunks=3&ms=5", 200),
    ] {
        let (status, body) = request(method, &format!("{url}{path}")).await.unwrap();
        assert_eq!(status, expected, "{path}: {body}");
    }
}

/// The books of these processes, opened.
pub(crate) async fn books(ended: &[Ended], folder: &Path) -> Running {
    let file = folder.join("books.jsonl");
    let is_booked = |line: &&str| line.starts_with("{\"resource");
    let lines = ended
        .iter()
        .flat_map(|ended| ended.stdout.lines().filter(is_booked));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    fs::write(&file, text).unwrap();
    let opened = Collector::builder()
        .with_store_bytes(1 << 30)
        .with_open(&file);
    let opened = opened.start().await.unwrap();
    assert!(opened.opened().bad_lines.is_empty());
    opened
}

/// What a pipeline adds to every resource.
const ENVIRONMENT: &str = "deployment.environment.name";

/// Tells a span apart from every other, and from itself if anything in it was changed.
fn span(span: &Span) -> String {
    let mut resource = span.origin().resource().clone();
    resource
        .attributes
        .retain(|attribute| attribute.key != ENVIRONMENT);
    let scope = span.origin().scope();
    let bytes = span.proto().encode_to_vec();
    format!(
        "{} {} {resource:?} {scope:?} {bytes:?}",
        span.name(),
        span.id()
    )
}

fn log(log: &Log) -> String {
    let mut resource = log.origin().resource().clone();
    resource
        .attributes
        .retain(|attribute| attribute.key != ENVIRONMENT);
    let scope = log.origin().scope();
    let bytes = log.proto().encode_to_vec();
    format!("{} {resource:?} {scope:?} {bytes:?}", log.body())
}

/// The exemplars of the latest point.
fn exemplars(metric: &Metric) -> &[Exemplar] {
    match metric.point() {
        Point::Histogram(point) => &point.exemplars,
        Point::ExponentialHistogram(point) => &point.exemplars,
        _ => &[],
    }
}

/// Names, kinds, units, resources and attributes of all series, what counters have come to,
/// and exemplars.
fn metrics(store: &Store) -> BTreeSet<String> {
    let series = store.metrics();
    let series = series.iter().map(|metric| {
        // What the process itself uses goes on while it is asked.
        let moves = ["process.", "otel.", "otelier.", "tokio."];
        let moves = moves.iter().any(|start| metric.name().starts_with(start));
        let came_to = (!moves).then(|| (metric.value().map(f64::to_bits), metric.count()));
        let service = metric.service();
        let (name, unit, kind) = (metric.name(), metric.unit(), metric.kind());
        let attributes = metric.attributes();
        let exemplars = (!moves).then(|| exemplars(metric));
        format!("{service} {name} {unit} {kind:?} {attributes:?} {came_to:?} {exemplars:?}")
    });
    series.collect()
}

/// Fails unless what came out is what went in, nothing missing and nothing twice.
#[track_caller]
pub(crate) fn assert_same(went_in: &Store, came_out: &Store) {
    let spans = |store: &Store| {
        let mut spans: Vec<_> = store.spans().iter().map(|s| span(s)).collect();
        spans.sort();
        spans
    };
    let logs = |store: &Store| {
        let mut logs: Vec<_> = store.logs().iter().map(|l| log(l)).collect();
        logs.sort();
        logs
    };
    assert_lists("spans", &spans(went_in), &spans(came_out));
    assert_lists("log records", &logs(went_in), &logs(came_out));
    let [before, after] = [went_in, came_out].map(metrics);
    let before: Vec<_> = before
        .into_iter()
        .filter(|series| !is_of_exporter(series))
        .collect();
    let after: Vec<_> = after
        .into_iter()
        .filter(|series| !is_of_exporter(series))
        .collect();
    assert_lists("series", &before, &after);
}

/// Both ways out count what they export, each for itself.
fn is_of_exporter(series: &str) -> bool {
    series.contains(" otel.sdk.") || series.contains(" otelier.dropped")
}

#[track_caller]
fn assert_lists(what: &str, before: &[String], after: &[String]) {
    assert!(!before.is_empty(), "no {what}");
    let missing: Vec<_> = before.iter().filter(|item| !after.contains(item)).collect();
    let more: Vec<_> = after.iter().filter(|item| !before.contains(item)).collect();
    assert!(
        missing.is_empty() && more.is_empty() && before.len() == after.len(),
        "{what}: {} went in, {} came out; missing: {missing:#?}; more: {more:#?}",
        before.len(),
        after.len(),
    );
}
