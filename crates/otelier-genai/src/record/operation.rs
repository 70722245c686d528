//! The record of one operation, and its end.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use opentelemetry::{KeyValue, metrics::Counter};
use otelier_core::{
    Outcome, Record, Run,
    edge::{BoundDurations, Recorder, Span},
};

use super::{
    calls::Calls,
    content::Content,
    labels::{text, texts},
    names,
    pace::Pace,
    telemetry::Instruments,
};
use crate::{
    answer::Answer,
    describe::Kind,
    price::Prices,
    usage::{Modality, Usage},
};

/// What is written when the operation ends.
pub(crate) struct Operation {
    recorder: Arc<Recorder<Instruments>>,
    pub(super) span: Span,
    kind: Kind,
    labels: Vec<KeyValue>,
    /// The model that was asked.
    asked: Cow<'static, str>,
    prices: Option<Prices>,
    calls: Option<Arc<Calls>>,
    pub(super) answer: Answer,
    /// What was asked and answered, where that is asked for.
    pub(super) content: Option<Box<Content>>,
    pub(super) is_stream: bool,
    is_broken: bool,
    first_chunk: Option<Duration>,
    /// Of what no stream measures.
    pace: Pace,
}

impl Operation {
    pub(super) fn new(
        recorder: Arc<Recorder<Instruments>>,
        span: Span,
        kind: Kind,
        labels: Vec<KeyValue>,
        asked: Cow<'static, str>,
        prices: Option<Prices>,
        calls: Option<Arc<Calls>>,
    ) -> Self {
        Self {
            recorder,
            span,
            kind,
            labels,
            asked,
            prices,
            calls,
            answer: Answer::default(),
            content: None,
            is_stream: false,
            is_broken: false,
            first_chunk: None,
            pace: Pace::default(),
        }
    }

    /// Parts of the answer arrived together.
    pub(super) fn chunks(run: &mut Run<Self>, parts: usize) {
        let record = run.record_mut();
        if parts == 0 || record.pace.went_on(parts, &record.span) {
            return;
        }
        let gaps = Self::first(run);
        let record = run.record_mut();
        record.pace.begin(gaps, parts, &record.span);
    }

    /// The first part of the answer arrived. Returns the histogram of the time to each
    /// of the others.
    #[cold]
    pub(super) fn first(run: &mut Run<Self>) -> BoundDurations {
        let elapsed = run.elapsed();
        let record = run.record_mut();
        record.first_chunk.get_or_insert(elapsed);
        record.is_stream = true;
        record.recorder.instruments.per_chunk.bind(&record.labels)
    }

    /// The answer broke off.
    pub(super) fn broke(&mut self) {
        self.is_broken = true;
    }

    /// What a provider calls an error, as a label: one of not too many words.
    #[cfg(feature = "http")]
    #[cold]
    pub(super) fn error_label(&self, said: &str) -> String {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let is_name = !said.is_empty() && said.len() <= 64 && said.bytes().all(is_word);
        let name = if is_name { said } else { "_OTHER" };
        self.recorder.instruments.errors.label(name).to_owned()
    }

    fn cost(&self) -> Option<f64> {
        let prices = self.prices.as_ref()?.0.get()?;
        let model = self.answer.model.as_deref().unwrap_or(&self.asked);
        // The service's own function, called where a panic may be unwinding already.
        let price = catch_unwind(AssertUnwindSafe(|| prices(model, &self.answer.usage)));
        let price = price.ok().flatten()?;
        (price.is_finite() && price >= 0.0).then_some(price)
    }

    /// What is known of the answer.
    fn told(&self, cost: Option<f64>) -> Vec<KeyValue> {
        let answer = &self.answer;
        let mut told = Vec::new();
        if let Some(id) = &answer.id {
            told.push(KeyValue::new(names::RESPONSE_ID, text(id)));
        }
        if let Some(model) = &answer.model {
            told.push(KeyValue::new(names::RESPONSE_MODEL, text(model)));
        }
        if !answer.finish_reasons.is_empty() {
            let reasons = texts(&answer.finish_reasons);
            told.push(KeyValue::new(names::RESPONSE_FINISH_REASONS, reasons));
        }
        if let Some(first) = self.first_chunk {
            let seconds = first.as_secs_f64();
            told.push(KeyValue::new(names::RESPONSE_TIME_TO_FIRST_CHUNK, seconds));
        }
        if self.is_stream {
            told.push(KeyValue::new(names::REQUEST_STREAM, true));
        }
        let usage = &answer.usage;
        for (key, tokens) in [
            (names::USAGE_INPUT_TOKENS, usage.input),
            (names::USAGE_OUTPUT_TOKENS, usage.output),
            (names::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read),
            (names::USAGE_CACHE_WRITE_INPUT_TOKENS, usage.cache_write),
            (names::USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning),
        ] {
            told.extend(tokens.map(|tokens| KeyValue::new(key, signed(tokens))));
        }
        for (keys, of) in [
            (names::USAGE_INPUT_OF, usage.input_of),
            (names::USAGE_OUTPUT_OF, usage.output_of),
        ] {
            let of = keys.into_iter().zip(of).filter(|(_, tokens)| *tokens > 0);
            told.extend(of.map(|(key, tokens)| KeyValue::new(key, signed(tokens))));
        }
        told.extend(cost.map(|cost| KeyValue::new(names::COST, cost)));
        told
    }

