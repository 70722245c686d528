//! Spans and logs drawn as text.

use std::{collections::HashSet, fmt};

use opentelemetry::trace::{SpanId, SpanKind, Status};
use otelier_core::semconv;

use crate::{Log, Span};

/// Draws spans under their parents and logs under their spans, by time.
///
/// ```text
/// GET /orders/{id} [server] 200
///   SELECT orders [client]
///     INFO order found id=7
/// ```
///
/// A span's line holds its name, its kind, the HTTP status code if it has one,
/// `ERROR` if its status says so, and its `error.type` where that is not the
/// status code; [`with_attributes`](Self::with_attributes) adds more. Its
/// events (`* name`) and links (`-> name`) come first below it. A span or log
/// whose parent was not captured stands at the left.
///
/// ```
/// let telemetry = otelier_testing::capture();
/// tracing::info_span!("bake", loaves = 3).in_scope(|| tracing::info!("oven is hot"));
///
/// let tree = telemetry.tree().with_attributes(&["loaves"]);
/// assert_eq!(tree.to_string(), "bake [internal] loaves=3\n  INFO oven is hot\n");
/// ```
#[derive(Clone)]
pub struct Tree {
    spans: Vec<Span>,
    logs: Vec<Log>,
    keys: Vec<String>,
}

impl Tree {
    pub(crate) fn new(spans: Vec<Span>, logs: Vec<Log>) -> Self {
        Self {
            spans,
            logs,
            keys: Vec::new(),
        }
    }

    /// Adds these attributes to the line of each span that has them.
    #[must_use]
    pub fn with_attributes(mut self, keys: &[&str]) -> Self {
        self.keys.extend(keys.iter().map(|&key| key.to_owned()));
        self
    }

    fn draw(&self, f: &mut fmt::Formatter<'_>, under: Option<SpanId>, depth: usize) -> fmt::Result {
        let captured: HashSet<SpanId> = self.spans.iter().map(|span| span.span_id).collect();
        let parent = |id: Option<SpanId>| id.filter(|id| captured.contains(id));
        let spans = self
            .spans
            .iter()
            .filter(|span| parent(span.parent_span_id) == under)
            .map(|span| (span.sort_key(), Line::Span(span)));
        let logs = self
            .logs
            .iter()
            .filter(|log| parent(log.span_id) == under)
            .map(|log| ((log.time, "", log.order), Line::Log(log)));
        let mut lines: Vec<_> = spans.chain(logs).collect();
        lines.sort_by_key(|(key, _)| *key);

        for (_, line) in lines {
            match line {
                Line::Span(span) => {
                    self.draw_span(f, span, depth)?;
                    self.draw(f, Some(span.span_id), depth + 1)?;
                }
                Line::Log(log) => writeln!(f, "{:1$}{log}", "", depth * 2)?,
            }
        }
        Ok(())
    }

    fn draw_span(&self, f: &mut fmt::Formatter<'_>, span: &Span, depth: usize) -> fmt::Result {
        let indent = depth * 2;
        write!(f, "{:indent$}{} [{}]", "", span.name, kind(&span.kind))?;
        let code = span.get(semconv::HTTP_RESPONSE_STATUS_CODE);
        if let Some(code) = &code {
            write!(f, " {code}")?;
        }
        if let Status::Error { description } = &span.status {
            let gap = if description.is_empty() { "" } else { ": " };
            write!(f, " ERROR{gap}{description}")?;
        }
        if let Some(error) = span.get(semconv::ERROR_TYPE)
            && code.is_none_or(|code| code.as_str() != error.as_str())
        {
            write!(f, " {error}")?;
        }
        for key in &self.keys {
            if let Some(value) = span.get(key) {
                write!(f, " {key}={value}")?;
            }
        }
        writeln!(f)?;

        let indent = indent + 2;
        for event in &span.events {
            let gap = if event.attributes.is_empty() { "" } else { " " };
            let attributes = &event.attributes;
            writeln!(f, "{:indent$}* {}{gap}{attributes}", "", event.name)?;
        }
        for link in &span.links {
            let target = self.spans.iter().find(|span| span.span_id == link.span_id);
            let name = target.map_or("(not captured)", |span| &span.name);
            writeln!(f, "{:indent$}-> {name}", "")?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.draw(f, None, 0)
    }
}

/// The same as its `Display`, so that a failed assertion can be read.
impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.draw(f, None, 0)
    }
}

enum Line<'a> {
    Span(&'a Span),
    Log(&'a Log),
}

fn kind(kind: &SpanKind) -> &'static str {
    match kind {
        SpanKind::Client => "client",
        SpanKind::Server => "server",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
        SpanKind::Internal => "internal",
    }
}
