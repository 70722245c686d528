//! The record of one request, and its end.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use http::{Response, StatusCode, Version};
use opentelemetry::KeyValue;
use otelier_core::{
    Outcome, Record, Run,
    edge::{
        Span,
        http_client::{Answer, error_type, renamed},
    },
};

use super::{error, telemetry::Peer};

/// What is written when the request ends.
pub(crate) struct Operation {
    pub(super) span: Span,
    pub(super) peer: Arc<Peer>,
    /// The place of the method among the known ones.
    pub(super) place: u16,
    /// Whether it goes over TLS.
    pub(super) is_secure: bool,
    /// Whether there is a span of our own.
    pub(super) is_own: bool,
    pub(super) answer: Option<Answer>,
}

const _: () = assert!(size_of::<Run<Operation>>() <= 128);

impl Operation {
    /// Takes down an answer, and tells the span at once.
    pub(super) fn answered(&mut self, status: StatusCode, version: Option<Version>) {
        let answer = Answer::new(status, version);
        self.answer = Some(answer);
        self.span.tell(|span| {
            let (status, version) = answer.attributes();
            let tell = |attribute: KeyValue| {
                if self.peer.has_old_names() {
                    span.set_attributes(renamed(std::slice::from_ref(&attribute)));
                }
                span.set_attribute(attribute);
            };
            tell(status);
            version.into_iter().for_each(tell);
        });
    }

    /// Tells the span what an error says, and names the outcome.
    pub(super) fn failed(&self, error: &(dyn Error + 'static)) -> Outcome {
        error::fail(error, self.is_secure, &self.span)
    }
}

/// Ends a request with the head of its response, or with what it failed with.
#[inline]
pub(crate) fn end<A, E: Error + 'static>(
    operation: Option<Run<Operation>>,
    answer: &Result<Response<A>, E>,
) {
    let Some(mut run) = operation else { return };
    let outcome = match answer {
        Ok(response) => {
            let version = Some(response.version());
            run.record_mut().answered(response.status(), version);
            Outcome::Done
        }
        Err(error) => run.record().failed(error),
    };
    run.finish(outcome);
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
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
