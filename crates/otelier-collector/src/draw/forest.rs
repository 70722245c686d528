//! The order in which a trace is drawn, and what leads to each line.

use crate::{
    id::SpanId,
    store::{Log, Span, Trace},
};
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use std::collections::HashMap;

/// Deeper spans are drawn at this depth, so that a chain cannot make the text quadratic.
const DEEPEST: usize = 32;

/// What can stand in one line.
#[derive(Clone, Copy)]
pub(crate) enum Item<'a> {
    Span(&'a Span, Place<'a>),
    Log(&'a Log),
    Event(&'a Event),
    /// With the span it leads to, if that is of the same trace.
    Link(&'a Link, Option<&'a Span>),
}

/// Where a span stands, and why there.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    /// Below its parent.
    Under(&'a Span),
    /// At the left.
    Top(Top),
}

/// Why a span stands at the left.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Top {
    Root,
    Orphan,
    /// Its parent is here: it is drawn at the left only if nothing else leads to it.
    Circle,
}

/// A line to draw: the branches that lead to it, and the item.
pub(crate) struct Line<'a> {
    pub(crate) prefix: String,
    pub(crate) item: Item<'a>,
}

/// A span on the way, with what its own branches begin with.
struct Open<'a> {
    at: usize,
    span: &'a Span,
    prefix: String,
    below: String,
    place: Place<'a>,
}

/// What is still to be drawn.
enum Next<'a> {
    Span(Open<'a>),
    Line(Line<'a>),
}

pub(crate) struct Forest<'a> {
    spans: Vec<&'a Span>,
    /// The first span of each id.
    here: HashMap<SpanId, usize>,
    children: HashMap<SpanId, Vec<usize>>,
    logs: HashMap<SpanId, Vec<&'a Log>>,
    /// Logs of no span that is here.
    loose: Vec<&'a Log>,
}

impl<'a> Forest<'a> {
    pub(crate) fn of(trace: &'a Trace) -> Self {
        let spans: Vec<&Span> = trace.spans().iter().map(|span| &**span).collect();
        let mut here = HashMap::new();
        let mut children: HashMap<SpanId, Vec<usize>> = HashMap::new();
        for (at, span) in spans.iter().enumerate() {
            here.entry(span.id()).or_insert(at);
            if let Some(parent) = span.parent_id() {
                children.entry(parent).or_default().push(at);
            }
        }
        let mut logs: HashMap<SpanId, Vec<&Log>> = HashMap::new();
        let mut loose = Vec::new();
        for log in trace.logs() {
            match log.span_id() {
                Some(span) if here.contains_key(&span) => logs.entry(span).or_default().push(log),
                _ => loose.push(&**log),
            }
        }
        loose.sort_by_key(|log| log.time_unix_nano());
        Self {
            spans,
            here,
            children,
            logs,
            loose,
        }
    }

    /// Where to begin: roots, then orphans, then whatever is not reached from these.
    fn tops(&self) -> Vec<(Top, usize)> {
        let mut tops: Vec<_> = (self.spans.iter().enumerate())
            .map(|(at, span)| {
                let top = match span.parent_id() {
                    None => Top::Root,
                    Some(parent) if self.here.contains_key(&parent) => Top::Circle,
                    Some(_) => Top::Orphan,
                };
                (top, span.proto().start_time_unix_nano, at)
            })
            .collect();
        tops.sort_unstable();
        tops.into_iter().map(|(top, _, at)| (top, at)).collect()
    }

    /// How many lines there are in all.
    pub(crate) fn total(trace: &Trace) -> usize {
        let inside = |span: &Span| span.proto().events.len() + span.proto().links.len();
        let spans = trace.spans().iter().map(|span| 1 + inside(span));
        spans.sum::<usize>() + trace.logs().len()
    }

    /// The first lines from top to bottom, every span once.
    pub(crate) fn lines(mut self, most: usize) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut drawn = vec![false; self.spans.len()];
        for (top, at) in self.tops() {
            if lines.len() >= most {
                break;
            }
            let Some(&span) = self.spans.get(at) else {
                continue;
            };
            let mut stack = vec![Next::Span(Open {
                at,
                span,
                prefix: String::new(),
                below: String::new(),
                place: Place::Top(top),
            })];
            while lines.len() < most
                && let Some(next) = stack.pop()
            {
                let room = most - lines.len();
                match next {
                    Next::Line(line) => lines.push(line),
                    Next::Span(open) => match drawn.get_mut(open.at) {
                        Some(drawn) if !*drawn => {
                            *drawn = true;
                            stack.extend(self.inside(&open, room).into_iter().rev());
                            lines.push(Line {
                                prefix: open.prefix,
                                item: Item::Span(open.span, open.place),
                            });
                        }
                        _ => {}
                    },
                }
            }
        }
        let room = most.saturating_sub(lines.len());
        lines.extend(self.loose.iter().take(room).map(|log| Line {
            prefix: String::new(),
            item: Item::Log(log),
        }));
        lines
    }

    /// What stands below a span: links first, then all that has a time by its time; no more of it
    /// than there is room for.
    fn inside(&mut self, open: &Open<'a>, room: usize) -> Vec<Next<'a>> {
        let span = open.span;
        let mut timed = Vec::new();
        // Taken out: a copy of a span (sent twice) has no children of its own.
        for at in self.children.remove(&span.id()).unwrap_or_default() {
            if let Some(&child) = self.spans.get(at)
                && at != open.at
            {
                timed.push((child.proto().start_time_unix_nano, Ok((at, child))));
            }
        }
        for log in self.logs.remove(&span.id()).unwrap_or_default() {
            timed.push((log.time_unix_nano(), Err(Item::Log(log))));
        }
        for event in &span.proto().events {
            timed.push((event.time_unix_nano, Err(Item::Event(event))));
        }
        timed.sort_by_key(|(time, _)| *time);
        let links = span.proto().links.iter();
        let links = links.map(|link| Err(Item::Link(link, self.target(span, link))));
        let items: Vec<_> = links
            .chain(timed.into_iter().map(|(_, item)| item))
            .collect();

        let last = items.len().saturating_sub(1);
        let deep = open.below.chars().count() >= DEEPEST * 3;
        let items = items
            .into_iter()
            .take(room)
            .enumerate()
            .map(|(index, item)| {
                let (branch, stem) = match index == last {
                    true => ("└─ ", "   "),
                    false => ("├─ ", "│  "),
                };
                let prefix = format!("{}{branch}", open.below);
                match item {
                    Err(item) => Next::Line(Line { prefix, item }),
                    Ok((at, child)) => Next::Span(Open {
                        at,
                        span: child,
                        prefix,
                        below: format!("{}{}", open.below, if deep { "" } else { stem }),
                        place: Place::Under(span),
                    }),
                }
            });
        items.collect()
    }

    fn target(&self, from: &Span, link: &Link) -> Option<&'a Span> {
        let id = SpanId::from_bytes(&link.span_id)?;
        let at = *self.here.get(&id)?;
        (link.trace_id == from.proto().trace_id).then_some(())?;
        self.spans.get(at).copied()
    }
}
