//! What servers say: partial success, error details, messages.

use std::{borrow::Cow, fmt, time::Duration};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use crate::wire::{Fields, Value};

/// Shorter words of a header are in many a message.
const SECRET: usize = 6;

/// With and without the padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest message that is kept, in characters.
const MESSAGE: usize = 200;

/// What an accepted batch was answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct PartialSuccess {
    pub(crate) rejected: u64,
    pub(crate) message: String,
    /// Of HTTP.
    pub(crate) status: Option<u16>,
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
            status: None,
        }
    }

    /// As [`from_protobuf`](Self::from_protobuf), in the JSON mapping.
    pub(crate) fn from_json(body: &[u8]) -> Self {
        let json = json(body);
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
            status: None,
        }
    }
}

/// What of an answer's body is of interest, null if it is no JSON. What is not
/// takes no memory: small values take many times as much as their text.
fn json(body: &[u8]) -> Json {
    let mut from = serde_json::Deserializer::from_slice(body);
    let json = Picked.deserialize(&mut from);
    json.and_then(|json| from.end().map(|()| json))
        .unwrap_or_default()
}

/// Takes these members of objects, and the first element of lists.
#[derive(Clone, Copy)]
struct Picked;

const MEMBERS: [&str; 15] = [
    "partialSuccess",
    "partial_success",
    "rejectedSpans",
    "rejected_spans",
    "rejectedDataPoints",
    "rejected_data_points",
    "rejectedLogRecords",
    "rejected_log_records",
    "errorMessage",
    "error_message",
    "message",
    "error",
    "detail",
    "errors",
    "title",
];

impl<'de> DeserializeSeed<'de> for Picked {
    type Value = Json;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Json, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Picked {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let first = list.next_element_seed(self)?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Json::Array(first.into_iter().collect()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut picked = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            if MEMBERS.contains(&name.as_str()) {
                picked.insert(name, object.next_value_seed(self)?);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Json::Object(picked))
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
        kind if kind == "application/json" || kind.ends_with("+json") => {
            let json = json(body);
            ["message", "error", "detail", "errors", "title"]
                .iter()
                .find_map(|name| match json.get(name)? {
                    Json::String(message) => Some(message.clone()),
                    Json::Object(inner) => Some(inner.get("message")?.as_str()?.to_owned()),
                    Json::Array(all) => {
                        let first = all.first()?;
                        let message = first.get("message").unwrap_or(first);
                        Some(message.as_str()?.to_owned())
                    }
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

/// What a server may repeat of a header: its value, its words, as that may be the token
/// of an `authorization`, and the user and password that `Basic` is made of.
pub(crate) fn secrets_in(value: &str) -> Vec<String> {
    let basic = value.split_once(' ').and_then(|(scheme, coded)| {
        let is_basic = scheme.eq_ignore_ascii_case("basic");
        let decoded = is_basic.then(|| BASE64.decode(coded.trim()).ok())??;
        String::from_utf8(decoded).ok()
    });
    let password = basic.as_deref().and_then(|it| Some(it.split_once(':')?.1));
    let words = [value].into_iter().chain(value.split(' '));
    let all = words.chain(basic.as_deref()).chain(password);
    all.filter(|word| word.len() >= SECRET)
        .map(str::to_owned)
        .collect()
}

/// Makes a server's message fit to be shown: on one line, cut, and without
/// `secrets`, which a server may well repeat. `None` if nothing is left.
pub(crate) fn presentable<'a>(
    message: &str,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Option<Box<str>> {
    let mut message = Cow::Borrowed(message);
    for secret in secrets {
        if message.contains(secret) {
            message = Cow::Owned(message.replace(secret, "[REDACTED]"));
        }
    }
    let words = message
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty());
    let mut shown = String::new();
    let mut left = MESSAGE;
    for word in words {
        let space = if shown.is_empty() { "" } else { " " };
        for c in space.chars().chain(word.chars()) {
            if left == 0 {
                shown.pop();
                shown.push('…');
                return Some(shown.into_boxed_str());
            }
            shown.push(c);
            left -= 1;
        }
    }
    (!shown.is_empty()).then(|| shown.into_boxed_str())
}

#[cfg(test)]
mod tests;
