//! The end of an attempt.

use std::error::Error;

use http::Extensions;
use otelier_core::Outcome;
use reqwest::Response;

use super::{
    begin::Sent,
    body,
    nesting::{self, Attempt},
};
use crate::config::SpanEnd;

/// Counts an attempt for the next one. Success is final; not to count it saves
/// most requests three allocations.
pub(crate) fn count<E>(answer: &Result<Response, E>, extensions: &mut Extensions) {
    let is_final = matches!(answer, Ok(response) if response.status().is_success());
    if !is_final && nesting::is_own() {
        let Sent(times) = extensions.get().copied().unwrap_or(Sent(0));
        extensions.insert(Sent(times.saturating_add(1)));
    }
}

/// Records how the attempt was answered, and ends it with the answer's head or
/// body.
#[inline]
pub(crate) fn end<E: Error + 'static>(
    attempt: Option<Attempt>,
    answer: Result<Response, E>,
) -> Result<Response, E> {
    let Some(mut run) = attempt.and_then(Attempt::into_own) else {
        return answer;
    };
    match answer {
        Err(error) => {
            let outcome = run.record().failed(&error);
            run.finish(outcome);
            Err(error)
        }
        Ok(response) => {
            let operation = run.record_mut();
            operation.answered(&response);
            match operation.end {
                SpanEnd::Head => {
                    run.finish(Outcome::Done);
                    Ok(response)
                }
                SpanEnd::Body => Ok(body::wrap(response, run)),
            }
        }
    }
}
