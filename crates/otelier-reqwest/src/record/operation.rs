//! The record of one attempt: a request on the wire, and its answer.

use std::{
    error::Error,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, ContextGuard, KeyValue,
    trace::{SpanRef, Status, TraceContextExt as _},
};
use otelier_core::{Outcome, Record, Run, semconv};
use reqwest::Response;

use super::{
    answer::{Answer, error_type},
    error, old,
    peer::Peer,
};

/// What is written when the attempt ends. It moves with every poll: a line of
/// the cache more would cost a call of `memcpy` each time.
pub(super) struct Exchange {
    pub(super) context: Context,
    /// What the span is below, if it is our own.
    pub(super) parent: Option<Context>,
    /// What tells the request from others that are under way on this thread.
    pub(super) fingerprint: u64,
    pub(super) started: SystemTime,
    pub(super) peer: Arc<Peer>,
    /// The place of the method among the known ones.
    pub(super) place: u16,
    /// Whether the span wants to be told anything.
    pub(super) is_recording: bool,
    pub(super) answer: Option<Answer>,
}

const _: () = assert!(size_of::<Run<Exchange>>() <= 128);

impl Exchange {
    pub(super) fn attach(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    /// Takes down an answer, and tells the span at once.
    pub(super) fn answered(&mut self, response: &Response) {
        let answer = Answer::of(response);
        self.answer = Some(answer);
        if !self.is_recording {
            return;
        }
        let span = self.context.span();
        self.tell(&span, answer.attributes());
        if let Some(remote) = response.remote_addr() {
            let address = self.peer.network_address(remote.ip());
            let port = i64::from(remote.port());
            let remote = [
                KeyValue::new(semconv::NETWORK_PEER_ADDRESS, address),
                KeyValue::new(semconv::NETWORK_PEER_PORT, port),
            ];
            self.tell(&span, remote);
        }
    }

    #[inline]
    fn tell(&self, span: &SpanRef<'_>, known: [KeyValue; 2]) {
        if self.peer.has_old_names() {
            span.set_attributes(old::renamed(&known));
        }
        let [first, second] = known;
        span.set_attribute(first);
        span.set_attribute(second);
    }

    /// Tells the span what an error says, and names the outcome.
    #[cold]
    pub(super) fn failed(&self, error: &(dyn Error + 'static)) -> Outcome {
        let outcome = Outcome::Failed(error::error_type(error).into());
        if self.is_recording {
            error::describe(error, self.answer, &self.context.span());
        }
        outcome
    }

    fn end_span(&self, outcome: &Outcome, elapsed: Duration) {
        let span = self.context.span();
        if let Some(error) = error_type(self.answer, outcome) {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error));
            // What an error said stays.
            span.set_status(Status::error(""));
        }
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }
}

impl Record for Exchange {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        if self.is_recording {
            self.end_span(outcome, elapsed);
        }
        let seconds = elapsed.as_secs_f64();
        self.peer.took(self.place, seconds, self.answer, outcome);
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange")
            .field("peer", &self.peer)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}
