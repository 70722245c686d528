//! The record of one attempt: a request on the wire, and its answer.

use std::{error::Error, fmt, slice, sync::Arc, time::Duration};

use opentelemetry::{Context, KeyValue, trace::SpanRef};
use otelier_core::{
    Outcome, Record, Run,
    edge::{
        Span,
        http_client::{Answer, error_type, renamed},
    },
    semconv,
};
use reqwest::Response;

use super::{error, telemetry::Peer};
use crate::config::SpanEnd;

/// What is written when the attempt ends. It moves with every poll: a line of
/// the cache more would cost a call of `memcpy` each time.
pub(super) struct Operation {
    pub(super) span: Span,
    /// What the span is below, if it is our own.
    pub(super) parent: Option<Context>,
    /// What tells the request from others that are under way on this thread.
    pub(super) fingerprint: u64,
    pub(super) peer: Arc<Peer>,
    /// The place of the method among the known ones.
    pub(super) place: u16,
    pub(super) answer: Option<Answer>,
    pub(super) end: SpanEnd,
}

const _: () = assert!(size_of::<Run<Operation>>() <= 128);

impl Operation {
    /// Takes down an answer, and tells the span at once.
    pub(super) fn answered(&mut self, response: &Response) {
        let answer = Answer::new(response.status(), Some(response.version()));
        self.answer = Some(answer);
        self.span.tell(|span| {
            let (status, version) = answer.attributes();
            self.tell(span, [Some(status), version]);
            if let Some(remote) = response.remote_addr() {
                let address = self.peer.network_address(remote.ip());
                let port = i64::from(remote.port());
                let remote = [
                    Some(KeyValue::new(semconv::NETWORK_PEER_ADDRESS, address)),
                    Some(KeyValue::new(semconv::NETWORK_PEER_PORT, port)),
                ];
                self.tell(span, remote);
            }
        });
    }

    #[inline]
    fn tell(&self, span: &SpanRef<'_>, known: [Option<KeyValue>; 2]) {
        for known in known.into_iter().flatten() {
            if self.peer.has_old_names() {
                span.set_attributes(renamed(slice::from_ref(&known)));
            }
            span.set_attribute(known);
        }
    }

    /// Tells the span what an error says, and names the outcome.
    pub(super) fn failed(&self, error: &(dyn Error + 'static)) -> Outcome {
        error::fail(error, self.answer, &self.span)
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        if self.span.is_recording() {
            self.span.end(error_type(self.answer, outcome), elapsed);
        }
        let took = (elapsed, &self.span);
        self.peer.took(self.place, took, self.answer, outcome);
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("peer", &self.peer)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}
