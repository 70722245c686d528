//! What must have arrived.

use std::time::Duration;

use otelier_collector::Store;

/// Spans that must be in one trace; `/health` leaves none.
const TRACES: [&[&str]; 6] = [
    &["GET /repos/{id}", "SELECT repos"],
    &[
        "POST /repos/{id}/index",
        "SELECT repos",
        "INSERT jobs",
        "job.clone_index",
        // The worker's agent, which asks a model twice, and a tool in between.
        "invoke_agent librarian",
        "chat demo-1",
        "execute_tool count_files",
        "librarian::count_files",
        "chat demo-1",
        "embed",
        "UPDATE jobs",
    ],
    // The service's span, its call, and the upstream's span; the upstream's call by
    // gRPC, and the span of who answers it.
    &[
        "GET /repos/{id}/commits",
        "GET",
        "GET /repos/{id}/commits",
        "git.v1.Authors/Find",
        "git.v1.Authors/Find",
    ],
    &["GET /boom"],
    &["GET /slow"],
    &["GET /stream"],
];
/// Where there is a Redis: what was not in the cache.
const REDIS: &[&str] = &["GET /stock/{id}", "GET", "count", "SETEX"];
/// Log lines that belong to a trace.
const LOGS: [&str; 6] = [
    "index requested",
    "looking for an author",
    "something is broken",
    "cloned",
    "described",
    "embedded",
];
const METRICS: [&str; 8] = [
    "http.server.request.duration",
    "http.client.request.duration",
    "db.client.operation.duration",
    "gen_ai.client.inference.duration",
    "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.client.inference.usage.output_tokens",
    "rpc.client.call.duration",
    "rpc.server.call.duration",
];

/// Waits until everything is there, with what a Redis leaves or without, and returns what is not.
pub(crate) async fn wait(store: &Store, redis: bool, patience: Duration) -> Vec<String> {
    let wanted: Vec<_> = match redis {
        true => TRACES.into_iter().chain([REDIS]).collect(),
        false => TRACES.to_vec(),
    };
    let all = |store: &Store| missing(store, &wanted).is_empty().then_some(());
    match store.wait_for(patience, all).await {
        Some(()) => Vec::new(),
        None => missing(store, &wanted),
    }
}

fn missing(store: &Store, wanted: &[&[&str]]) -> Vec<String> {
    let traces = store.traces();
    let has_trace = |names: &[&str]| {
        traces.iter().any(|trace| {
            let count = |name| names.iter().filter(|other| **other == name).count();
            let mut names = names.iter();
            names.all(|name| trace.spans_named(name).count() >= count(*name))
        })
    };
    let spans = wanted.iter().filter(|names| !has_trace(names));
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
        .map(|names| format!("a trace of {names:?}"))
        .chain(bodies.map(|body| format!("log {body:?} in a trace")))
        .chain(metrics.map(|name| format!("metric {name:?}")))
        .collect()
}
