//! What is told of a request and its answer, on spans and metrics alike.

use std::borrow::Cow;

use super::extension::{SpanName, UrlTemplate};
use crate::{
    Outcome, cut,
    semconv::{self, old},
};
use http::{StatusCode, Version};
use opentelemetry::{KeyValue, StringValue};

/// Longer templates are cut.
const MAX_TEMPLATE_BYTES: usize = 512;

/// What a response says of itself before its headers.
///
/// See the [example of the module](crate::edge::http_client).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    status: StatusCode,
    version: Option<Version>,
}

impl Answer {
    /// That of a response.
    #[must_use]
    pub fn new(status: StatusCode, version: Option<Version>) -> Self {
        Self { status, version }
    }

    /// Status and version, if that is known; the same on span and metric.
    #[must_use]
    #[inline]
    pub fn attributes(self) -> (KeyValue, Option<KeyValue>) {
        let code = i64::from(self.status.as_u16());
        (
            KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, code),
            self.version
                .map(|known| KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version(known))),
        )
    }

    /// Whether the status alone is an error, as clients see it.
    #[must_use]
    pub fn is_error(self) -> bool {
        self.status.is_client_error() || self.status.is_server_error()
    }
}

/// A status of 4xx or 5xx is the error, whatever happens after it.
#[must_use]
pub fn error_type(answer: Option<Answer>, outcome: &Outcome) -> Option<StringValue> {
    match answer {
        Some(answer) if answer.is_error() => Some(answer.status.as_str().to_owned().into()),
        _ => failure(outcome).map(StringValue::from),
    }
}

/// What an outcome is called.
#[must_use]
pub fn failure(outcome: &Outcome) -> Option<&'static str> {
    match outcome {
        Outcome::Failed(Cow::Borrowed(kind)) => Some(kind),
        // All of ours are of the program.
        Outcome::Failed(Cow::Owned(_)) => Some("_OTHER"),
        Outcome::Panicked => Some("panic"),
        _ => None,
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

/// The attributes that had another name before the conventions were stable,
/// under that name, for dashboards that still use them.
#[must_use]
pub fn renamed(attributes: &[KeyValue]) -> Vec<KeyValue> {
    let renamed = attributes.iter().filter_map(|attribute| {
        let key = old::renamed_on_client(attribute.key.as_str())?;
        Some(KeyValue::new(key, attribute.value.clone()))
    });
    renamed.collect()
}

/// The template as an attribute, without a copy where the program holds it.
#[must_use]
pub fn template(template: &UrlTemplate) -> KeyValue {
    let label: StringValue = match template.get() {
        Cow::Borrowed(text) => cut(text, MAX_TEMPLATE_BYTES).into(),
        Cow::Owned(text) => cut(text, MAX_TEMPLATE_BYTES).to_owned().into(),
    };
    KeyValue::new(semconv::URL_TEMPLATE, label)
}

/// `GET /orders/{id}`, or `GET` without a template; `HTTP` for unknown methods.
#[must_use]
pub fn span_name(
    method: Cow<'static, str>,
    template: Option<&UrlTemplate>,
    name: Option<&SpanName>,
) -> Cow<'static, str> {
    match (name, template) {
        (Some(name), _) => name.get().clone(),
        (None, None) => method,
        (None, Some(template)) => [&*method, cut(template.get(), MAX_TEMPLATE_BYTES)]
            .join(" ")
            .into(),
    }
}
