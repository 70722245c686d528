//! What was sent, what arrived, and what is counted as lost.

use std::collections::HashSet;

use hyper::Method;
use otelier_collector::{Outcome, Signal, Store, proto::trace::v1::span::SpanKind};

use crate::{
    generator::{Route, route},
    ids,
};

/// Each request leaves one span; those of the first route a log record, too.
pub(crate) const ROUTES: &[Route] = &[
    Route {
        method: Method::GET,
        path: "/boom",
        status: 500,
        every: 4,
    },
    Route {
        method: Method::GET,
        path: "/stream",
        status: 200,
        every: 1,
    },
];

/// The books of one signal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Books {
    pub(crate) created: u64,
    pub(crate) delivered: u64,
    pub(crate) doubled: u64,
    /// Taken, but called rejected in the answer.
    pub(crate) rejected: u64,
    /// What the service says at its end.
    pub(crate) lost: u64,
}

impl Books {
    /// Of the server spans of these requests.
    pub(crate) fn of_spans(store: &Store, run: u64, answered: &[u64], output: &str) -> Self {
        let spans = store.spans();
        let server = |span: &&std::sync::Arc<_>| {
            let span: &otelier_collector::Span = span;
            span.kind() == SpanKind::Server
        };
        let arrived = spans.iter().filter(server);
        let arrived = arrived.filter_map(|span| ids::number(run, &span.proto().trace_id));
        Self::new(store, Signal::Traces, arrived, answered, "spans", output)
    }

    /// Of the log records of these requests, and of `others` that have no
    /// request.
    pub(crate) fn of_logs(
        store: &Store,
        run: u64,
        answered: &[u64],
        others: u64,
        output: &str,
    ) -> Self {
        let logs_it = |number: &u64| route(ROUTES, *number) == 0;
        let logged: Vec<_> = answered.iter().copied().filter(logs_it).collect();
        let logs = store.logs();
        let arrived = logs.iter();
        let arrived = arrived.filter_map(|log| ids::number(run, &log.proto().trace_id));
        let mut books = Self::new(store, Signal::Logs, arrived, &logged, "log records", output);
        books.created += others;
        let loose = logs.iter().filter(|log| log.trace_id().is_none());
        let loose = loose.count() as u64;
        books.delivered += loose.min(others);
        books.doubled += loose.saturating_sub(others);
        books
    }

    fn new(
        store: &Store,
        signal: Signal,
        arrived: impl Iterator<Item = u64>,
        created: &[u64],
        items: &str,
        output: &str,
    ) -> Self {
        let created: HashSet<_> = created.iter().copied().collect();
        let mut seen = HashSet::new();
        let mut books = Self {
            created: created.len() as u64,
            lost: lost(output, items),
            ..Self::default()
        };
        for number in arrived {
            // What nobody has sent is as wrong as what comes twice.
            if created.contains(&number) && seen.insert(number) {
                books.delivered += 1;
            } else {
                books.doubled += 1;
            }
        }
        for request in store.requests().iter().filter(|r| r.signal == signal) {
            if let Outcome::Taken { rejected, .. } = request.outcome {
                books.rejected += rejected;
            }
        }
        books
    }
}

/// The number before these items in the last line about losses.
fn lost(output: &str, items: &str) -> u64 {
    let line = output
        .lines()
        .find_map(|line| line.split_once("lost since start: "));
    let Some((_, line)) = line else { return 0 };
    // Causes stand in brackets, each behind what it is the cause of.
    let mut losses = line.split([',', '(', ')']);
    let lost = losses.find_map(|loss| loss.trim().strip_suffix(items)?.trim().parse().ok());
    lost.unwrap_or_default()
}
