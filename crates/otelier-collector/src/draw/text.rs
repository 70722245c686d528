//! Text that is safe to show: nothing received can move the cursor or forge a line.

use super::forest::{Place, Top};
use crate::{
    clean::clean,
    store::{Log, Span, display_short},
};
use opentelemetry_proto::tonic::{
    common::v1::AnyValue,
    trace::v1::{span::SpanKind, status::StatusCode},
};
use std::{borrow::Cow, net::IpAddr, time::Duration};

/// Bytes of a value that are looked at: more than are ever drawn.
const LONGEST_VALUE: usize = 1000;

/// Whether text carries colours.
///
/// See the example of [`Completions`](crate::Completions).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// No escape sequences.
    Plain,
    /// ANSI escape sequences, for a terminal.
    Colour,
}

/// A colour by its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
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

/// Width in a terminal, near enough.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

pub(crate) fn duration(duration: Duration) -> String {
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
pub(crate) fn status(span: &Span) -> (String, Tone) {
    let failed = span.status() == StatusCode::Error;
    match span.http_status() {
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

/// What is worth a place in a span's line: its service, where that of the span above is another,
/// some attributes, and what is odd about its place.
pub(crate) fn details(span: &Span, place: Place<'_>) -> Vec<(String, Tone)> {
    let text = |key| {
        let value = span.attribute(key)?;
        Some(clean(&display_short(value, LONGEST_VALUE), 80))
    };
    let mut details = Vec::new();
    if !matches!(place, Place::Under(parent) if parent.service() == span.service()) {
        details.push((format!("[{}]", clean(span.service(), 40)), Tone::Service));
    }
    if span.kind() == SpanKind::Server && span.attribute("http.route").is_none() {
        // No route matched: its name tells nothing but the method.
        details.extend(text("url.path").or_else(|| text("http.target")).map(plain));
    }
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
            let here = key == "server.address" && is_this_machine(&value);
            if !superseded && !here {
                details.push(plain(format!("{label}{value}")));
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
    match place {
        Place::Top(Top::Orphan) => details.push(("(parent not here)".into(), Tone::Warning)),
        Place::Top(Top::Circle) => details.push(("(its own ancestor)".into(), Tone::Warning)),
        Place::Top(Top::Root) | Place::Under(_) => {}
    }
    details
}

const fn plain(text: String) -> (String, Tone) {
    (text, Tone::None)
}

/// Whether an address is that of every process here, so that it tells nothing.
fn is_this_machine(address: &str) -> bool {
    address == "localhost" || address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// What a log record says: the name of the event if it is one, and the body if it has one.
pub(crate) fn log_words(log: &Log) -> String {
    let body = log
        .proto()
        .body
        .as_ref()
        .filter(|body| body.value.is_some());
    let body = body.map(|body| display_short(body, LONGEST_VALUE));
    let name = clean(&log.proto().event_name, 80);
    match body {
        None => name,
        Some(body) if name.is_empty() => clean(&body, 200),
        Some(body) => format!("{name} {}", clean(&body, 200)),
    }
}

/// Attributes as `key=value`, the first few.
pub(crate) fn pairs<'a>(
    attributes: impl Iterator<Item = (&'a str, &'a AnyValue)>,
    most: usize,
) -> String {
    let mut out = String::new();
    for (key, value) in attributes.take(most) {
        out.push(' ');
        out.push_str(&clean(key, 40));
        out.push('=');
        out.push_str(&clean(&display_short(value, LONGEST_VALUE), 80));
    }
    out
}

/// The time of day, in UTC, to the millisecond.
pub(crate) fn time_of_day(unix_nano: u64) -> String {
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
