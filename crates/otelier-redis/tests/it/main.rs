//! What is recorded of connections and pools that are made up.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in what it calls, too"
)]

mod commands;
mod endings;
mod fake;
mod pipelines;
mod pools;
mod secrets;

use otelier_testing::{Span, Telemetry};

/// The only span of this crate.
fn only(telemetry: &Telemetry) -> Span {
    let mut spans = telemetry.spans();
    spans.retain(|span| span.scope == "otelier-redis");
    assert_eq!(spans.len(), 1, "{:?}", telemetry.tree());
    spans.remove(0)
}

fn text(span: &Span, key: &str) -> Option<String> {
    span.get(key).map(|value| value.to_string())
}

/// What is told of a metric, if it is told of.
fn points(telemetry: &Telemetry, metric: &str) -> Vec<String> {
    let summary = telemetry.metrics_summary().to_string();
    let lines = summary.lines();
    let lines = lines.filter_map(|line| line.strip_prefix(metric));
    lines.map(str::to_owned).collect()
}
