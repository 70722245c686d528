//! What an error of a client is called, and which code stands for it.

use std::error::Error;

use otelier_core::edge::{
    grpc::Code,
    http_client::{chain, network_error, says},
};

/// Of a body that failed on its way.
pub(crate) const BODY_ERROR: &str = "body_error";
/// Of a service that answers with an error instead of a response.
pub(crate) const SERVICE_ERROR: &str = "service_error";

/// What says of an error that a time was over, in tonic, tokio and tower.
const TIMEOUTS: [&str; 3] = [
    "Timeout expired",
    "deadline has elapsed",
    "request timed out",
];

/// The code that the caller is told, as far as it can be known, and the
/// `error.type`.
pub(super) fn classify(error: &(dyn Error + 'static)) -> (Code, &'static str) {
    let is_said = |text| chain(error).any(|error| says(error, text));
    if TIMEOUTS.into_iter().any(is_said) {
        return (Code::DeadlineExceeded, "timeout");
    }
    if let Some(code) = chain(error).find_map(reset) {
        return (code, "stream_reset");
    }
    match network_error(error) {
        Some("timeout") => (Code::DeadlineExceeded, "timeout"),
        Some(kind) => (Code::Unavailable, kind),
        None => (Code::Unknown, "request_error"),
    }
}

/// What stands for a stream that the server reset, as h2 says it.
fn reset(error: &(dyn Error + 'static)) -> Option<Code> {
    let said = error.to_string();
    Some(match said.strip_prefix("stream error received: ")? {
        "stream no longer needed" => Code::Cancelled,
        "refused stream before processing any application logic" => Code::Unavailable,
        "detected excessive load generating behavior" => Code::ResourceExhausted,
        _ => Code::Internal,
    })
}
