//! A line for people.

use std::fmt::Write as _;

use tracing_core::Level;

use super::digits::{write_hex, write_number, write_signed};
use super::escape::{Plain, is_unsafe};
use super::format::Color;
use super::time::{Precision, write_time};
use super::values::{Head, Line, MESSAGE, Part, Shade, Show, Value};
use super::written::Written;
use crate::ids::Ids;

const DIM: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// Writes `2026-11-21T03:20:01.123Z  INFO target: message key=value trace=4bf92f35`.
pub(super) fn write_line(
    text: &mut Written,
    fields: &mut impl Show,
    head: &Head<'_>,
    ids: Option<Ids>,
    color: Color,
) {
    let colored = color == Color::Always;
    let style = |text: &mut Written, style: &str| {
        if colored {
            text.push_str(style);
        }
    };
    let (level, paint) = match head.shade {
        Shade::Level(Level::TRACE) => ("TRACE", "\u{1b}[35m"),
        Shade::Level(Level::DEBUG) => ("DEBUG", "\u{1b}[34m"),
        Shade::Level(Level::INFO) => (" INFO", "\u{1b}[32m"),
        Shade::Level(Level::WARN) => (" WARN", "\u{1b}[33m"),
        Shade::Level(Level::ERROR) => ("ERROR", "\u{1b}[31m"),
        Shade::Fatal => ("FATAL", "\u{1b}[31m"),
    };
    style(text, DIM);
    write_time(text, std::time::SystemTime::now(), Precision::Millis);
    style(text, PLAIN);
    text.push(' ');
    style(text, paint);
    text.push_str(level);
    style(text, PLAIN);
    text.push(' ');
    style(text, DIM);
    let _ = Plain(text).write_str(head.target);
    text.push(':');
    style(text, PLAIN);
    if fields.starts_with_message() {
        fields.show(Part::All, &mut Whole(text, true));
    } else {
        fields.show(Part::Message, &mut Message(text));
        fields.show(Part::Rest, &mut Pairs(text));
    }
    if let Some(ids) = ids {
        style(text, DIM);
        text.push_str(" trace=");
        let start = u32::try_from(ids.trace >> 96).unwrap_or(0);
        write_hex(text, start.to_be_bytes());
        style(text, PLAIN);
    }
    text.push('\n');
}

struct Message<'a>(&'a mut Written);

impl Line for Message<'_> {
    fn field(&mut self, _: &'static str, value: &Value<'_>) {
        self.0.push(' ');
        match value {
            Value::Str(message) => drop(Plain(self.0).write_str(message)),
            value => write_value(self.0, value),
        }
    }
}

/// The message, if one comes first, and pairs.
struct Whole<'a>(&'a mut Written, bool);

impl Line for Whole<'_> {
    fn field(&mut self, name: &'static str, value: &Value<'_>) {
        if std::mem::take(&mut self.1) && name == MESSAGE {
            Message(self.0).field(name, value);
        } else {
            Pairs(self.0).field(name, value);
        }
    }
}

struct Pairs<'a>(&'a mut Written);

impl Line for Pairs<'_> {
    fn field(&mut self, name: &'static str, value: &Value<'_>) {
        self.0.push(' ');
        let _ = Plain(self.0).write_str(name);
        self.0.push('=');
        write_value(self.0, value);
    }
}

fn write_value(text: &mut Written, value: &Value<'_>) {
    // A Debug that fails has written what it could.
    match value {
        Value::Signed(number) => write_signed(text, *number),
        Value::Unsigned(number) => write_number(text, *number),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Wide(digits) => drop(write!(text, "{digits}")),
        Value::Float(number) => drop(write!(text, "{number:?}")),
        Value::Str(value) if is_word(value) => drop(Plain(text).write_str(value)),
        Value::Str(value) => drop(write!(Plain(text), "{value:?}")),
        Value::Debug(value) => drop(Plain(text).write_str(value)),
    }
}

/// Whether a text can stand after `key=` without quotes.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text
            .chars()
            .any(|c| matches!(c, ' ' | '"' | '=') || c.is_whitespace() || is_unsafe(c))
}
