//! What the collector tells of itself, in the text format of Prometheus.

use super::desk::Desk;
use crate::{server::MOST_CONNECTIONS, signal::Signal, store::Kind};
use std::{
    fmt::{self, Write as _},
    sync::atomic::Ordering::Relaxed,
};

/// A line: labels and value.
type Line = (String, u64);

pub(super) fn text(desk: &Desk) -> String {
    let mut out = String::new();
    // Writing to a String does not fail.
    let _ = write(&mut out, desk);
    out
}

fn write(out: &mut String, desk: &Desk) -> fmt::Result {
    let stats = desk.store.stats();
    let by_signal = |count: fn(crate::store::Counts) -> u64| -> Vec<Line> {
        let line = |signal: &Signal| (format!("signal=\"{signal}\""), count(stats.counts(*signal)));
        Signal::ALL.iter().map(line).collect()
    };
    let one = |value: u64| vec![(String::new(), value)];
    let size = |value: usize| one(value as u64);
    let refused = desk.refusals.counts().into_iter();
    let refused = refused.map(|(reason, count)| (format!("reason=\"{reason}\""), count));
    let open = MOST_CONNECTIONS - desk.places.available_permits().min(MOST_CONNECTIONS);
    let lost = stats.forward;
    for (name, kind, help, lines) in [
        (
            "accepted_total",
            "counter",
            "Records taken.",
            by_signal(|c| c.accepted),
        ),
        (
            "rejected_total",
            "counter",
            "Records refused within requests that were taken.",
            by_signal(|c| c.rejected),
        ),
        (
            "evicted_total",
            "counter",
            "Records removed to make room; of metrics, series.",
            by_signal(|c| c.evicted),
        ),
        (
            "requests_total",
            "counter",
            "Requests of OTLP.",
            one(stats.requests),
        ),
        (
            "refused_total",
            "counter",
            "Requests and connections refused, by reason.",
            refused.collect(),
        ),
        (
            "wire_bytes_total",
            "counter",
            "Bytes of requests as they travelled.",
            one(stats.wire_bytes),
        ),
        (
            "decoded_bytes_total",
            "counter",
            "Bytes of requests after decompression.",
            one(stats.decoded_bytes),
        ),
        (
            "store_bytes",
            "gauge",
            "Memory of what is kept.",
            size(stats.store_bytes),
        ),
        (
            "store_limit_bytes",
            "gauge",
            "Its bound.",
            size(stats.store_limit),
        ),
        (
            "under_way_bytes",
            "gauge",
            "Memory of requests and answers under way.",
            size(desk.room.used()),
        ),
        (
            "under_way_limit_bytes",
            "gauge",
            "Its bound.",
            size(desk.room.limit()),
        ),
        (
            "traces",
            "gauge",
            "Traces kept.",
            size(desk.store.count(Kind::Traces)),
        ),
        (
            "logs",
            "gauge",
            "Log records kept.",
            size(desk.store.count(Kind::Logs)),
        ),
        (
            "series",
            "gauge",
            "Series kept.",
            size(desk.store.count(Kind::Metrics)),
        ),
        (
            "connections",
            "gauge",
            "Connections that are open.",
            size(open),
        ),
        (
            "readers",
            "gauge",
            "Questions that are being answered.",
            size(desk.readers.load(Relaxed)),
        ),
        (
            "forward_requests_total",
            "counter",
            "Requests to pass on, by what became of them.",
            vec![
                ("outcome=\"sent\"".into(), lost.sent),
                ("outcome=\"failed\"".into(), lost.failed),
                ("outcome=\"dropped\"".into(), lost.dropped),
            ],
        ),
        (
            "forward_lost_total",
            "counter",
            "Records of requests that were not passed on.",
            vec![
                ("signal=\"traces\"".into(), lost.lost_spans),
                ("signal=\"metrics\"".into(), lost.lost_points),
                ("signal=\"logs\"".into(), lost.lost_logs),
            ],
        ),
    ] {
        let name = format!("otelier_collector_{name}");
        writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}")?;
        for (labels, value) in lines {
            match &*labels {
                "" => writeln!(out, "{name} {value}")?,
                labels => writeln!(out, "{name}{{{labels}}} {value}")?,
            }
        }
    }
    Ok(())
}
