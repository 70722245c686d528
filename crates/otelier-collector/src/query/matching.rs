//! Whether a query holds.

use super::{
    needle::{LONGEST, Needle},
    term::{Field, Filter, Key, Op, Term, Value, number},
    tree::{Mask, Query, Tree},
};
use crate::{
    pace::Pace,
    store::{Log, Metric, Origin, Span, Trace, display_short},
};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value::Value as Any};
use std::borrow::Cow;

/// What a query is asked of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Record<'a> {
    Span(&'a Span),
    Log(&'a Log),
    Series(&'a Metric),
}

/// What was found so far in the records of one trace.
#[derive(Debug, Default)]
pub(super) struct Hits {
    terms: Mask,
    ones: Mask,
}

/// Below this no two whole numbers are one as `f64`.
const EXACT: f64 = 9_007_199_254_740_992.0;

const fn bit(place: usize) -> Mask {
    1 << place
}

impl Query {
    /// Whether one record is what is looked for.
    pub(crate) async fn holds(&self, record: Record<'_>, pace: &mut Pace) -> bool {
        if self.is_all() {
            return true;
        }
        let mask = self.mask(record, 0, pace).await;
        self.tree.holds(mask, None)
    }

    /// Whether a trace is: each term on its own is looked for in all of it.
    pub(crate) async fn holds_in_trace(&self, trace: &Trace, pace: &mut Pace) -> bool {
        if self.is_all() {
            return true;
        }
        let mut hits = Hits::default();
        let spans = trace.spans().iter().map(|span| Record::Span(span));
        let logs = trace.logs().iter().map(|log| Record::Log(log));
        for record in spans.chain(logs) {
            self.note(record, &mut hits, pace).await;
        }
        self.tree.holds(hits.terms, Some(hits.ones))
    }

    async fn note(&self, record: Record<'_>, hits: &mut Hits, pace: &mut Pace) {
        // What was found need not be looked for again, unless something asks for one record.
        let known = if self.ones == 0 { hits.terms } else { 0 };
        let mask = self.mask(record, known, pace).await;
        hits.terms |= mask;
        if self.ones > 0 {
            self.tree.note_ones(mask, &mut hits.ones);
        }
    }

    async fn mask(&self, record: Record<'_>, known: Mask, pace: &mut Pace) -> Mask {
        let mut mask = known;
        for (place, term) in self.terms.iter().enumerate() {
            if mask & bit(place) == 0 && term.holds(record, pace).await {
                mask |= bit(place);
            }
        }
        mask
    }
}

impl Tree {
    /// Whether it holds where these terms do. Groups of one record are as they were found, or
    /// groups like others if there is but one record.
    fn holds(&self, terms: Mask, ones: Option<Mask>) -> bool {
        match self {
            Self::All => true,
            Self::Term(place) => terms & bit(*place) != 0,
            Self::Not(inner) => !inner.holds(terms, ones),
            Self::And(all) => all.iter().all(|tree| tree.holds(terms, ones)),
            Self::Or(any) => any.iter().any(|tree| tree.holds(terms, ones)),
            Self::One(place, inner) => match ones {
                Some(ones) => ones & bit(*place) != 0,
                None => inner.holds(terms, None),
            },
        }
    }

    fn note_ones(&self, terms: Mask, ones: &mut Mask) {
        match self {
            Self::All | Self::Term(_) => {}
            Self::Not(inner) => inner.note_ones(terms, ones),
            Self::And(trees) | Self::Or(trees) => {
                for tree in trees {
                    tree.note_ones(terms, ones);
                }
            }
            Self::One(place, inner) => {
                inner.note_ones(terms, ones);
                if inner.holds(terms, None) {
                    *ones |= bit(*place);
                }
            }
        }
    }
}

impl Term {
    async fn holds(&self, record: Record<'_>, pace: &mut Pace) -> bool {
        match self {
            Self::Word(_, folded) => {
                let needle = Needle(folded);
                match record {
                    Record::Span(span) => needle.is_in_span(span, pace).await,
                    Record::Log(log) => needle.is_in_log(log, pace).await,
                    Record::Series(series) => needle.is_in_series(series, pace).await,
                }
            }
            Self::Filter(filter) => {
                pace.spend(64).await;
                match &filter.key {
                    Key::Attribute(key) => filter.holds_of_values(record.values(key), pace).await,
                    Key::Field(field) => filter.holds_of_field(*field, record, pace).await,
                }
            }
        }
    }
}

impl Filter {
    async fn holds_of_field(&self, field: Field, record: Record<'_>, pace: &mut Pace) -> bool {
        match (field, &self.value) {
            (Field::Has, Value::Exact(key)) => record.values(key).next().is_some(),
            (Field::Level, Value::Levels(levels)) => {
                let severity = record.severity();
                severity > 0
                    && match self.op {
                        Op::Is => levels.contains(&severity),
                        Op::IsNot => !levels.contains(&severity),
                        Op::Has => false,
                        Op::More => severity > *levels.end(),
                        Op::AtLeast => severity >= *levels.start(),
                        Op::Less => severity < *levels.start(),
                        Op::AtMost => severity <= *levels.end(),
                    }
            }
            (Field::Duration | Field::Value, Value::Number(right)) => {
                let left = if field == Field::Duration {
                    record.nanos()
                } else {
                    record.number()
                };
                left.is_some_and(|left| self.op.compares(left, *right))
            }
            (_, Value::Folded(text) | Value::Exact(text)) => {
                let begins = matches!(field, Field::Trace | Field::Span | Field::Parent);
                let texts = record.texts(field);
                let is = |found: &Cow<'_, str>| match begins {
                    true => found.starts_with(text.as_str()),
                    false => found == text,
                };
                match self.op {
                    Op::Is => texts.iter().any(is),
                    Op::IsNot => !texts.is_empty() && !texts.iter().any(is),
                    _ => {
                        for found in &texts {
                            if Needle(text).is_in(found, pace).await {
                                return true;
                            }
                        }
                        false
                    }
                }
            }
            _ => false,
        }
    }

    async fn holds_of_values<'a>(
        &self,
        mut values: impl Iterator<Item = Option<&'a AnyValue>> + Send,
        pace: &mut Pace,
    ) -> bool {
        match (&self.value, self.op) {
            (Value::Exact(text), Op::IsNot) => {
                let number = number(text);
                let mut there = false;
                for value in values {
                    there = true;
                    if is(value, text, number) {
                        return false;
                    }
                }
                there
            }
            (Value::Exact(text), _) => {
                let number = number(text);
                values.any(|value| is(value, text, number))
            }
            (Value::Number(right), op) => values.any(|value| compares(value, op, *right)),
            (Value::Folded(text), _) => {
                for value in values {
                    for value in elements(value) {
                        if Needle(text).is_in(&shown(value), pace).await {
                            return true;
                        }
                    }
                }
                false
            }
            (Value::Levels(_), _) => false,
        }
    }
}

