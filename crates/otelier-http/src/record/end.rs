//! The end of a request.

use std::error::Error;

use http::{Response, StatusCode, Version};
use otelier_core::Outcome;

use super::Operation;

/// Ends a request with the head of its response, or with what it failed with.
#[inline]
pub(crate) fn end<A, E: Error + 'static>(
    operation: Option<Operation>,
    answer: &Result<Response<A>, E>,
) {
    if let Some(run) = operation {
        finish(
            run,
            match answer {
                Ok(response) => Ok((response.status(), Some(response.version()))),
                Err(error) => Err(error),
            },
        );
    }
}

/// Ends a call with the status of its response, or with what it failed with.
pub(crate) fn end_call(operation: Option<Operation>, answer: Result<u16, &(dyn Error + 'static)>) {
    let Some(run) = operation else { return };
    match answer.map(StatusCode::from_u16) {
        Ok(Ok(status)) => finish(run, Ok((status, None))),
        Ok(Err(_)) => run.finish(Outcome::Done),
        Err(error) => finish(run, Err(error)),
    }
}

fn finish(
    mut run: Operation,
    answer: Result<(StatusCode, Option<Version>), &(dyn Error + 'static)>,
) {
    let outcome = match answer {
        Ok((status, version)) => {
            run.record_mut().answered(status, version, None);
            Outcome::Done
        }
        Err(error) => run.record().failed(error),
    };
    run.finish(outcome);
}
