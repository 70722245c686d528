//! What the collector tells of itself, in the text format of Prometheus.

use super::desk::Desk;
use crate::{
    server::MOST_CONNECTIONS,
    signal::Signal,
    store::{Counts, Kind},
};
use std::{fmt::Write as _, sync::atomic::Ordering::Relaxed};

/// The metrics told so far.
#[derive(Default)]
struct Page(String);

impl Page {
    /// A metric of some lines: labels and value.
    fn metric(&mut self, kind: &str, name: &str, help: &str, lines: &[(String, u64)]) {
        let name = format!("otelier_collector_{name}");
        // Writing to a String does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in lines {
            let _ = match labels.as_str() {
                "" => writeln!(self.0, "{name} {value}"),
                labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
            };
        }
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.metric("counter", name, help, &[(String::new(), value)]);
    }

    fn gauge(&mut self, name: &str, help: &str, value: usize) {
        self.metric("gauge", name, help, &[(String::new(), value as u64)]);
    }
}

pub(super) fn text(desk: &Desk) -> String {
    let stats = desk.store.stats();
    let mut page = Page::default();
    for (name, help, count) in [
        (
            "accepted_total",
            "Records taken.",
            (|c| c.accepted) as fn(Counts) -> u64,
        ),
        (
            "rejected_total",
            "Records refused within requests that were taken.",
            |c| c.rejected,
        ),
        (
            "evicted_total",
            "Records removed to make room; of metrics, series.",
            |c| c.evicted,
        ),
    ] {
        let lines = Signal::ALL.map(|s| (format!("signal=\"{s}\""), count(stats.counts(s))));
        page.metric("counter", name, help, &lines);
    }
    page.counter("requests_total", "Requests of OTLP.", stats.requests);
    let refused = desk.refusals.counts().into_iter();
    let refused: Vec<_> = refused
        .map(|(why, n)| (format!("reason=\"{why}\""), n))
        .collect();
    let help = "Requests and connections refused, by reason.";
    page.metric("counter", "refused_total", help, &refused);
    let help = "Bytes of requests as they travelled.";
    page.counter("wire_bytes_total", help, stats.wire_bytes);
    let help = "Bytes of requests after decompression.";
    page.counter("decoded_bytes_total", help, stats.decoded_bytes);
    page.gauge("store_bytes", "Memory of what is kept.", stats.store_bytes);
    page.gauge("store_limit_bytes", "Its bound.", stats.store_limit);
    let help = "Memory of requests and answers under way.";
    page.gauge("under_way_bytes", help, desk.room.used());
    page.gauge("under_way_limit_bytes", "Its bound.", desk.room.limit());
    page.gauge("traces", "Traces kept.", desk.store.count(Kind::Traces));
    page.gauge("logs", "Log records kept.", desk.store.count(Kind::Logs));
    page.gauge("series", "Series kept.", desk.store.count(Kind::Metrics));
    let open = MOST_CONNECTIONS - desk.places.available_permits().min(MOST_CONNECTIONS);
    page.gauge("connections", "Connections that are open.", open);
    let readers = desk.readers.load(Relaxed);
    page.gauge("readers", "Questions that are being answered.", readers);
    let lost = stats.forward;
    let outcomes = [
        ("sent", lost.sent),
        ("failed", lost.failed),
        ("dropped", lost.dropped),
    ];
    let outcomes = outcomes.map(|(outcome, n)| (format!("outcome=\"{outcome}\""), n));
    let help = "Requests to pass on, by what became of them.";
    page.metric("counter", "forward_requests_total", help, &outcomes);
    let records = [lost.lost_spans, lost.lost_points, lost.lost_logs];
    let records = Signal::ALL.into_iter().zip(records);
    let records: Vec<_> = records
        .map(|(s, n)| (format!("signal=\"{s}\""), n))
        .collect();
    let help = "Records of requests that were not passed on.";
    page.metric("counter", "forward_lost_total", help, &records);
    page.0
}
