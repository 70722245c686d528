//! One trace as a compact tree.

use super::{
    answer::{Answer, words},
    arguments::Arguments,
    page::{Page, moment, nanos},
    span,
};
use crate::{
    anatomy::{Anatomy, Part},
    api::{ask, desk::Desk},
    clean::clean,
    draw::{
        forest::{Forest, Item, Line, Place},
        text::{details, duration, status},
        tree::item_text,
    },
    store::{Span, Trace},
};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use std::collections::HashMap;

/// Lines of one trace that can be seen, page by page.
const LINES: usize = 100_000;
/// What a line takes before it is written, about.
const WEIGHT: usize = 256;
/// Spans named of those that take the time.
const MOST: usize = 6;

pub(super) async fn trace(desk: &Desk, arguments: &Arguments) -> Answer {
    let id = arguments.text("trace_id").unwrap_or_default();
    let id = ask::trace_id(&desk.store, id).map_err(|problem| {
        format!(
            "{}; `search_traces` lists the ids that are kept",
            words(problem)
        )
    })?;
    let gone = || "no such trace any more: the oldest go when memory is full".to_owned();
    let trace = desk.store.trace(id).ok_or_else(gone)?;
    let total = Forest::total(&trace);
    let _held = desk.held(total.min(LINES) * WEIGHT).map_err(words)?;
    let anatomy = Anatomy::aside(&trace).await;
    if let Some(id) = arguments.text("span_id") {
        return span::span(&trace, &anatomy, id);
    }
    let from = arguments
        .after(|text| text.parse::<usize>().ok())?
        .unwrap_or(0);
    let limit = arguments.count("limit");
    let tree = Tree::of(&trace, &anatomy);
    let mut page = Page::default();
    if from == 0 {
        head(&mut page, &trace, &anatomy);
    }
    let lines = Forest::of(&trace).lines(LINES);
    let mut shown = lines.iter().filter(tree.shown()).skip(from);
    let mut taken = 0;
    let more = loop {
        match shown.next() {
            None => break false,
            Some(line) if taken == limit || !page.row(&tree.line(line)) => break true,
            Some(_) => taken += 1,
        }
    };
    if !more && total > LINES {
        page.head(&format!("(lines behind the first {LINES} are not shown)"));
    }
    Ok(page.end(more.then(|| (from + taken).to_string())))
}

fn head(page: &mut Page, trace: &Trace, anatomy: &Anatomy) {
    page.head(&format!(
        "trace {}: {} spans, {} errors, {} logs, {}, began {} UTC",
        trace.id(),
        trace.spans().len(),
        trace.error_count(),
        trace.logs().len(),
        duration(trace.duration()),
        moment(anatomy.offset),
    ));
    if anatomy.missing_parents > 0 {
        page.head(&format!(
            "{} spans whose parent is not here (yet)",
            anatomy.missing_parents
        ));
    }
    let mut slow: Vec<_> = anatomy.parts.iter().zip(trace.spans()).collect();
    slow.retain(|(part, _)| part.critical_nanos > 0);
    slow.sort_by_key(|(part, _)| std::cmp::Reverse(part.critical_nanos));
    let slow: Vec<_> = (slow.iter().take(MOST))
        .map(|(part, span)| format!("{} {}", clean(span.name(), 80), nanos(part.critical_nanos)))
        .collect();
    page.head(&format!("the time is spent in: {}", slow.join(", ")));
    page.head(
        "+start  name  status  duration (own: without children)  [service]  details  #span id",
    );
}

/// What is known of each span by where it is.
struct Tree<'a> {
    parts: HashMap<*const Span, &'a Part>,
    anatomy: &'a Anatomy,
    trace: &'a Trace,
}

impl<'a> Tree<'a> {
    fn of(trace: &'a Trace, anatomy: &'a Anatomy) -> Self {
        let spans = trace.spans().iter().map(std::sync::Arc::as_ptr);
        Self {
            parts: spans.zip(&anatomy.parts).collect(),
            anatomy,
            trace,
        }
    }

    fn part(&self, span: &Span) -> Option<&'a Part> {
        self.parts.get(&std::ptr::from_ref(span)).copied()
    }

    /// Whether a span stands for others that are alike, or is left out for one that does.
    fn fold(&self, span: &Span) -> Fold {
        let group = self.part(span).and_then(|part| part.group);
        let Some(group) = group.and_then(|group| self.anatomy.groups.get(group)) else {
            return Fold::None;
        };
        let first = self.trace.spans().get(group.first);
        match first.is_some_and(|first| std::ptr::eq(&raw const **first, span)) {
            true => Fold::First(format!(
                "  ×{} alike, {} together, {} errors",
                group.count,
                nanos(group.nanos),
                group.errors
            )),
            // What failed is worth its line.
            false if span.status() == StatusCode::Error => Fold::None,
            false => Fold::Out,
        }
    }

    /// Tells, line by line, which are shown: of spans that are alike only the first.
    fn shown(&self) -> impl FnMut(&&Line<'_>) -> bool {
        let mut out = None;
        move |line| {
            let depth = line.prefix.chars().count();
            if out.is_some_and(|out| depth > out) {
                return false;
            }
            out = match line.item {
                Item::Span(span, _) => matches!(self.fold(span), Fold::Out).then_some(depth),
                Item::Log(_) | Item::Event(_) | Item::Link(..) => None,
            };
            out.is_none()
        }
    }

    fn line(&self, line: &Line<'_>) -> String {
        match line.item {
            Item::Span(span, place) => self.span_line(&line.prefix, span, place),
            item => format!("{}{}", line.prefix, item_text(item).0),
        }
    }

    fn span_line(&self, prefix: &str, span: &Span, place: Place<'_>) -> String {
        let start = span.proto().start_time_unix_nano;
        let start = nanos(start.saturating_sub(self.anatomy.offset));
        let own = self.part(span).map(|part| part.own_nanos);
        let own = own.filter(|own| u128::from(*own) < span.duration().as_nanos());
        let own = own.map(|own| format!(" (own {})", nanos(own)));
        let mut line = format!(
            "{prefix}+{start}  {}  {}  {}{}",
            clean(span.name(), 120),
            status(span).0,
            duration(span.duration()),
            own.unwrap_or_default(),
        );
        for (detail, _) in details(span, place) {
            line.push_str(&format!("  {detail}"));
        }
        line.push_str(&format!("  #{}", span.id()));
        if let Fold::First(words) = self.fold(span) {
            line.push_str(&words);
        }
        line
    }
}

enum Fold {
    None,
    /// Stands for others, with these words.
    First(String),
    Out,
}
