//! What an error is called, one of few names, and what it says.

use std::error::Error;

use otelier_core::{
    Outcome,
    edge::{
        Span,
        http_client::{chain, message, network_error, says},
    },
};

/// What says of an error that a time was over, in tokio, tower and hyper-util.
const TIMEOUTS: [&str; 4] = [
    "deadline has elapsed",
    "operation timed out",
    "request timed out",
    "tcp connect error: deadline has elapsed",
];

/// The `error.type` of a request that got no answer.
fn error_type(error: &(dyn Error + 'static), is_secure: bool) -> &'static str {
    let is_said = |text| chain(error).any(|error| says(error, text));
    if TIMEOUTS.into_iter().any(is_said) {
        "timeout"
    } else if let Some(kind) = network_error(error) {
        kind
    } else if !is_said("client error (Connect)") {
        "request_error"
    } else if is_secure && !is_said("tcp connect error") && !is_said("tcp open error") {
        // TCP has its own text; what else fails while connecting is TLS.
        "tls_error"
    } else {
        "connect_error"
    }
}

/// Names the outcome of an error, and tells the span what the error says.
#[cold]
pub(super) fn fail(error: &(dyn Error + 'static), is_secure: bool, span: &Span) -> Outcome {
    let error_type = error_type(error, is_secure);
    if span.is_recording() {
        span.fail(message(chain(error)), error_type);
    }
    Outcome::Failed(error_type.into())
}