/// The elements of a list, or a value that is none.
fn elements(value: Option<&AnyValue>) -> Vec<Option<&AnyValue>> {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Any::ArrayValue(array)) => {
            let values = array.values.iter();
            values.flat_map(|value| elements(Some(value))).collect()
        }
        _ => vec![value],
    }
}

/// A value as the view shows it, without quotation marks.
fn shown(value: Option<&AnyValue>) -> Cow<'_, str> {
    let Some(value) = value else {
        return Cow::Borrowed("null");
    };
    match display_short(value, LONGEST) {
        Cow::Owned(text) => match text.strip_prefix('"') {
            Some(bare) => Cow::Owned(bare.strip_suffix('"').unwrap_or(bare).to_owned()),
            None => Cow::Owned(text),
        },
        borrowed => borrowed,
    }
}

fn number_of(value: Option<&AnyValue>) -> Option<f64> {
    match value?.value.as_ref()? {
        Any::IntValue(number) => Some(*number as f64),
        Any::DoubleValue(number) => Some(*number),
        Any::StringValue(text) => number(text),
        _ => None,
    }
}

/// Ids are longer than what a number with a point tells apart: they are compared as they are
/// written.
fn is(value: Option<&AnyValue>, text: &str, number: Option<f64>) -> bool {
    let is_exact = |number: &f64| number.abs() < EXACT;
    elements(value).into_iter().any(|value| {
        let of_value = value.and_then(|value| value.value.as_ref());
        let is_double = matches!(of_value, Some(Any::DoubleValue(_)));
        let left = number_of(value).filter(|left| is_double || is_exact(left));
        match (left, number) {
            (Some(left), Some(right)) => left == right,
            _ => shown(value) == text,
        }
    })
}

