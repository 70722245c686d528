//! Text that is safe to show: nothing received can move the cursor or forge a line.

use crate::store::{Span, display};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, any_value::Value},
    trace::v1::status::StatusCode,
};
use std::{borrow::Cow, time::Duration};

/// Whether text carries colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI escape sequences, for a terminal.
    Colour,
}

/// A colour by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Warning,
    Bad,
    Service,
    Faint,
    Bold,
    None,
}

impl Style {
    /// Paints text that is clean already.
    pub(super) fn paint(self, tone: Tone, text: &str) -> Cow<'_, str> {
        let code = match tone {
            _ if self == Self::Plain => return text.into(),
            Tone::None => return text.into(),
            Tone::Good => 32,
            Tone::Warning => 33,
            Tone::Bad => 31,
            Tone::Service => 36,
            Tone::Faint => 2,
            Tone::Bold => 1,
        };
        format!("\x1b[{code}m{text}\x1b[0m").into()
    }
}

/// At most `longest` characters; white space becomes a space, and what could control a terminal
/// or turn the reading direction becomes a replacement character.
pub(super) fn clean(text: &str, longest: usize) -> String {
    let mut out = String::with_capacity(text.len().min(longest * 4));
    for (at, c) in text.chars().enumerate() {
        if at == longest {
            out.push('…');
            break;
        }
        out.push(match c {
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => ' ',
            c if c.is_control() || turns(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        });
    }
    out
}

/// Whether a character is invisible or changes how others are read.
const fn turns(c: char) -> bool {
    matches!(
        c,
        '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
    )
}

/// Width in a terminal, near enough.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 0.01 {
        format!("{:.2}ms", seconds * 1e3)
    } else if seconds < 1.0 {
        format!("{:.1}ms", seconds * 1e3)
    } else if seconds < 60.0 {
        format!("{seconds:.2}s")
    } else {
        format!(
            "{}m{:02}s",
            duration.as_secs() / 60,
            duration.as_secs() % 60
        )
    }
}

/// The HTTP status if there is one, or else `ok` or `error`.
pub(super) fn status(span: &Span) -> (String, Tone) {
    let failed = span.status() == StatusCode::Error;
    let http = span
        .attribute("http.response.status_code")
        .or_else(|| span.attribute("http.status_code"))
        .and_then(int);
    match http {
        Some(code) => {
            let tone = match code {
                _ if failed => Tone::Bad,
                500.. => Tone::Bad,
                400..500 => Tone::Warning,
                _ => Tone::Good,
            };
            (code.to_string(), tone)
        }
        None if failed => ("error".into(), Tone::Bad),
        None => ("ok".into(), Tone::Good),
    }
}

fn int(value: &AnyValue) -> Option<i64> {
    match value.value {
        Some(Value::IntValue(number)) => Some(number),
        _ => None,
    }
}

/// The attributes worth a place in a line, and whether each tells of an error.
pub(super) fn details(span: &Span) -> Vec<(String, Tone)> {
    let text = |key| span.attribute_text(key).map(|text| clean(&text, 80));
    let mut details = Vec::new();
    for (key, label) in [
        ("db.system.name", ""),
        ("db.system", ""),
        ("db.response.returned_rows", "rows "),
        ("messaging.system", ""),
        ("messaging.destination.name", ""),
        ("rpc.system", ""),
        ("server.address", ""),
        ("http.request.resend_count", "resend "),
    ] {
        if let Some(value) = text(key) {
            let superseded = key == "db.system" && span.attribute("db.system.name").is_some();
            if !superseded {
                details.push((format!("{label}{value}"), Tone::None));
            }
        }
    }
    // For an HTTP status of 500 or more it is the status again.
    if let Some(error) = text("error.type").filter(|error| *error != status(span).0) {
        details.push((format!("error.type={error}"), Tone::Bad));
    }
    if span.status() == StatusCode::Error && !span.status_message().is_empty() {
        details.push((clean(span.status_message(), 120), Tone::Bad));
    }
    details
}

/// Attributes as `key=value`, the first few.
pub(super) fn pairs<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a AnyValue)>,
    most: usize,
) -> String {
    let mut out = String::new();
    for (key, value) in attributes.take(most) {
        out.push(' ');
        out.push_str(&clean(key, 40));
        out.push('=');
        out.push_str(&clean(&display(value), 80));
    }
    out
}

/// The time of day, in UTC, to the millisecond.
pub(super) fn time_of_day(unix_nano: u64) -> String {
    let millis = unix_nano / 1_000_000;
    let (seconds, minutes, hours) = (millis / 1000, millis / 60_000, millis / 3_600_000);
    format!(
        "{:02}:{:02}:{:02}.{:03}",
        hours % 24,
        minutes % 60,
        seconds % 60,
        millis % 1000
    )
}
