//! A trace as a tree of its spans, with the log lines inside them.

use super::{
    forest::{Forest, Item, Line, Place},
    text::{Style, Tone, details, duration, log_words, pairs, status, time_of_day, width},
};
use crate::{
    clean::clean,
    id::hex,
    store::{Completed, Log, Span, Trace, text},
};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue},
    trace::v1::span::{Event, Link},
};

/// Lines drawn at most.
const LONGEST: usize = 2000;
/// Attributes drawn of one span.
const MOST_ATTRIBUTES: usize = 128;
/// The column of names is as wide as the widest, but no wider than this.
const WIDEST: usize = 56;

/// A line, before the widths of the columns are known.
struct Row {
    /// The branches that lead to it, and its name or text.
    left: String,
    tone: Tone,
    span: Option<Columns>,
}

struct Columns {
    status: (String, Tone),
    duration: String,
    rest: Vec<(String, Tone)>,
}

/// How much of each span is drawn.
///
/// See the example of [`Completions`](crate::Completions).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Detail {
    /// A line for each span, log record, event and link.
    #[default]
    Lines,
    /// All attributes of each span besides.
    Attributes,
}

impl Completed {
    /// Draws the trace as [`Trace::tree`] does, and says besides when it began (UTC), and whether
    /// it was announced before.
    #[must_use]
    pub fn tree(&self, style: Style, detail: Detail) -> String {
        let spans = self.trace.spans().len();
        let before = match (self.announced, spans.saturating_sub(self.announced)) {
            (0, _) => None,
            (_, 1) => Some("(drawn before, 1 more span)".into()),
            (_, more) => Some(format!("(drawn before, {more} more spans)")),
        };
        let start = self
            .trace
            .root()
            .map(|root| root.proto().start_time_unix_nano);
        let start = start.map(|start| (time_of_day(start), Tone::Faint));
        let before = before.map(|before| (before, Tone::Warning));
        let head = start.into_iter().chain(before);
        draw_tree(&self.trace, style, detail, head.collect())
    }
}

impl Trace {
    /// Draws the spans across services as a tree, children by their start, with the log lines
    /// and events inside them and their links; several lines, each with a line end.
    ///
    /// A span whose parent has not arrived stands at the left, spans in a circle are cut open.
    /// The first line ends with the trace's id. Everything received is made
    /// safe for a terminal. At most 2000 lines.
    #[must_use]
    pub fn tree(&self, style: Style) -> String {
        draw_tree(self, style, Detail::Lines, Vec::new())
    }
}

/// Draws a trace, with something more in the first line.
fn draw_tree(trace: &Trace, style: Style, detail: Detail, head: Vec<(String, Tone)>) -> String {
    let lines = Forest::of(trace).lines(LONGEST);
    let mut rows = Vec::with_capacity(lines.len());
    let mut drawn = 0;
    for at in &lines {
        if rows.len() >= LONGEST {
            break;
        }
        rows.push(row(at));
        drawn += 1;
        if let (Detail::Attributes, Item::Span(span, _)) = (detail, at.item) {
            rows.extend(attribute_rows(&at.prefix, span));
        }
    }
    let id = format!("trace {}", trace.id().short());
    if let Some(columns) = rows.first_mut().and_then(|row| row.span.as_mut()) {
        columns.rest.push((id, Tone::Faint));
        columns.rest.extend(head);
    } else {
        rows.insert(0, line(format!("{id} (no spans)"), Tone::Faint));
    }
    let mut out = draw(&rows, style);
    let total = Forest::total(trace);
    if total > drawn {
        out.push_str(&format!("… {} more lines\n", total - drawn));
    }
    out
}

/// The attributes of a span, below its line.
fn attribute_rows(prefix: &str, span: &Span) -> Vec<Row> {
    let stem = prefix.replace("├─ ", "│  ").replace("└─ ", "   ");
    let shown = span.attributes().iter().filter_map(key_and_value);
    shown
        .take(MOST_ATTRIBUTES)
        .map(|pair| {
            let text = pairs(std::iter::once(pair), 1);
            line(format!("{stem}   ·{text}"), Tone::Faint)
        })
        .collect()
}

