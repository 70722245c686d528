//! What must have arrived.

use std::time::Duration;

use otelier_collector::Store;

/// The server spans of the requests sent; `/health` leaves none.
const SPANS: [&str; 7] = [
    "GET /repos/{id}",
    "POST /repos/{id}/index",
    "GET /repos/{id}/commits",
    "GET /boom",
    "GET /slow",
    "GET /stream",
    "find repo",
];
/// Log lines that belong to a trace.
const LOGS: [&str; 2] = ["index requested", "something is broken"];
const METRICS: [&str; 1] = ["http.server.request.duration"];

/// Waits until everything is there, and returns what is not.
pub(crate) async fn wait(store: &Store, patience: Duration) -> Vec<String> {
    let all = |store: &Store| missing(store).is_empty().then_some(());
    match store.wait_for(patience, all).await {
        Some(()) => Vec::new(),
        None => missing(store),
    }
}

fn missing(store: &Store) -> Vec<String> {
    let spans = SPANS
        .iter()
        .filter(|name| store.spans_named(name).is_empty());
    let logs = store.logs();
    let has_log = |body: &str| {
        let mut bodies = logs.iter().filter(|log| log.trace_id().is_some());
        bodies.any(|log| log.body() == body)
    };
    let bodies = LOGS.iter().filter(|body| !has_log(body));
    let metrics = METRICS
        .iter()
        .filter(|name| store.metrics_named(name).is_empty());
    spans
        .map(|name| format!("span {name:?}"))
        .chain(bodies.map(|body| format!("log {body:?} in a trace")))
        .chain(metrics.map(|name| format!("metric {name:?}")))
        .collect()
}
