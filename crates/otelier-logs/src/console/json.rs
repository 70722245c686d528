//! A line for log shippers.

use std::fmt::Write as _;

use super::digits::{write_hex, write_number, write_signed};
use super::escape::Json;
use super::format::Datadog;
use super::time::{Precision, write_time};
use super::values::{Head, Line, Part, Shade, Show, Value};
use crate::ids::Ids;

/// What is the same on every line, written once.
#[derive(Clone, Debug, Default)]
pub(super) struct Constants {
    /// `,"service.name":"api"` and what else follows the ids.
    text: String,
    datadog: bool,
}

impl Constants {
    pub(super) fn new(service_name: Option<&str>, datadog: Option<&Datadog>) -> Self {
        let mut text = String::new();
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
            text,
            datadog: datadog.is_some(),
        }
    }
}

/// Writes the event as one JSON object.
pub(super) fn write_line(
    text: &mut String,
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
    let mut message = Message {
        text,
        written: false,
    };
    fields.show(Part::Message, &mut message);
    if !message.written {
        text.push_str("\"\"");
    }
    if let Some(name) = head.name {
        write_member(text, "event_name", name);
    }
    let mut members = Members { text, any: false };
    fields.show(Part::Rest, &mut members);
    if members.any {
        text.push('}');
    }
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
    text.push_str(&constants.text);
    text.push_str("}\n");
}

fn write_member(text: &mut String, key: &str, value: &str) {
    text.push_str(",\"");
    text.push_str(key);
    text.push_str("\":\"");
    let _ = Json(text).write_str(value);
    text.push('"');
}

struct Message<'a> {
    text: &'a mut String,
    written: bool,
}

impl Line for Message<'_> {
    fn field(&mut self, _: &'static str, value: &Value<'_>) {
        if !self.written {
            self.written = true;
            write_value(self.text, value, Kind::Text);
        }
    }
}

struct Members<'a> {
    text: &'a mut String,
    any: bool,
}

impl Line for Members<'_> {
    fn field(&mut self, name: &'static str, value: &Value<'_>) {
        self.text
            .push_str(if self.any { ",\"" } else { ",\"fields\":{\"" });
        self.any = true;
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

fn write_value(text: &mut String, value: &Value<'_>, kind: Kind) {
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
