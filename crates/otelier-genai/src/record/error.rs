//! What an error is called, and what it says.

use std::fmt::{Debug, Display};

use otelier_core::{Message, Outcome, edge::Span, error_name_of};

/// What says of an error that a time was over, in the libraries that clients are made
/// of; some tell it by what their `Debug` shows of a source alone.
const TIMEOUTS: [&str; 4] = [
    "TimedOut",
    "timed out",
    "deadline has elapsed",
    "Elapsed(())",
];

/// Names the outcome of an error, and tells the span what the error says.
#[cold]
pub(super) fn fail<E: Display + Debug + 'static>(error: &E, span: &Span) -> Outcome {
    let debug = format!("{error:?}");
    let is_timeout = TIMEOUTS.iter().any(|text| debug.contains(text));
    let kind = if is_timeout {
        "timeout"
    } else {
        error_name_of(error)
    };
    if span.is_recording() {
        span.fail(Message::of(error), kind);
    }
    Outcome::Failed(kind.into())
}
