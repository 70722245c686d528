//! The end of a request.

use std::error::Error;

use http::{Response, StatusCode, Version};
use otelier_core::Outcome;

use super::telemetry::Operation;

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

/// Ends a call with the status of its response.
pub(crate) fn answered(operation: Option<Operation>, status: u16) {
    let Some(run) = operation else { return };
    match StatusCode::from_u16(status) {
        Ok(status) => finish(run, Ok((status, None))),
        Err(_) => run.finish(Outcome::Done),
    }
}

/// Ends a call with what it failed with.
pub(crate) fn failed(operation: Option<Operation>, error: &(dyn Error + 'static)) {
    if let Some(run) = operation {
        finish(run, Err(error));
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