fn row(at: &Line<'_>) -> Row {
    match at.item {
        Item::Span(span, place) => span_row(&at.prefix, span, place),
        item => {
            let (text, tone) = item_text(item);
            line(format!("{}{text}", at.prefix), tone)
        }
    }
}

/// What the line of anything but a span says.
pub(crate) fn item_text(item: Item<'_>) -> (String, Tone) {
    match item {
        Item::Span(..) => (String::new(), Tone::None),
        Item::Log(log) => (log_text(log), log_tone(log)),
        Item::Event(event) if event.name == "exception" => (exception_text(event), Tone::Bad),
        Item::Event(event) => (event_text(event), Tone::Faint),
        Item::Link(link, to) => (link_text(link, to), Tone::Faint),
    }
}

const fn line(left: String, tone: Tone) -> Row {
    Row {
        left,
        tone,
        span: None,
    }
}

fn span_row(prefix: &str, span: &Span, place: Place<'_>) -> Row {
    Row {
        left: format!("{prefix}{}", clean(span.name(), 120)),
        tone: Tone::None,
        span: Some(Columns {
            status: status(span),
            duration: duration(span.duration()),
            rest: details(span, place),
        }),
    }
}

pub(crate) fn log_text(log: &Log) -> String {
    let level = if log.level().is_empty() {
        "LOG"
    } else {
        log.level()
    };
    let shown = log
        .attributes()
        .iter()
        .filter(|a| !a.key.starts_with("code.") && !a.key.starts_with("thread."))
        .filter_map(key_and_value);
    let words = log_words(log);
    let gap = if words.is_empty() { "" } else { " " };
    format!("{level}{gap}{words}{}", pairs(shown, 6))
}

const fn log_tone(log: &Log) -> Tone {
    match log.severity() {
        17.. => Tone::Bad,
        13..=16 => Tone::Warning,
        _ => Tone::Faint,
    }
}

fn exception_text(event: &Event) -> String {
    let text = |key| text(&event.attributes, key).unwrap_or_default();
    let (kind, message) = (text("exception.type"), text("exception.message"));
    format!("✗ {}: {}", clean(kind, 80), clean(message, 200))
}

pub(crate) fn event_text(event: &Event) -> String {
    let shown = event.attributes.iter().filter_map(key_and_value);
    format!("• {}{}", clean(&event.name, 120), pairs(shown, 6))
}

pub(crate) fn link_text(link: &Link, to: Option<&Span>) -> String {
    let short = |id: &[u8]| hex(id.get(..8).unwrap_or(id));
    match to {
        Some(span) => format!("⤷ link: {}", clean(span.name(), 120)),
        None => format!(
            "⤷ link: trace {} span {}",
            short(&link.trace_id),
            short(&link.span_id)
        ),
    }
}

pub(crate) fn key_and_value(attribute: &KeyValue) -> Option<(&str, &AnyValue)> {
    Some((&attribute.key, attribute.value.as_ref()?))
}

fn draw(rows: &[Row], style: Style) -> String {
    let columns = || rows.iter().filter_map(|row| row.span.as_ref());
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
    let left = widest(
        &mut rows
            .iter()
            .filter(|row| row.span.is_some())
            .map(|row| width(&row.left).min(WIDEST)),
    );
    let status = widest(&mut columns().map(|c| c.status.0.len()));
    let duration = widest(&mut columns().map(|c| c.duration.len()));
    let mut out = String::new();
    for row in rows {
        out.push_str(&style.paint(row.tone, &row.left));
        if let Some(columns) = &row.span {
            let gap = left.saturating_sub(width(&row.left)) + 2;
            out.push_str(&" ".repeat(gap));
            let (text, tone) = &columns.status;
            out.push_str(&style.paint(*tone, &format!("{text:>status$}")));
            out.push_str(&format!("  {:>duration$}", columns.duration));
            for (text, tone) in &columns.rest {
                out.push_str("  ");
                out.push_str(&style.paint(*tone, text));
            }
        }
        out.push('\n');
    }
    out
}