fn compares(value: Option<&AnyValue>, op: Op, right: f64) -> bool {
    let mut elements = elements(value).into_iter();
    elements.any(|value| number_of(value).is_some_and(|left| op.compares(left, right)))
}

impl<'a> Record<'a> {
    fn origin(self) -> &'a Origin {
        match self {
            Self::Span(span) => span.origin(),
            Self::Log(log) => log.origin(),
            Self::Series(series) => series.origin(),
        }
    }

    fn attributes(self) -> &'a [KeyValue] {
        match self {
            Self::Span(span) => span.attributes(),
            Self::Log(log) => log.attributes(),
            Self::Series(series) => series.attributes(),
        }
    }

    /// What stands under a key: of the record, of its events, of its resource.
    fn values(self, key: &str) -> impl Iterator<Item = Option<&'a AnyValue>> + Send {
        let events: &[_] = match self {
            Self::Span(span) => &span.proto().events,
            Self::Log(_) | Self::Series(_) => &[],
        };
        let of_events = events.iter().flat_map(|event| &event.attributes);
        let all = self.attributes().iter().chain(of_events);
        let all = all.chain(&self.origin().resource().attributes);
        all.filter(move |attribute| attribute.key == key)
            .map(|attribute| attribute.value.as_ref())
    }

    const fn severity(self) -> i32 {
        match self {
            Self::Log(log) => log.severity(),
            Self::Span(_) | Self::Series(_) => 0,
        }
    }

    fn nanos(self) -> Option<f64> {
        match self {
            Self::Span(span) => Some(span.duration().as_nanos() as f64),
            Self::Log(_) | Self::Series(_) => None,
        }
    }

    fn number(self) -> Option<f64> {
        match self {
            Self::Series(series) => series.value().or_else(|| series.sum()),
            Self::Span(_) | Self::Log(_) => None,
        }
    }

    /// What a field of text holds; nothing where the record has none.
    fn texts(self, field: Field) -> Vec<Cow<'a, str>> {
        let some = |text: &'a str| match text {
            "" => Vec::new(),
            text => vec![Cow::Borrowed(text)],
        };
        let id = |id: Option<String>| id.map(Cow::Owned).into_iter().collect();
        match (field, self) {
            (Field::Service, _) => vec![Cow::Borrowed(self.origin().service())],
            (Field::Scope, _) => vec![Cow::Borrowed(&self.origin().scope().name)],
            (Field::Name, Self::Span(span)) => vec![Cow::Borrowed(span.name())],
            (Field::Name, Self::Series(series)) => vec![Cow::Borrowed(series.name())],
            (Field::Name | Field::Event, Self::Log(log)) => some(&log.proto().event_name),
            (Field::Event, Self::Span(span)) => {
                let events = span.proto().events.iter();
                events.map(|event| Cow::Borrowed(&*event.name)).collect()
            }
            (Field::Body, Self::Log(log)) if log.proto().body.is_some() => {
                vec![shown(log.proto().body.as_ref())]
            }
            (Field::Unit, Self::Series(series)) => vec![Cow::Borrowed(series.unit())],
            (Field::Route, _) => {
                let own = self.attributes().iter().filter(|a| a.key == "http.route");
                own.map(|a| shown(a.value.as_ref())).collect()
            }
            (Field::Trace, Self::Span(span)) => id(Some(span.trace_id().to_string())),
            (Field::Trace, Self::Log(log)) => id(log.trace_id().map(|id| id.to_string())),
            (Field::Span, Self::Span(span)) => id(Some(span.id().to_string())),
            (Field::Span, Self::Log(log)) => id(log.span_id().map(|id| id.to_string())),
            (Field::Parent, Self::Span(span)) => id(span.parent_id().map(|id| id.to_string())),
            (Field::Status, Self::Span(span)) => some(span.status_name()),
            (Field::Status, Self::Log(log)) if log.severity() >= 17 => some("error"),
            (Field::Status, _) => some("unset"),
            (Field::Kind, Self::Span(span)) => some(span.kind_name()),
            (Field::Kind, Self::Series(series)) => some(series.kind().as_str()),
            _ => Vec::new(),
        }
    }
}
