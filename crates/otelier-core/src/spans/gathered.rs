//! The fields that a span of `tracing` is made with, read once.

use std::{borrow::Cow, error::Error, fmt, fmt::Write as _};

use opentelemetry::{KeyValue, Value, trace::SpanKind};
use tracing::{
    field::{Field, Visit},
    span::Attributes,
};

use super::prepared::Start;
use crate::redact_text;

/// Fields that tracing-opentelemetry takes for something else than attributes.
pub(super) const NAME: &str = "otel.name";
pub(super) const KIND: &str = "otel.kind";
pub(super) const STATUS_CODE: &str = "otel.status_code";
pub(super) const STATUS_DESCRIPTION: &str = "otel.status_description";

/// Whether a text under that name is something else than an attribute.
pub(super) fn directs(field: &str) -> bool {
    // Most fields are told by that.
    field.starts_with("otel.") && matches!(field, NAME | KIND | STATUS_CODE | STATUS_DESCRIPTION)
}

/// Integers are attributes in the type of those, whatever their own, where it holds them.
pub(super) fn integer(field: &Field, value: impl TryInto<i64>) -> Option<i64> {
    value.try_into().ok().filter(|_| !directs(field.name()))
}

/// Of bytes that are a text with a secret, what is left of that: as the digits that
/// they are written in nobody would find it.
pub(super) fn shown(bytes: &[u8]) -> Option<String> {
    match redact_text(&String::from_utf8_lossy(bytes)) {
        Cow::Owned(shown) => Some(shown),
        Cow::Borrowed(_) => None,
    }
}

/// As `tracing` writes bytes: `[0a ff]`.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(3 * bytes.len() + 2);
    for byte in bytes {
        text.push(if text.is_empty() { '[' } else { ' ' });
        // A text takes all that is written.
        write!(text, "{byte:02x}").ok();
    }
    if text.is_empty() {
        text.push('[');
    }
    text.push(']');
    text
}

/// What the fields of a new span say.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) start: Start,
    /// Whether there is a status or an error, which are tracing-opentelemetry's matter.
    pub(super) has_more: bool,
}

impl Gathered {
    pub(super) fn of(attributes: &Attributes<'_>) -> Self {
        let metadata = attributes.metadata();
        let mut gathered = Self {
            start: Start {
                name: Cow::Borrowed(metadata.name()),
                kind: None,
                attributes: Vec::with_capacity(metadata.fields().len()),
            },
            has_more: false,
        };
        attributes.record(&mut gathered);
        gathered
    }

    fn add(&mut self, field: &Field, value: impl Into<Value>) {
        let attribute = KeyValue::new(field.name(), value);
        self.start.attributes.push(attribute);
    }

    fn text(&mut self, field: &Field, text: String) {
        if !directs(field.name()) {
            self.add(field, text);
            return;
        }
        match field.name() {
            NAME => self.start.name = Cow::Owned(text),
            KIND => self.start.kind = kind(&text),
            _ => self.has_more = true,
        }
    }
}

impl Visit for Gathered {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match integer(field, value) {
            Some(integer) => self.add(field, integer),
            None => self.text(field, value.to_string()),
        }
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match integer(field, value) {
            Some(integer) => self.add(field, integer),
            None => self.text(field, value.to_string()),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match integer(field, value) {
            Some(integer) => self.add(field, integer),
            None => self.text(field, value.to_string()),
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        match shown(value) {
            Some(shown) => self.text(field, shown),
            None => self.text(field, hex(value)),
        }
    }

    fn record_error(&mut self, _: &Field, _: &(dyn Error + 'static)) {
        self.has_more = true;
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }
}

/// None where it is not one of the five.
fn kind(text: &str) -> Option<SpanKind> {
    let kinds = [
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
    ];
    let mut kinds = kinds.into_iter();
    kinds
        .find(|(name, _)| name.eq_ignore_ascii_case(text))
        .map(|(_, kind)| kind)
}
