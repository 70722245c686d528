//! What is a step of a conversation: a call to a model, to a tool, of an agent.

use crate::{
    api::view,
    id::SpanId,
    refusal::shorten,
    store::{Log, Span, Trace, find, text},
};
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value::Value};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// Spans above a step that are looked at.
const ABOVE: usize = 64;
/// Bytes of a name.
const NAME: usize = 200;
const CONVERSATION: &str = "gen_ai.conversation.id";
const OPERATION: &str = "gen_ai.operation.name";
const PROVIDERS: [&str; 2] = ["gen_ai.provider.name", "gen_ai.system"];

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Model,
    Embeddings,
    Retrieval,
    Tool,
    Agent,
}

impl What {
    /// `None` where a span has nothing to do with models.
    fn of(span: &Span) -> Option<Self> {
        let of = span.attributes();
        if !of.iter().any(|one| one.key.starts_with("gen_ai.")) {
            return None;
        }
        match text(of, OPERATION) {
            Some("execute_tool") => Some(Self::Tool),
            Some("embeddings") => Some(Self::Embeddings),
            Some("retrieval") => Some(Self::Retrieval),
            Some(memory) if memory.ends_with("_memory") => Some(Self::Retrieval),
            Some("invoke_agent" | "create_agent" | "invoke_workflow" | "plan") => Some(Self::Agent),
            Some(_) => Some(Self::Model),
            None => first(of, &PROVIDERS).map(|_| Self::Model),
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Embeddings => "embeddings",
            Self::Retrieval => "retrieval",
            Self::Tool => "tool",
            Self::Agent => "agent",
        }
    }
}

/// A step, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) span: Arc<Span>,
    pub(super) what: What,
    /// What log records tell of it.
    pub(super) logs: Vec<Arc<Log>>,
    /// The conversation that it, or what is above it, is a part of.
    pub(super) conversation: Option<String>,
    /// How many steps are above it.
    pub(super) depth: usize,
}

/// The steps of a trace, in the order in which they came. One that names no conversation is of
/// that which the trace is of, if there is one alone.
pub(super) fn steps(trace: &Trace) -> Vec<Step> {
    let kinds = trace.spans().iter().map(|span| (span, What::of(span)));
    let found: Vec<_> = kinds
        .filter_map(|(span, what)| Some((span, what?)))
        .collect();
    if found.is_empty() {
        return Vec::new();
    }
    let spans: HashMap<SpanId, &Span> = (trace.spans().iter())
        .map(|span| (span.id(), &**span))
        .collect();
    let mut told: HashMap<SpanId, Vec<Arc<Log>>> = HashMap::new();
    for log in trace.logs() {
        if let Some(id) = log.span_id().filter(|_| of_models(log)) {
            told.entry(id).or_default().push(Arc::clone(log));
        }
    }
    let mut steps: Vec<_> = found
        .into_iter()
        .map(|(span, what)| {
            let (conversation, depth) = above(span, &spans);
            Step {
                span: Arc::clone(span),
                what,
                logs: told.remove(&span.id()).unwrap_or_default(),
                conversation,
                depth,
            }
        })
        .collect();
    let names: BTreeSet<_> = steps
        .iter()
        .filter_map(|s| s.conversation.clone())
        .collect();
    if let (Some(only), 1) = (names.first(), names.len()) {
        for step in &mut steps {
            step.conversation = Some(only.clone());
        }
    }
    steps
}

fn of_models(log: &Log) -> bool {
    log.proto().event_name.starts_with("gen_ai.")
        || text(log.attributes(), "event.name").is_some_and(|name| name.starts_with("gen_ai."))
}

/// The conversation that a span is of, and how many steps are above it.
fn above(span: &Span, spans: &HashMap<SpanId, &Span>) -> (Option<String>, usize) {
    let (mut conversation, mut depth) = (None, 0);
    let mut at = span;
    for up in 0..ABOVE {
        if up > 0 && What::of(at).is_some() {
            depth += 1;
        }
        let named = text(at.attributes(), CONVERSATION).filter(|name| !name.is_empty());
        conversation = conversation.or_else(|| named.map(view::short));
        let Some(parent) = at.parent_id().and_then(|id| spans.get(&id)) else {
            break;
        };
        at = parent;
    }
    (conversation, depth)
}

