//! The end of an attempt.

use std::error::Error;

use http::Extensions;
use otelier_core::Outcome;
use reqwest::Response;

use super::{begin::Sent, body, telemetry::Attempt};
use crate::config::SpanEnd;

/// Counts an attempt for the next one. Success is final; not to count it saves
/// most requests three allocations.
pub(crate) fn count<E>(answer: &Result<Response, E>, extensions: &mut Extensions) {
    let is_final = matches!(answer, Ok(response) if response.status().is_success());
    if !is_final {
        let Sent(times) = extensions.get().copied().unwrap_or(Sent(0));
        extensions.insert(Sent(times.saturating_add(1)));
    }
}

/// Records how the attempt was answered, and ends it. Tells whether it goes on to
/// the end of the answer's body instead.
#[inline]
pub(crate) fn end<E: Error + 'static>(
    attempt: &mut Option<Attempt>,
    answer: &Result<Response, E>,
) -> bool {
    let Some(run) = attempt else {
        return false;
    };
    let outcome = match answer {
        Err(error) => run.record().failed(error),
        Ok(response) => {
            let operation = run.record_mut();
            operation.answered(
                response.status(),
                Some(response.version()),
                response.remote_addr(),
            );
            if let SpanEnd::Body = operation.more {
                return true;
            }
            Outcome::Done
        }
    };
    run.set_outcome(outcome);
    *attempt = None;
    false
}

/// Has the attempt end with the answer's body.
#[inline(never)]
pub(crate) fn read<E>(
    answer: Result<Response, E>,
    attempt: &mut Option<Attempt>,
) -> Result<Response, E> {
    match attempt.take() {
        Some(run) => answer.map(|response| body::wrap(response, run)),
        None => answer,
    }
}