    fn measure(&mut self, outcome: &Outcome, elapsed: Duration, cost: Option<f64>) {
        // With room for what is told at the end.
        let mut labels = std::mem::take(&mut self.labels);
        let instruments = &self.recorder.instruments;
        let seconds = elapsed.as_secs_f64();
        let sampled = || self.span.sampled();
        if let Some(model) = &self.answer.model {
            let model = text(model);
            let model = instruments.models.label(model.as_str()).to_owned();
            labels.push(KeyValue::new(names::RESPONSE_MODEL, model));
        }
        match self.kind {
            Kind::Inference => {
                self.count(instruments, &mut labels);
                if let Some(first) = self.first_chunk {
                    let first = first.as_secs_f64();
                    instruments.first_chunk.record(first, sampled, &labels);
                }
            }
            Kind::Embeddings => {
                if let Some(tokens) = self.answer.usage.input {
                    instruments.embedded.record(tokens, &labels);
                }
            }
            Kind::Retrieval | Kind::Tool | Kind::Agent => {}
        }
        if let Some(cost) = cost {
            instruments.cost.add(cost, &labels);
        }
        if let Some(calls) = &self.calls {
            let inferences = calls.inferences.load(Ordering::Relaxed);
            instruments.inference_calls.record(inferences, &labels);
            let tools = calls.tools.load(Ordering::Relaxed);
            instruments.tool_calls.record(tools, &labels);
        }
        labels.extend(outcome.label());
        let duration = match self.kind {
            Kind::Inference => &instruments.duration,
            Kind::Embeddings => &instruments.embeddings,
            Kind::Retrieval => &instruments.retrieval,
            Kind::Tool => &instruments.tool,
            Kind::Agent => &instruments.agent,
        };
        duration.record(seconds, sampled, &labels);
        if let Some(old) = &instruments.old
            && !matches!(self.kind, Kind::Tool | Kind::Agent)
        {
            old.operation.record(seconds, sampled, &labels);
        }
    }

    /// Counts tokens by modality, and what is of none that was told as `unknown`. A call
    /// whose tokens are not known counts as none.
    fn count(&self, instruments: &Instruments, labels: &mut Vec<KeyValue>) {
        let usage = &self.answer.usage;
        let input = usage.input.unwrap_or(0);
        by_modality(&instruments.input, labels, input, &usage.input_of);
        let output = usage.output.unwrap_or(0);
        by_modality(&instruments.output, labels, output, &usage.output_of);
        for (counter, tokens) in [
            (&instruments.cache_read, usage.cache_read),
            (&instruments.cache_write, usage.cache_write),
            (&instruments.reasoning, usage.reasoning),
        ] {
            if let Some(tokens) = tokens {
                add(counter, labels, tokens, "unknown");
            }
        }
        if let Some(old) = &instruments.old {
            for (tokens, kind) in [(usage.input, "input"), (usage.output, "output")] {
                if let Some(tokens) = tokens {
                    labels.push(KeyValue::new(names::TOKEN_TYPE, kind));
                    old.tokens.record(tokens, labels);
                    labels.pop();
                }
            }
        }
    }
}

/// As `Usage` keeps them.
const MODALITIES: [Modality; 3] = [Modality::Text, Modality::Image, Modality::Audio];

fn by_modality(counter: &Counter<u64>, labels: &mut Vec<KeyValue>, all: u64, of: &[u64; 3]) {
    let mut rest = all;
    for (modality, &tokens) in MODALITIES.iter().zip(of) {
        // What is told beyond the sum is not counted twice.
        let tokens = tokens.min(rest);
        if tokens > 0 {
            rest -= tokens;
            add(counter, labels, tokens, modality.name());
        }
    }
    if rest > 0 || all == 0 {
        add(counter, labels, rest, "unknown");
    }
}

fn add(counter: &Counter<u64>, labels: &mut Vec<KeyValue>, tokens: u64, modality: &'static str) {
    labels.push(KeyValue::new(names::TOKEN_MODALITY, modality));
    counter.add(tokens, labels);
    labels.pop();
}

/// No call takes more tokens, whatever a provider says: sums of them stay sums.
fn bounded(usage: &Usage) -> Usage {
    let most = |tokens: u64| tokens.min(u32::MAX.into());
    Usage {
        input: usage.input.map(most),
        output: usage.output.map(most),
        cache_read: usage.cache_read.map(most),
        cache_write: usage.cache_write.map(most),
        reasoning: usage.reasoning.map(most),
        input_of: usage.input_of.map(most),
        output_of: usage.output_of.map(most),
    }
}

fn signed(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let answer = &mut self.answer;
        if self.is_broken {
            answer.finished("error".to_owned());
        }
        answer.usage = bounded(&answer.usage);
        let cost = self.cost();
        self.span.tell(|span| span.set_attributes(self.told(cost)));
        if let Some(content) = self.content.take() {
            let mut besides = self.told(cost);
            besides.extend(outcome.label());
            (*content).end(&self.span, &self.recorder, besides);
        }
        self.span.end_by(outcome, elapsed);
        self.measure(outcome, elapsed, cost);
    }
}
