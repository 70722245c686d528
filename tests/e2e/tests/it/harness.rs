//! Runs scenarios as processes, and holds a collector against them.

use std::ffi::OsStr;

use otelier_collector::{Collector, Received, Running, Signal, Store};
use programs::Program;

pub(crate) use programs::{Ended, PATIENCE, Process, unused_port};

pub(crate) const PROTOCOLS: [&str; 3] = ["grpc", "http/protobuf", "http/json"];

/// A collector on free ports.
pub(crate) async fn collector() -> Running {
    Collector::builder().start().await.unwrap()
}

/// A program that is not started yet. Its environment holds only what is set
/// here.
#[must_use = "it does nothing until it is started"]
pub(crate) struct Scenario(Program);

/// A program that sends soon after it has recorded.
pub(crate) fn scenario<const N: usize>(arguments: [&str; N]) -> Scenario {
    patient(arguments)
        .with("OTEL_BSP_SCHEDULE_DELAY", "50")
        .with("OTEL_BLRP_SCHEDULE_DELAY", "50")
        .with("OTEL_METRIC_EXPORT_INTERVAL", "200")
}

/// A program that sends when the defaults say so.
pub(crate) fn patient<const N: usize>(arguments: [&str; N]) -> Scenario {
    let program = Program::new(env!("CARGO_BIN_EXE_scenario")).with("API_ADDR", "127.0.0.1:0");
    Scenario(arguments.into_iter().fold(program, Program::arg))
}

impl Scenario {
    pub(crate) fn with(self, variable: &str, value: impl AsRef<OsStr>) -> Self {
        Self(self.0.with(variable, value))
    }

    /// Exports over gRPC to this collector.
    pub(crate) fn to(self, collector: &Running) -> Self {
        self.by("grpc", collector)
    }

    pub(crate) fn by(self, protocol: &str, collector: &Running) -> Self {
        let endpoint = match protocol {
            "grpc" => collector.grpc_endpoint(),
            _ => collector.http_endpoint(),
        };
        self.with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    }

    /// Exports nothing but this signal.
    pub(crate) fn only(self, signal: Signal) -> Self {
        [Signal::Traces, Signal::Metrics, Signal::Logs]
            .into_iter()
            .filter(|other| *other != signal)
            .fold(self, |scenario, other| {
                let name = other.as_str().to_uppercase();
                scenario.with(&format!("OTEL_{name}_EXPORTER"), "none")
            })
    }

    pub(crate) fn start(self) -> Process {
        self.0.start()
    }

    /// Runs it to its end.
    pub(crate) async fn run(self) -> Ended {
        self.0.run().await
    }
}

/// Answers a GET with status and body.
pub(crate) async fn get(url: &str) -> (u16, String) {
    request(reqwest::Method::GET, url).await
}

pub(crate) async fn post(url: &str) -> (u16, String) {
    request(reqwest::Method::POST, url).await
}

async fn request(method: reqwest::Method, url: &str) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.request(method, url).send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.text().await.unwrap())
}

/// Waits until the store holds what is looked for.
pub(crate) async fn wait<T>(store: &Store, look: impl FnMut(&Store) -> Option<T>) -> T {
    let found = store.wait_for(PATIENCE, look).await;
    found.unwrap_or_else(|| panic!("never arrived; there are {}", contents(store)))
}

/// Waits for a span of this name.
pub(crate) async fn span(store: &Store, name: &str) -> std::sync::Arc<otelier_collector::Span> {
    wait(store, |store| store.spans_named(name).pop()).await
}

/// What is there, for messages of tests that fail.
pub(crate) fn contents(store: &Store) -> String {
    let spans: Vec<_> = store.spans().iter().map(|s| s.name().to_owned()).collect();
    let logs = store.logs();
    let logs: Vec<_> = logs.iter().map(|log| log.body().into_owned()).collect();
    let metrics = store.metrics();
    let metrics: Vec<_> = metrics.iter().map(|m| m.name().to_owned()).collect();
    let text = format!("spans {spans:?}, logs {logs:?}, metrics {metrics:?}");
    text.chars().take(2000).collect()
}

/// The requests of one signal.
pub(crate) fn requests_of(store: &Store, signal: Signal) -> Vec<Received> {
    let mut requests = store.requests();
    requests.retain(|request| request.signal == signal);
    requests
}

/// The bodies of all log records.
pub(crate) fn bodies(store: &Store) -> Vec<String> {
    let logs = store.logs();
    logs.iter().map(|log| log.body().into_owned()).collect()
}
