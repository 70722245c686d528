//! A trace as a picture: its spans on an axis of time, with the log lines inside them.

use super::{
    forest::{Forest, Item, Line},
    text::{duration, log_words},
};
use crate::{
    clean::clean,
    store::{Span, Trace},
};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use std::fmt::{self, Write};

/// Rows drawn at most.
const LONGEST: usize = 500;
const ROW: usize = 22;
const HEAD: usize = 40;
/// Where bars begin, how long the longest is, and how much room its text has.
const BARS: usize = 400;
const LONGEST_BAR: usize = 480;
const WIDTH: usize = BARS + LONGEST_BAR + 90;
/// Services beyond these share colours.
const COLOURS: usize = 6;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1c2230}.f{fill:#6b7280}.e{fill:#c0262d}\
.b{fill:#fff}.g{stroke:#e5e7eb}.s0{fill:#3b82c4}.s1{fill:#2a9d74}.s2{fill:#8b62c9}.s3{fill:#c98a1b}\
.s4{fill:#c2557f}.s5{fill:#5b7083}.x{stroke:#c0262d;stroke-width:2}\
@media(prefers-color-scheme:dark){text{fill:#e5e7eb}.f{fill:#9ca3af}.e{fill:#f87171}.b{fill:#11151c}.g{stroke:#2b3240}}";

impl Trace {
    /// Draws the spans across services as an SVG picture of some 1000 pixels' width: a bar for
    /// each on the axis of time, coloured by service, with the log lines and events inside.
    ///
    /// It holds no script and refers to nothing else. At most 500 rows.
    #[must_use]
    pub fn picture(&self) -> String {
        let mut out = String::new();
        // Writing to a String does not fail.
        let _ = self.draw(&mut out);
        out
    }

    fn draw(&self, out: &mut String) -> fmt::Result {
        let lines = Forest::of(self).lines(LONGEST);
        let axis = Axis::of(self);
        let services = self.services();
        let height = HEAD + lines.len().min(LONGEST) * ROW + 12;
        write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\"><style>{STYLE}</style>\
             <rect class=\"b\" width=\"{WIDTH}\" height=\"{height}\"/>"
        )?;
        let mut x = 12;
        for (at, service) in services.iter().enumerate().take(COLOURS) {
            let name = clean(service, 24);
            write!(
                out,
                "<rect class=\"s{at}\" x=\"{x}\" y=\"12\" width=\"10\" height=\"10\" rx=\"2\"/>\
                 <text x=\"{}\" y=\"22\">{}</text>",
                x + 15,
                Escaped(&name)
            )?;
            x += 31 + name.chars().count() * 8;
        }
        for quarter in 0..=4 {
            let x = BARS + LONGEST_BAR * quarter / 4;
            write!(
                out,
                "<path class=\"g\" d=\"M{x} 30V{height}\"/><text class=\"f\" x=\"{}\" y=\"22\">{}</text>",
                x + 3,
                duration(self.duration() * u32::try_from(quarter).unwrap_or_default() / 4)
            )?;
        }
        for (at, line) in lines.iter().take(LONGEST).enumerate() {
            row(out, line, HEAD + at * ROW, &axis, &services)?;
        }
        out.push_str("</svg>\n");
        Ok(())
    }
}

fn row(out: &mut String, line: &Line<'_>, y: usize, axis: &Axis, services: &[&str]) -> fmt::Result {
    // Each level of branches is three characters wide.
    let x = (12 + line.prefix.chars().count() / 3 * 16).min(BARS / 2);
    let room = (BARS - x) / 7;
    match line.item {
        Item::Span(span, _) => {
            let service = services.iter().position(|name| *name == span.service());
            let failed = span.status() == StatusCode::Error;
            text(
                out,
                x,
                y,
                if failed { "e" } else { "" },
                &clean(span.name(), room),
            )?;
            let (from, wide) = axis.bar(span);
            write!(
                out,
                "<rect class=\"s{}{}\" x=\"{from}\" y=\"{}\" width=\"{wide}\" height=\"14\" rx=\"3\"/>",
                service.unwrap_or_default() % COLOURS,
                if failed { " x" } else { "" },
                y + 3,
            )?;
            text(out, from + wide + 5, y, "f", &duration(span.duration()))
        }
        Item::Log(log) => {
            let words = format!("{} {}", log.level(), log_words(log));
            let tone = if log.severity() >= 17 { "e" } else { "f" };
            text(out, x, y, tone, &clean(&words, room))?;
            dot(out, axis.at(log.time_unix_nano()), y)
        }
        Item::Event(event) => {
            text(out, x, y, "f", &clean(&event.name, room))?;
            dot(out, axis.at(event.time_unix_nano), y)
        }
        Item::Link(_, to) => {
            let to = to.map_or("another trace", |span| span.name());
            text(out, x, y, "f", &clean(&format!("⤷ {to}"), room))
        }
    }
}

fn text(out: &mut String, x: usize, y: usize, class: &str, words: &str) -> fmt::Result {
    write!(
        out,
        "<text class=\"{class}\" x=\"{x}\" y=\"{}\">{}</text>",
        y + 15,
        Escaped(words)
    )
}

fn dot(out: &mut String, x: usize, y: usize) -> fmt::Result {
    write!(
        out,
        "<circle class=\"s5\" cx=\"{x}\" cy=\"{}\" r=\"3\"/>",
        y + 10
    )
}

/// Where a moment stands.
struct Axis {
    start: u64,
    length: u64,
}

impl Axis {
    fn of(trace: &Trace) -> Self {
        let starts = trace
            .spans()
            .iter()
            .map(|span| span.proto().start_time_unix_nano);
        let length = u64::try_from(trace.duration().as_nanos()).unwrap_or(u64::MAX);
        Self {
            start: starts.min().unwrap_or_default(),
            length: length.max(1),
        }
    }

    /// Moments outside of the axis stand at its ends.
    fn at(&self, unix_nano: u64) -> usize {
        let since = unix_nano.saturating_sub(self.start).min(self.length);
        let share = u128::from(since) * LONGEST_BAR as u128 / u128::from(self.length);
        BARS + usize::try_from(share).unwrap_or_default()
    }

    /// Where the bar of a span begins, and how wide it is.
    fn bar(&self, span: &Span) -> (usize, usize) {
        let from = self.at(span.proto().start_time_unix_nano);
        let to = self.at(span.proto().end_time_unix_nano);
        (from, to.saturating_sub(from).max(2))
    }
}

/// Text between tags. What XML cannot hold at all is gone already, by [`clean`].
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => to.write_str("&amp;")?,
                '<' => to.write_str("&lt;")?,
                '>' => to.write_str("&gt;")?,
                '\u{FFFE}' | '\u{FFFF}' => to.write_char(char::REPLACEMENT_CHARACTER)?,
                c => to.write_char(c)?,
            }
        }
        Ok(())
    }
}
