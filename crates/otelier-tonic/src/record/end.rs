//! The end of a call, whichever way it takes.

use std::error::Error;

use http::{HeaderMap, Response, StatusCode};
use http_body::Body;
use otelier_core::{
    Outcome,
    edge::{
        grpc::Code,
        http_client::{chain, message},
    },
};

use super::{error, scope::Scope};

/// Somebody is at work on the call.
#[inline]
pub(crate) fn waits(scope: Option<&mut Box<Scope>>) {
    if let Some(operation) = scope.and_then(|scope| scope.operation()) {
        operation.waits = true;
    }
}

/// Takes note of the head of a response, and ends the call where that is all.
/// Returns what its body runs in.
pub(crate) fn answered<B: Body>(
    scope: Option<Box<Scope>>,
    response: &Response<B>,
) -> Option<Box<Scope>> {
    let mut scope = scope?;
    let Some(operation) = scope.operation() else {
        return Some(scope);
    };
    let headers = response.headers();
    operation.answered(headers);
    let status = response.status();
    let code = match Code::of(headers) {
        Some(code) => Some(code),
        // Somebody in between.
        None if status != StatusCode::OK => Some(Code::of_http(status)),
        None if response.body().is_end_stream() => Some(Code::Unknown),
        None => None,
    };
    match code {
        Some(code) => {
            operation.ended(code, headers);
            scope.ended_by(Outcome::Done);
            None
        }
        None => {
            // A stream is only begun by who knows the method.
            operation.waits = true;
            Some(scope)
        }
    }
}

/// The body is over, with trailers or without.
pub(crate) fn ended(scope: Option<Box<Scope>>, trailers: Option<&HeaderMap>) {
    let Some(mut scope) = scope else { return };
    if let (Some(operation), Some(trailers)) = (scope.operation(), trailers) {
        let code = Code::of(trailers).unwrap_or(Code::Unknown);
        operation.ended(code, trailers);
    }
    scope.ended_by(Outcome::Done);
}

/// A client's call failed without a status.
#[cold]
pub(crate) fn failed(scope: Option<Box<Scope>>, error: &(dyn Error + 'static)) {
    let Some(mut scope) = scope else { return };
    let (code, error_type) = error::classify(error);
    if let Some(operation) = scope.operation() {
        operation.code = Some(code);
        if operation.span.is_recording() {
            let said = message(chain(error));
            operation.span.fail(said, error_type);
        }
    }
    scope.ended_by(Outcome::Failed(error_type.into()));
}

/// A server's call failed without a status.
#[cold]
pub(crate) fn broke(scope: Option<Box<Scope>>, error_type: &'static str) {
    if let Some(mut scope) = scope {
        scope.ended_by(Outcome::Failed(error_type.into()));
    }
}
