//! The record of one attempt: a request on the wire, and its answer.

use std::{
    fmt,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, ContextGuard, KeyValue,
    metrics::BoundUpDownCounter,
    trace::{SpanRef, Status, TraceContextExt as _},
};
use otelier_core::{Outcome, Record, Run, semconv};
use reqwest::Response;

use super::{
    old,
    peer::{Ending, Peer},
};

/// What is written when the attempt ends.
pub(super) struct Exchange {
    pub(super) context: Context,
    /// Whether the span of the context is our own and wants to be told anything.
    pub(super) is_recording: bool,
    pub(super) started: SystemTime,
    pub(super) peer: Arc<Peer>,
    pub(super) active: BoundUpDownCounter<i64>,
    pub(super) ending: Ending,
    pub(super) remote: Option<SocketAddr>,
}

impl Exchange {
    pub(super) fn attach(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    pub(super) fn answered(&mut self, response: &Response) {
        self.ending.answered(response);
        self.remote = response.remote_addr();
    }

    fn end_span(&self, elapsed: Duration) {
        let span = self.context.span();
        if let Some(answer) = self.ending.answer() {
            self.tell(&span, answer);
        }
        if let Some(network) = self.network() {
            self.tell(&span, network);
        }
        if let Some(error) = self.ending.error_type() {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error));
            span.set_status(Status::error(""));
        }
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }

    #[inline]
    fn tell(&self, span: &SpanRef<'_>, known: [KeyValue; 2]) {
        if self.peer.has_old_names() {
            span.set_attributes(old::renamed(&known));
        }
        for attribute in known {
            span.set_attribute(attribute);
        }
    }

    fn network(&self) -> Option<[KeyValue; 2]> {
        self.remote.map(|remote| {
            let address = self.peer.network_address(remote.ip());
            [
                KeyValue::new(semconv::NETWORK_PEER_ADDRESS, address),
                KeyValue::new(semconv::NETWORK_PEER_PORT, i64::from(remote.port())),
            ]
        })
    }
}

impl Record for Exchange {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        self.ending.complete(outcome);
        if self.is_recording {
            self.end_span(elapsed);
        }
        self.active.add(-1);
        self.peer.took(elapsed.as_secs_f64(), &self.ending);
    }
}

/// Runs `poll` in the attempt's context; a panic in it ends the record.
///
/// The panic must be seen here: where it is caught further out, the record is
/// dropped later, on a thread that is not panicking any more.
pub(super) fn poll_in<T>(run: &mut Option<Run<Exchange>>, poll: impl FnOnce() -> T) -> T {
    let _attached = run.as_ref().map(|run| run.record().attach());
    let mut unwound = Unwound(Some(run));
    let polled = poll();
    unwound.0 = None;
    polled
}

struct Unwound<'a>(Option<&'a mut Option<Run<Exchange>>>);

impl Drop for Unwound<'_> {
    fn drop(&mut self) {
        if let Some(run) = self.0.take().and_then(Option::take) {
            run.finish(Outcome::Panicked);
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("peer", &self.peer)
            .field("ending", &self.ending)
            .finish_non_exhaustive()
    }
}
