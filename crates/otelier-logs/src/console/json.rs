//! A line for log shippers.

use std::fmt::Write as _;

use super::digits::{write_hex, write_number, write_signed};
use super::escape::Json;
use super::format::Datadog;
use super::time::{Precision, write_time};
use super::values::{Head, Line, MESSAGE, Part, Shade, Show, Value};
use super::written::Written;
use crate::ids::Ids;

/// What is the same on every line, written once.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    /// `,"service.name":"api"` and what else follows the ids.
    text: Vec<u8>,
    datadog: bool,
}

impl Constants {
    pub(super) fn new(service_name: Option<&str>, datadog: Option<&Datadog>) -> Self {
        let mut text = Written::new();
        let named = datadog.map(|dd| {
            [
                ("dd.service", &dd.service),
                ("dd.env", &dd.env),
                ("dd.version", &dd.version),
            ]
        });
        let named = named
            .into_iter()
            .flatten()
            .map(|(key, value)| (key, value.as_str()));
        for (key, value) in service_name
            .map(|name| ("service.name", name))
            .into_iter()
            .chain(named)
        {
            if !value.is_empty() {
                write_member(&mut text, key, value);
            }
        }
        Self {
            text: text.as_bytes().to_owned(),
            datadog: datadog.is_some(),
        }
    }
}

/// Writes the event as one JSON object.
pub(super) fn write_line(
    text: &mut Written,
    fields: &mut impl Show,
    head: &Head<'_>,
    ids: Option<Ids>,
    constants: &Constants,
) {
    text.push_str("{\"timestamp\":\"");
    write_time(text, std::time::SystemTime::now(), Precision::Micros);
    text.push_str("\",\"level\":\"");
    text.push_str(match &head.shade {
        Shade::Level(level) => level.as_str(),
        Shade::Fatal => "FATAL",
    });
    text.push('"');
    write_member(text, "target", head.target);
    text.push_str(",\"message\":");
    let mut whole = Whole {
        text,
        name: head.name,
        state: State::Nothing,
    };
    if fields.starts_with_message() {
        fields.show(Part::All, &mut whole);
    } else {
        fields.show(Part::Message, &mut whole);
        whole.end_message();
        fields.show(Part::Rest, &mut whole);
    }
    whole.end();
    if let Some(ids) = ids {
        text.push_str(",\"trace_id\":\"");
        write_hex(text, ids.trace.to_be_bytes());
        text.push_str("\",\"span_id\":\"");
        write_hex(text, ids.span.to_be_bytes());
        text.push('"');
        if constants.datadog {
            let low = ids.trace & u128::from(u64::MAX);
            let _ = write!(
                text,
                ",\"dd.trace_id\":\"{low}\",\"dd.span_id\":\"{}\"",
                ids.span
            );
        }
    }
    text.push_ascii(&constants.text);
    text.push_str("}\n");
}

fn write_member(text: &mut Written, key: &str, value: &str) {
    text.push_str(",\"");
    text.push_str(key);
    text.push_str("\":\"");
    let _ = Json(text).write_str(value);
    text.push('"');
}

/// How far a line is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Nothing,
    Message,
    Members,
}

/// The message, which comes first if there is one, the name of the event, and its fields.
struct Whole<'a> {
    text: &'a mut Written,
    name: Option<&'static str>,
    state: State,
}

impl Whole<'_> {
    /// Leaves the message empty where there was none.
    fn end_message(&mut self) {
        if self.state == State::Nothing {
            self.text.push_str("\"\"");
            self.ended_message();
        }
    }

    fn ended_message(&mut self) {
        if let Some(name) = self.name {
            write_member(self.text, "event_name", name);
        }
        self.state = State::Message;
    }

    fn end(mut self) {
        self.end_message();
        if self.state == State::Members {
            self.text.push('}');
        }
    }
}

impl Line for Whole<'_> {
    fn field(&mut self, name: &'static str, value: &Value<'_>) {
        if name == MESSAGE && self.state == State::Nothing {
            write_value(self.text, value, Kind::Text);
            self.ended_message();
            return;
        }
        self.end_message();
        self.text.push_str(match self.state {
            State::Members => ",\"",
            _ => ",\"fields\":{\"",
        });
        self.state = State::Members;
        let _ = Json(self.text).write_str(name);
        self.text.push_str("\":");
        write_value(self.text, value, Kind::Typed);
    }
}

/// Whether numbers stay numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Typed,
    Text,
}

fn write_value(text: &mut Written, value: &Value<'_>, kind: Kind) {
    let bare = match value {
        Value::Signed(_) | Value::Unsigned(_) | Value::Bool(_) => kind == Kind::Typed,
        Value::Float(number) => kind == Kind::Typed && number.is_finite(),
        Value::Wide(_) | Value::Str(_) | Value::Debug(_) => false,
    };
    if !bare {
        text.push('"');
    }
    match value {
        Value::Signed(number) => write_signed(text, *number),
        Value::Unsigned(number) => write_number(text, *number),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Wide(digits) => drop(write!(text, "{digits}")),
        // Unlike Display, Debug writes 1e300 with an exponent.
        Value::Float(number) => drop(write!(text, "{number:?}")),
        Value::Str(value) | Value::Debug(value) => drop(Json(text).write_str(value)),
    }
    if !bare {
        text.push('"');
    }
}
