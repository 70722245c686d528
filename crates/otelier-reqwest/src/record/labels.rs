//! What is recorded of an answer, and what of having none.

use http::{StatusCode, Version};
use opentelemetry::{KeyValue, StringValue};
use otelier_core::{Outcome, semconv};
use reqwest::Response;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Answer {
    status: StatusCode,
    version: Version,
}

impl Answer {
    pub(super) fn of(response: &Response) -> Self {
        Self {
            status: response.status(),
            version: response.version(),
        }
    }

    /// The same on span and metric.
    pub(super) fn attributes(self) -> [KeyValue; 2] {
        let code = i64::from(self.status.as_u16());
        [
            KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, code),
            KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version(self.version)),
        ]
    }

    pub(super) fn is_error(self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }
}

/// A status of 4xx or 5xx is the error, whatever happens after it.
pub(super) fn error_type(answer: Option<Answer>, outcome: &Outcome) -> Option<StringValue> {
    match answer {
        Some(answer) if answer.is_error() => Some(answer.status.as_str().to_owned().into()),
        _ => outcome.error_type().map(|kind| kind.to_owned().into()),
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}