/// The first attribute that is there, as a text.
pub(super) fn first<'a>(of: &'a [KeyValue], keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| text(of, key))
}

/// The first attribute that is there, as a number; programs send counts as texts, too.
fn number(of: &[KeyValue], keys: &[&str]) -> Option<f64> {
    let value = keys.iter().find_map(|key| find(of, key))?;
    let number = match value.value.as_ref()? {
        Value::IntValue(number) => *number as f64,
        Value::DoubleValue(number) => *number,
        Value::StringValue(text) => text.parse().ok()?,
        _ => return None,
    };
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// Tokens of a step, or of some.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) input: Option<u64>,
    pub(super) output: Option<u64>,
    /// Of the input: what was read from a cache.
    pub(super) cached: Option<u64>,
    /// Of the output: what nobody reads.
    pub(super) reasoning: Option<u64>,
    /// In dollars.
    pub(super) cost: Option<f64>,
}

impl Usage {
    fn of(span: &Span) -> Self {
        let of = span.attributes();
        let tokens = |keys: &[&str]| number(of, keys).map(|tokens| tokens as u64);
        Self {
            input: tokens(&["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]),
            output: tokens(&[
                "gen_ai.usage.output_tokens",
                "gen_ai.usage.completion_tokens",
            ]),
            cached: tokens(&[
                "gen_ai.usage.cache_read.input_tokens",
                "gen_ai.usage.cache_read_input_tokens",
            ]),
            reasoning: tokens(&[
                "gen_ai.usage.reasoning.output_tokens",
                "gen_ai.usage.reasoning_tokens",
            ]),
            cost: number(of, &["otelier.gen_ai.cost", "gen_ai.usage.cost"]),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        let sum = |to: &mut Option<u64>, more: Option<u64>| {
            if let Some(more) = more {
                *to = Some(to.unwrap_or(0).saturating_add(more));
            }
        };
        sum(&mut self.input, other.input);
        sum(&mut self.output, other.output);
        sum(&mut self.cached, other.cached);
        sum(&mut self.reasoning, other.reasoning);
        if let Some(more) = other.cost {
            self.cost = Some(self.cost.unwrap_or(0.0) + more);
        }
    }
}

impl Step {
    pub(super) fn usage(&self) -> Usage {
        Usage::of(&self.span)
    }

    /// Whether its tokens are its own: those of an agent are those of the calls below it.
    pub(super) const fn counts(&self) -> bool {
        matches!(self.what, What::Model | What::Embeddings)
    }

    fn named(&self, keys: &[&str]) -> Option<String> {
        first(self.span.attributes(), keys).map(|name| shorten(name, NAME))
    }

    pub(super) fn provider(&self) -> Option<String> {
        self.named(&PROVIDERS)
    }

    pub(super) fn model(&self) -> Option<String> {
        self.named(&["gen_ai.request.model", "gen_ai.response.model"])
    }

    pub(super) fn response_model(&self) -> Option<String> {
        self.named(&["gen_ai.response.model"])
    }

    pub(super) fn operation(&self) -> Option<String> {
        self.named(&[OPERATION])
    }

    /// What is called.
    pub(super) fn name(&self) -> String {
        let name = match self.what {
            What::Tool => self.named(&["gen_ai.tool.name"]),
            What::Agent => self.named(&["gen_ai.agent.name", "gen_ai.workflow.name"]),
            What::Retrieval => self.named(&["gen_ai.data_source.id"]),
            What::Model | What::Embeddings => self.model(),
        };
        name.unwrap_or_else(|| shorten(self.span.name(), NAME))
    }

    pub(super) fn error_type(&self) -> Option<String> {
        self.named(&["error.type"])
    }

    pub(super) fn call_id(&self) -> Option<String> {
        self.named(&["gen_ai.tool.call.id"])
    }

    pub(super) fn first_chunk_ms(&self) -> Option<f64> {
        let keys = ["gen_ai.response.time_to_first_chunk"];
        number(self.span.attributes(), &keys).map(|seconds| seconds * 1e3)
    }

    pub(super) fn began(&self) -> u64 {
        self.span.proto().start_time_unix_nano
    }
}
