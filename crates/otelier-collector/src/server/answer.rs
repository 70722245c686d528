//! The message that says that a request was taken.

use crate::{decode::Rejected, signal::Signal};
use bytes::Bytes;
use prost::Message as _;
use serde_json::json;

/// The response of all three signals: their partial successes differ in nothing but names.
#[derive(Clone, PartialEq, prost::Message)]
struct Response {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    error_message: String,
}

/// Empty when everything was taken.
pub(super) fn protobuf(rejected: &Rejected) -> Bytes {
    if is_none(rejected) {
        return Bytes::new();
    }
    let response = Response {
        partial_success: Some(PartialSuccess {
            rejected: i64::try_from(rejected.count).unwrap_or(i64::MAX),
            error_message: rejected.reason.clone(),
        }),
    };
    response.encode_to_vec().into()
}

/// `{}` when everything was taken.
pub(super) fn json(signal: Signal, rejected: &Rejected) -> String {
    if is_none(rejected) {
        return "{}".into();
    }
    let partial = json!({
        signal.rejected_field(): rejected.count.to_string(),
        "errorMessage": rejected.reason,
    });
    json!({ "partialSuccess": partial }).to_string()
}

const fn is_none(rejected: &Rejected) -> bool {
    rejected.count == 0 && rejected.reason.is_empty()
}
