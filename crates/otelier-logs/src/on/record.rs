//! From the fields of an event to the body and attributes of a log record.
//!
//! The small functions are inlined by force, which saves 70 instructions an event; left alone, the compiler shares them
//! among the kinds of values.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::Arc;

use opentelemetry::logs::{AnyValue, LogRecord};
use opentelemetry::{Key, StringValue};
use otelier_core::known_error_name;
use tracing_core::Field;
use tracing_core::field::{FieldSet, Visit};

use crate::log_crate::{is_origin, plain_name};
use crate::{error_text, event_name};

const CODE_FILE_PATH: Key = Key::from_static_str("code.file.path");
const CODE_LINE_NUMBER: Key = Key::from_static_str("code.line.number");
const EXCEPTION_MESSAGE: Key = Key::from_static_str("exception.message");
const EXCEPTION_TYPE: Key = Key::from_static_str("exception.type");

/// Whether the event is a record of the `log` crate.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Tracing,
    Log,
}

/// Where a field goes.
pub(super) enum Slot {
    Attribute(&'static str),
    Body,
    /// What names the event, if it is a text.
    EventName(&'static str),
    Nowhere,
}

/// Takes values that [`Values`] has brought into the form of log records.
pub(super) trait Sink {
    fn slot(&self, field: &Field) -> Slot;
    fn attribute(&mut self, name: &'static str, value: AnyValue);
    fn body(&mut self, text: &str);
    fn event_name(&mut self, field: &'static str, text: &str);
    /// Sees each error before it becomes a text.
    fn exception(&mut self, error: &(dyn Error + 'static));
}

/// Writes fields into a record.
pub(super) struct Fields<'r, R> {
    record: &'r mut R,
    source: Source,
    /// All that the event itself has.
    own: &'static FieldSet,
    has_exception: bool,
    /// Whether the event has an error and nothing else, as that of `#[tracing::instrument(err)]` has.
    is_error_alone: bool,
}

impl<'r, R: LogRecord> Fields<'r, R> {
    pub(super) fn new(record: &'r mut R, source: Source, own: &'static FieldSet) -> Self {
        Self {
            record,
            source,
            own,
            has_exception: false,
            is_error_alone: own.len() == 1 && own.field("error").is_some(),
        }
    }
}

impl<R: LogRecord> Sink for Fields<'_, R> {
    #[inline(always)]
    fn slot(&self, field: &Field) -> Slot {
        match field.name() {
            "message" => Slot::Body,
            event_name::FIELD => Slot::EventName(event_name::FIELD),
            name if self.source == Source::Log && is_origin(name) => Slot::Nowhere,
            name => Slot::Attribute(plain_name(name)),
        }
    }

    #[inline(always)]
    fn attribute(&mut self, name: &'static str, value: AnyValue) {
        if self.is_error_alone && name == "error" {
            self.record.set_body(value.clone());
        }
        self.record.add_attribute(Key::from_static_str(name), value);
    }

    #[inline(always)]
    fn body(&mut self, text: &str) {
        if !text.is_empty() {
            self.record.set_body(shared(text));
        }
    }

    #[cold]
    fn event_name(&mut self, field: &'static str, text: &str) {
        match event_name::kept(text) {
            Some(name) => self.record.set_event_name(name),
            None => self.attribute(field, shared(text)),
        }
    }

    fn exception(&mut self, error: &(dyn Error + 'static)) {
        if self.has_exception {
            return;
        }
        self.has_exception = true;
        // What the event says itself counts more.
        if self.own.field("exception.type").is_none()
            && let Some(name) = known_error_name(error)
        {
            self.record.add_attribute(EXCEPTION_TYPE, name);
        }
        if self.own.field("exception.message").is_none() {
            let message = shared(&error.to_string());
            self.record.add_attribute(EXCEPTION_MESSAGE, message);
        }
    }
}

/// Says where the event stands.
#[inline(always)]
pub(super) fn add_place(record: &mut impl LogRecord, file: Option<AnyValue>, line: Option<u32>) {
    if let (Some(file), Some(line)) = (file, line) {
        record.add_attribute(CODE_FILE_PATH, file);
        record.add_attribute(CODE_LINE_NUMBER, AnyValue::Int(line.into()));
    }
}

/// A text that is copied once: a batch processor clones each record, and then only counts.
#[inline(always)]
pub(super) fn shared(text: &str) -> AnyValue {
    AnyValue::String(StringValue::from(Arc::<str>::from(text)))
}

/// Brings values into the form of log records, the same for fields of events and of spans.
pub(super) struct Values<S> {
    pub(super) sink: S,
    /// A buffer to format in, so that each text is allocated once and in its size.
    pub(super) scratch: String,
}

impl<S: Sink> Values<S> {
    #[inline(always)]
    fn typed(&mut self, field: &Field, value: AnyValue, text: &dyn fmt::Display) {
        match self.sink.slot(field) {
            Slot::Attribute(name) | Slot::EventName(name) => self.sink.attribute(name, value),
            Slot::Body => self.sink.body(&text.to_string()),
            Slot::Nowhere => {}
        }
    }

    #[inline(always)]
    fn integer<N: TryInto<i64> + fmt::Display + Copy>(&mut self, field: &Field, number: N) {
        match number.try_into() {
            Ok(fits) => self.typed(field, AnyValue::Int(fits), &number),
            Err(_) => self.text(field, &number.to_string()),
        }
    }

    #[inline(always)]
    fn text(&mut self, field: &Field, text: &str) {
        match self.sink.slot(field) {
            Slot::Attribute(name) => self.sink.attribute(name, shared(text)),
            Slot::Body => self.sink.body(text),
            Slot::EventName(name) => self.sink.event_name(name, text),
            Slot::Nowhere => {}
        }
    }
}

impl<S: Sink> Visit for Values<S> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.typed(field, AnyValue::Double(value), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.typed(field, AnyValue::Int(value), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.integer(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.integer(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.integer(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.typed(field, AnyValue::Boolean(value), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        match self.sink.slot(field) {
            Slot::Attribute(name) | Slot::EventName(name) => {
                self.sink.attribute(name, value.into());
            }
            Slot::Body => self.sink.body(&String::from_utf8_lossy(value)),
            Slot::Nowhere => {}
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if matches!(self.sink.slot(field), Slot::Nowhere) {
            return;
        }
        self.sink.exception(value);
        let mut text = String::new();
        error_text::write_chain(&mut text, value);
        self.text(field, &text);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let slot = self.sink.slot(field);
        if matches!(slot, Slot::Nowhere) {
            return;
        }
        self.scratch.clear();
        // A Debug that fails has written what it could.
        let _ = write!(self.scratch, "{value:?}");
        match slot {
            Slot::Attribute(name) => self.sink.attribute(name, shared(&self.scratch)),
            Slot::Body => self.sink.body(&self.scratch),
            Slot::EventName(name) => self.sink.event_name(name, &self.scratch),
            Slot::Nowhere => {}
        }
    }
}
