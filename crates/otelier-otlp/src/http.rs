//! OTLP over HTTP: the headers of a request, the meaning of an answer.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{
    Asked, Cause, Failure, Protocol,
    answer::{self, PartialSuccess},
    client::{Answer, Outcome},
    retry,
};

/// Adds what the protocol demands to the user's headers.
pub(crate) fn headers(headers: &mut HeaderMap, protocol: Protocol, encoding: Option<&'static str>) {
    let content = match protocol {
        Protocol::HttpJson => "application/json",
        Protocol::HttpProtobuf | Protocol::Grpc => "application/x-protobuf",
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content));
    headers.insert(header::ACCEPT, HeaderValue::from_static(content));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
}

pub(crate) fn outcome<'a>(
    answer: &Answer,
    asked: Asked,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Outcome {
    let kind = content_type(&answer.head.headers);
    if kind.starts_with("application/grpc") {
        return Err(Cause::ExpectedHttp.into());
    }
    let status = answer.head.status;
    if status.is_success() {
        if matches!(kind.as_str(), "text/html" | "application/xhtml+xml") {
            return Err(Cause::Page { path: asked.path }.into());
        }
        // Beside that, the status alone decides: a batch that was taken must not be sent
        // again because of what is said about it.
        let said = match kind.as_str() {
            "application/json" => PartialSuccess::from_json(&answer.body),
            "application/x-protobuf" | "application/protobuf" => {
                PartialSuccess::from_protobuf(&answer.body)
            }
            _ => PartialSuccess::default(),
        };
        return Ok(PartialSuccess {
            status: Some(status.as_u16()),
            ..said
        });
    }
    Err(refusal(answer, asked, secrets))
}

/// What an HTTP status other than 2xx means, to gRPC as well.
pub(crate) fn refusal<'a>(
    answer: &Answer,
    asked: Asked,
    secrets: impl IntoIterator<Item = &'a str>,
) -> Failure {
    let headers = &answer.head.headers;
    let message = answer::error_message(&content_type(headers), &answer.body);
    let cause = Cause::Http {
        status: answer.head.status.as_u16(),
        asked,
        message: answer::presentable(&message, secrets),
    };
    Failure {
        retry_after: retry_after(headers),
        ..Failure::from(cause)
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    retry::retry_after(value.as_bytes(), SystemTime::now())
}

/// Without its parameters, in lower case; empty if there is none.
pub(crate) fn content_type(headers: &HeaderMap) -> String {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

/// Whether a status says something of the way to the server rather than that
/// it speaks another protocol.
pub(crate) fn is_of_the_way(status: StatusCode) -> bool {
    matches!(status.as_u16(), 300..=399 | 401 | 403 | 407 | 408 | 413 | 429 | 500..=504)
}
