//! What servers say: partial success, error details, messages.

use std::time::Duration;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value as Json;

use crate::wire::{Fields, Value};

/// The longest message that is kept, in characters.
const MESSAGE: usize = 200;

/// What an accepted batch was answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PartialSuccess {
    pub(crate) rejected: u64,
    pub(crate) message: String,
}

impl PartialSuccess {
    /// Reads an `Export*ServiceResponse`; a malformed one says nothing.
    pub(crate) fn from_protobuf(body: &[u8]) -> Self {
        let Some(partial) = Fields(body).bytes(1) else {
            return Self::default();
        };
        Self {
            // An int64; a negative count is none.
            rejected: Fields(partial)
                .varint(1)
                .filter(|count| i64::try_from(*count).is_ok())
                .unwrap_or(0),
            message: text(Fields(partial).bytes(2).unwrap_or_default()),
        }
    }

    /// As [`from_protobuf`](Self::from_protobuf), in the JSON mapping.
    pub(crate) fn from_json(body: &[u8]) -> Self {
        let json: Json = serde_json::from_slice(body).unwrap_or_default();
        let partial = either(&json, "partialSuccess", "partial_success");
        let rejected = [
            ("rejectedSpans", "rejected_spans"),
            ("rejectedDataPoints", "rejected_data_points"),
            ("rejectedLogRecords", "rejected_log_records"),
        ]
        .iter()
        .find_map(|(camel, snake)| match either(partial, camel, snake) {
            Json::Number(count) => count.as_u64(),
            Json::String(count) => count.parse().ok(),
            _ => None,
        });
        Self {
            rejected: rejected.unwrap_or(0),
            message: either(partial, "errorMessage", "error_message")
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        }
    }
}

fn either<'a>(json: &'a Json, camel: &str, snake: &str) -> &'a Json {
    json.get(camel)
        .or_else(|| json.get(snake))
        .unwrap_or(&Json::Null)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The message in the body of an HTTP error: a `google.rpc.Status` or text.
pub(crate) fn error_message(content_type: &str, body: &[u8]) -> String {
    match content_type {
        "application/x-protobuf" | "application/protobuf" => {
            text(Fields(body).bytes(2).unwrap_or_default())
        }
        "application/json" => {
            let json: Json = serde_json::from_slice(body).unwrap_or_default();
            ["message", "error", "detail", "errors"]
                .iter()
                .find_map(|name| match json.get(name)? {
                    Json::String(message) => Some(message.clone()),
                    Json::Object(inner) => Some(inner.get("message")?.as_str()?.to_owned()),
                    Json::Array(all) => Some(all.first()?.as_str()?.to_owned()),
                    _ => None,
                })
                .unwrap_or_default()
        }
        "text/plain" | "" => text(body),
        _ => String::new(),
    }
}

/// The delay that a `grpc-status-details-bin` asks for in a
/// `google.rpc.RetryInfo`.
pub(crate) fn retry_info(header: &[u8]) -> Option<Duration> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let status = BASE64.decode(header).ok()?;
    let info = Fields(&status).find_map(|field| match field {
        (3, Value::Bytes(any))
            if Fields(any).bytes(1) == Some(b"type.googleapis.com/google.rpc.RetryInfo") =>
        {
            Some(Fields(any).bytes(2).unwrap_or_default())
        }
        _ => None,
    })?;
    let delay = Fields(info).bytes(1).unwrap_or_default();
    // Negative numbers, which a delay has not, are beyond `i64` here.
    let seconds = i64::try_from(Fields(delay).varint(1).unwrap_or(0)).unwrap_or(0);
    let nanos = i32::try_from(Fields(delay).varint(2).unwrap_or(0)).unwrap_or(0);
    Some(Duration::new(
        seconds.unsigned_abs(),
        nanos.unsigned_abs().min(999_999_999),
    ))
}

/// Undoes the percent encoding of a `grpc-message`.
pub(crate) fn grpc_message(header: &[u8]) -> String {
    percent_encoding::percent_decode(header)
        .decode_utf8_lossy()
        .into_owned()
}

/// Makes a server's message fit to be shown: on one line, cut, and without
/// `secrets`, which a server may well repeat. `None` if nothing is left.
pub(crate) fn presentable<'a>(
    message: &str,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Option<Box<str>> {
    let mut message = message.to_owned();
    for secret in secrets {
        message = message.replace(secret, "[REDACTED]");
    }
    let words: Vec<_> = message
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    let mut shown: String = line.chars().take(MESSAGE).collect();
    if shown.len() < line.len() {
        shown.pop();
        shown.push('…');
    }
    (!shown.is_empty()).then(|| shown.into_boxed_str())
}

#[cfg(test)]
mod tests;
