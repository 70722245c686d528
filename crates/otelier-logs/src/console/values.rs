//! The fields of an event, in the form a line needs.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use otelier_core::{REDACTED, is_secret, redact_text};
use tracing_core::field::{Field, Visit};

use crate::error_text;
use crate::log_crate::{is_origin, plain_name};

/// A value as it was recorded.
pub(super) enum Value<'a> {
    Signed(i64),
    Unsigned(u64),
    /// Digits that no reader of JSON is bound to keep.
    Wide(&'a dyn fmt::Display),
    Float(f64),
    Bool(bool),
    Str(&'a str),
    Debug(&'a dyn fmt::Debug),
}

/// Writes the fields of an event to a line.
pub(super) trait Line {
    fn field(&mut self, name: &'static str, value: &Value<'_>);
}

/// Masks the secrets in what was written to a line from `start` on.
pub(super) fn redact_from(line: &mut String, start: usize) {
    let written = line.get(start..).unwrap_or_default();
    if let Cow::Owned(redacted) = redact_text(written) {
        line.truncate(start);
        line.push_str(&redacted);
    }
}

/// Which fields of the event are visited.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The message alone.
    Message,
    /// All but the message and what the `log` crate says of a record's origin.
    Rest,
}

pub(super) struct Visitor<'l, L> {
    pub(super) line: &'l mut L,
    pub(super) part: Part,
}

impl<L: Line> Visitor<'_, L> {
    #[inline]
    fn put(&mut self, field: &Field, value: &Value<'_>) {
        let name = field.name();
        let wanted = match self.part {
            Part::Message => name == "message",
            Part::Rest => name != "message" && !is_origin(name),
        };
        if wanted && is_secret(name) {
            self.line.field(plain_name(name), &Value::Str(REDACTED));
        } else if wanted {
            self.line.field(plain_name(name), value);
        }
    }
}

impl<L: Line> Visit for Visitor<'_, L> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &Value::Float(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &Value::Signed(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &Value::Unsigned(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.put(field, &Value::Signed(value)),
            Err(_) => self.put(field, &Value::Wide(&value)),
        }
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        match u64::try_from(value) {
            Ok(value) => self.put(field, &Value::Unsigned(value)),
            Err(_) => self.put(field, &Value::Wide(&value)),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &Value::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, &Value::Str(value));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = String::new();
        error_text::write_chain(&mut text, value);
        self.put(field, &Value::Str(&text));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &Value::Debug(value));
    }
}
