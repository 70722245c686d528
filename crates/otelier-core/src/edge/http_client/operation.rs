//! The record of one request, and its end.

use std::{error::Error, net::SocketAddr, slice, sync::Arc, time::Duration};

use http::{HeaderMap, StatusCode, Version};
use opentelemetry::{KeyValue, trace::SpanRef};

use super::{Answer, Client, Peer, error_type, renamed};
use crate::{Outcome, Record, edge::Span, semconv};

/// What is written when a request ends, begun by
/// [`Peers::begin`](super::Peers::begin). It moves with every poll: a line of the
/// cache more than two would cost a call of `memcpy` each time.
///
/// See the [example of the module](crate::edge::http_client).
pub struct Operation<C: Client> {
    /// The span of the request, or what would be above it.
    pub span: Span,
    /// Whether there is a span of our own.
    pub(super) is_own: bool,
    /// The place of the method among the known ones.
    pub(super) place: u16,
    /// Whom the request is for.
    pub peer: Arc<Peer<C>>,
    /// What came back.
    pub answer: Option<Answer>,
    /// What only this client has to know of it.
    pub more: C::More,
}

impl<C: Client> Operation<C> {
    /// Writes the request's context into its headers. The callee is told of a
    /// span, even if there is none because it is not sampled.
    pub fn inject(&self, headers: &mut HeaderMap) {
        let propagation = self.peer.propagation();
        if self.is_own {
            propagation.inject(&self.span.context, headers);
        } else {
            propagation.inject_unrecorded(&self.span.context, headers);
        }
    }

    /// Takes down an answer and who gave it, and tells the span at once.
    pub fn answered(
        &mut self,
        status: StatusCode,
        version: Option<Version>,
        remote: Option<SocketAddr>,
    ) {
        let answer = Answer::new(status, version);
        self.answer = Some(answer);
        self.span.tell(|span| {
            let (status, version) = answer.attributes();
            self.tell(span, status);
            if let Some(version) = version {
                self.tell(span, version);
            }
            if let Some(remote) = remote {
                let address = self.peer.network_address(remote.ip());
                let port = i64::from(remote.port());
                self.tell(span, KeyValue::new(semconv::NETWORK_PEER_ADDRESS, address));
                self.tell(span, KeyValue::new(semconv::NETWORK_PEER_PORT, port));
            }
        });
    }

    #[inline]
    fn tell(&self, span: &SpanRef<'_>, known: KeyValue) {
        if self.peer.has_old_names() {
            span.set_attributes(renamed(slice::from_ref(&known)));
        }
        span.set_attribute(known);
    }

    /// Tells the span what an error says, and names the outcome.
    pub fn failed(&self, error: &(dyn Error + 'static)) -> Outcome {
        C::fail(&self.more, self.answer, &self.span, error)
    }
}

impl<C: Client> AsRef<Span> for Operation<C> {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl<C: Client> Record for Operation<C> {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        if self.span.is_recording() {
            self.span.end(error_type(self.answer, outcome), elapsed);
        }
        let took = (elapsed, &self.span);
        self.peer.took(self.place, took, self.answer, outcome);
    }
}

crate::shown!([C: Client] Operation<C>: peer, answer);
