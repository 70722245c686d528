//! The labels of a request's metrics: few, and from fixed sets.

use axum::http::{StatusCode, Version};
use opentelemetry::{KeyValue, StringValue};
use otelier_core::{Methods, semconv};

use super::route::{Route, Series};

/// The schemes that HTTP has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    pub(super) fn parse(name: &str) -> Option<Self> {
        let known = [Self::Http, Self::Https];
        known
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(name))
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    pub(super) fn port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The protocol's version, as a small number and as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Protocol(u8);

impl Protocol {
    pub(super) fn of(version: Version) -> Self {
        Self(match version {
            Version::HTTP_09 => 9,
            Version::HTTP_10 => 10,
            Version::HTTP_2 => 2,
            Version::HTTP_3 => 3,
            _ => 11,
        })
    }

    pub(super) fn as_str(self) -> &'static str {
        match self.0 {
            9 => "0.9",
            10 => "1.0",
            2 => "2",
            3 => "3",
            _ => "1.1",
        }
    }
}

/// Why a request is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ErrorType {
    Status(StatusCode),
    Cancelled,
    Panic,
    Body,
    Service,
}

/// The `error.type` of a body that failed on its way.
pub(super) const BODY_ERROR: &str = "body_error";

impl ErrorType {
    /// A status code lends its own text to nobody, so it is written anew.
    pub(super) fn text(self) -> StringValue {
        match self {
            Self::Status(status) => match status.as_u16() {
                500 => "500".into(),
                502 => "502".into(),
                503 => "503".into(),
                504 => "504".into(),
                _ => status.as_str().to_owned().into(),
            },
            Self::Cancelled => "cancelled".into(),
            Self::Panic => "panic".into(),
            Self::Body => BODY_ERROR.into(),
            Self::Service => "service_error".into(),
        }
    }

    fn place(self) -> u8 {
        match self {
            // The series has the status code already.
            Self::Status(_) => 1,
            Self::Cancelled => 2,
            Self::Panic => 3,
            Self::Body => 4,
            Self::Service => 5,
        }
    }
}

/// The labels of one request's end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    pub(super) methods: &'a Methods,
    pub(super) method: u16,
    pub(super) scheme: Scheme,
    pub(super) version: Protocol,
    pub(super) route: &'a Route,
    pub(super) status: Option<StatusCode>,
    pub(super) error: Option<ErrorType>,
    /// Entries of the request's context that the layer names as labels.
    pub(super) extra: &'a [KeyValue],
}

impl Labels<'_> {
    pub(super) fn series(&self) -> Series {
        Series {
            method: self.method,
            status: self.status.map_or(0, |status| status.as_u16()),
            scheme: self.scheme as u8,
            version: self.version.0,
            error: self.error.map_or(0, ErrorType::place),
        }
    }

    pub(super) fn list(&self) -> Vec<KeyValue> {
        let mut labels = Vec::with_capacity(6 + self.extra.len());
        labels.extend([
            KeyValue::new(
                semconv::HTTP_REQUEST_METHOD,
                self.methods.label(usize::from(self.method)),
            ),
            KeyValue::new(semconv::URL_SCHEME, self.scheme.as_str()),
            KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, self.version.as_str()),
        ]);
        if let Some(route) = &self.route.label {
            labels.push(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
        }
        if let Some(status) = self.status {
            let status = i64::from(status.as_u16());
            labels.push(KeyValue::new(semconv::HTTP_RESPONSE_STATUS_CODE, status));
        }
        if let Some(error) = self.error {
            labels.push(KeyValue::new(semconv::ERROR_TYPE, error.text()));
        }
        labels.extend_from_slice(self.extra);
        labels
    }

    /// The names before the conventions were stable.
    pub(super) fn old_list(&self) -> Vec<KeyValue> {
        let renamed = self.list().into_iter().filter_map(|label| {
            let key = semconv::old::renamed(label.key.as_str())?;
            Some(KeyValue::new(key, label.value))
        });
        renamed.chain(self.extra.iter().cloned()).collect()
    }
}
