//! A conversation, in numbers.

use super::{
    message::Message,
    said::Said,
    step::{Step, Usage, What},
};
use crate::{
    id::{SpanId, TraceId},
    json::Object,
    refusal::shorten,
};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use std::collections::BTreeSet;

/// Names of a kind.
const NAMES: usize = 8;
/// Bytes of the words that it is shown by.
const TITLE: usize = 300;

/// A conversation that was named, or what is in one trace without a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Named(String),
    Of(TraceId),
}

impl Key {
    pub(super) fn of(step: &Step) -> Self {
        let named = step.conversation.clone().map(Self::Named);
        named.unwrap_or_else(|| Self::Of(step.span.trace_id()))
    }
}

/// What is known of a conversation.
#[derive(Debug, Default)]
pub(super) struct Talk {
    calls: u64,
    tools: u64,
    agents: u64,
    errors: u64,
    traces: u64,
    usage: Usage,
    /// How long models took, together.
    nanos: u64,
    first: u64,
    pub(super) last: u64,
    latest: Option<(TraceId, SpanId)>,
    models: BTreeSet<String>,
    providers: BTreeSet<String>,
    services: BTreeSet<String>,
    /// The first call to a model.
    opening: Option<Step>,
}

impl Talk {
    /// Adds the steps of one trace.
    pub(super) fn add<'a>(&mut self, steps: impl IntoIterator<Item = &'a Step>) {
        self.traces += 1;
        for step in steps {
            self.step(step);
        }
    }

    fn step(&mut self, step: &Step) {
        match step.what {
            What::Tool => self.tools += 1,
            What::Agent => self.agents += 1,
            What::Model | What::Embeddings => self.calls += 1,
            What::Retrieval => {}
        }
        let span = &step.span;
        self.errors += u64::from(span.status() == StatusCode::Error);
        if step.counts() {
            self.usage.add(step.usage());
            let nanos = u64::try_from(span.duration().as_nanos()).unwrap_or(u64::MAX);
            self.nanos = self.nanos.saturating_add(nanos);
            note(&mut self.models, step.model());
        }
        note(&mut self.providers, step.provider());
        note(&mut self.services, Some(shorten(span.service(), 200)));
        let (start, end) = (step.began(), span.proto().end_time_unix_nano);
        self.first = match self.first {
            0 => start,
            first => first.min(start),
        };
        if self.latest.is_none() || end >= self.last {
            self.last = end;
            self.latest = Some((span.trace_id(), span.id()));
        }
        let opens = (self.opening.as_ref()).is_none_or(|first| start < first.began());
        if step.what == What::Model && opens {
            self.opening = Some(step.clone());
        }
    }

    pub(super) fn write(&self, o: &mut Object<'_, '_>, key: &Key) {
        let name = match key {
            Key::Named(name) => Some(name),
            Key::Of(_) => None,
        };
        o.text_or_null("conversationId", name);
        o.text_or_null("title", self.opening.as_ref().and_then(title));
        for (key, number) in [
            ("calls", self.calls),
            ("tools", self.tools),
            ("agents", self.agents),
            ("errorCount", self.errors),
            ("traceCount", self.traces),
        ] {
            o.number(key, number);
        }
        write_usage(o, self.usage);
        o.double("durationMs", self.nanos as f64 / 1e6);
        o.quoted("firstTimeUnixNano", self.first);
        o.quoted("lastTimeUnixNano", self.last);
        for (key, names) in [
            ("models", &self.models),
            ("providers", &self.providers),
            ("services", &self.services),
        ] {
            o.array(key, names, |to, name| to.text(name));
        }
        o.quoted_or_null("traceId", self.latest.map(|(trace, _)| trace));
        o.quoted_or_null("spanId", self.latest.map(|(_, span)| span));
    }
}

/// The words that a conversation begins with.
fn title(step: &Step) -> Option<String> {
    let said = Said::of(step);
    let asked = said.before.iter().filter(|message| message.role == "user");
    let words = asked.map(Message::words).find(Option::is_some)??;
    Some(shorten(words, TITLE))
}

fn note(names: &mut BTreeSet<String>, name: Option<String>) {
    if let Some(name) = name.filter(|_| names.len() < NAMES) {
        names.insert(name);
    }
}

pub(super) fn write_usage(o: &mut Object<'_, '_>, usage: Usage) {
    for (key, tokens) in [
        ("inputTokens", usage.input),
        ("outputTokens", usage.output),
        ("cachedTokens", usage.cached),
        ("reasoningTokens", usage.reasoning),
    ] {
        o.number_or_null(key, tokens);
    }
    o.double_or_null("cost", usage.cost);
}
