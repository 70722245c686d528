//! The record of one command, pipeline or transaction.

use std::{mem, sync::Arc, time::Duration};

use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{Message, Outcome, Record, Run, edge::Leaf, semconv};
use redis::{Pipeline, RedisError};

use super::{
    command::{arguments, readable},
    error::{Failure, TIMEOUT},
    reply::{Asked, Found, Replies},
    series::Series,
    telemetry::{Telemetry, error_type},
    text,
};

/// The `error.type` of a command whose reply nobody waited for.
const CANCELLED: &str = "cancelled";
const CACHE_READS: &str = "otelier.cache.reads";
const CACHE_HITS: &str = "otelier.cache.hits";
const BLOCKING: &str = "otelier.db.blocking";

/// Text, size, procedure, mark, reads, hits, code and error type join those of the series.
const MORE_ATTRIBUTES: usize = 8;

pub(super) struct Operation<'a> {
    pub(super) telemetry: &'a Telemetry,
    pub(super) series: Arc<Series>,
    pub(super) asked: Asked<'a>,
    pub(super) span: Leaf,
    /// It waits in the server for somebody else.
    pub(super) blocks: bool,
    pub(super) found: Found,
    /// The outcome is named by what the server answered.
    pub(super) has_code: bool,
    /// What its error says.
    pub(super) message: Message,
}

impl Operation<'_> {
    /// Says what was answered, and ends.
    #[inline]
    pub(super) fn answered(mut run: Run<Self>, result: Result<Replies<'_>, &RedisError>) {
        let operation = run.record_mut();
        let outcome = match result {
            Ok(replies) => {
                let reads = operation.series.kind.map(|kind| kind.reads);
                operation.found = replies.found(operation.asked, reads);
                match replies.error(operation.asked) {
                    None => Outcome::Done,
                    Some(error) => operation.failed(Failure::answered(error.code())),
                }
            }
            Err(error) => {
                if operation.span.is_recording() {
                    operation.message = Failure::message(error);
                }
                operation.failed(Failure::of(error))
            }
        };
        run.finish(outcome);
    }

    #[cold]
    fn failed(&mut self, failure: Failure) -> Outcome {
        self.has_code = failure.is_code;
        Outcome::Failed(failure.kind)
    }

    #[cold]
    fn record_failure(&self, seconds: f64, error: &str) {
        let instruments = &self.telemetry.recorder.instruments;
        if error == TIMEOUT {
            instruments.timeouts.add(1, &self.series.labels);
        }
        if self.blocks {
            return;
        }
        let mut labels = self.series.labels.clone();
        if self.has_code && instruments.keeps_code(error) {
            labels.push(error_type(error));
            let code = KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, error.to_owned());
            labels.push(code);
        } else if self.has_code {
            labels.push(error_type(text::OTHER));
        } else {
            labels.push(error_type(error));
        }
        instruments.duration.record(seconds, &labels);
    }
}

impl Record for Operation<'_> {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let error = match outcome {
            // Whoever waits for work gives up at some time.
            Outcome::Dropped if self.blocks => None,
            Outcome::Dropped => Some(CANCELLED),
            outcome => outcome.error_type(),
        };
        if self.span.is_recording() {
            let mut span = mem::take(&mut self.span);
            let message = mem::take(&mut self.message);
            span.end(
                &self.telemetry.recorder,
                elapsed,
                error.map(|error| (error, message)),
                || describe(self),
                |attributes| complete(self, error, attributes),
            );
        }
        let instruments = &self.telemetry.recorder.instruments;
        match error {
            Some(error) => self.record_failure(elapsed.as_secs_f64(), error),
            None if self.blocks => {}
            None => self
                .series
                .took(elapsed.as_secs_f64(), &instruments.duration),
        }
        if self.found.reads > 0 {
            self.series.read(self.found, &instruments.reads);
        }
    }
}

/// All that is known of a span before its end.
fn describe(operation: &Operation<'_>) -> SpanBuilder {
    let series = &operation.series;
    let mut attributes = Vec::with_capacity(series.labels.len() + MORE_ATTRIBUTES);
    attributes.extend_from_slice(&series.labels);
    match operation.asked {
        Asked::Command(cmd) => {
            let kind = series.kind.filter(|kind| !kind.is_secret);
            let shapes = &operation.telemetry.shapes;
            let text = if shapes.is_empty() || kind.is_none() {
                series.text(text::number(cmd))
            } else {
                text::shaped(series.word(), cmd, shapes).into()
            };
            attributes.push(KeyValue::new(semconv::DB_QUERY_TEXT, text));
            if kind.is_some_and(|kind| kind.calls)
                && let Some(called) = arguments(cmd).next().and_then(readable)
            {
                let called = called.to_owned();
                attributes.push(KeyValue::new(semconv::DB_STORED_PROCEDURE_NAME, called));
            }
        }
        Asked::Pipeline(pipeline) => describe_all(operation, pipeline, &mut attributes),
    }
    if operation.blocks {
        attributes.push(KeyValue::new(BLOCKING, true));
    }
    SpanBuilder {
        span_kind: Some(SpanKind::Client),
        name: series.name.clone(),
        attributes: Some(attributes),
        ..SpanBuilder::default()
    }
}

fn describe_all(operation: &Operation<'_>, pipeline: &Pipeline, attributes: &mut Vec<KeyValue>) {
    let text = text::joined(pipeline, &operation.telemetry.shapes);
    if !text.is_empty() {
        attributes.push(KeyValue::new(semconv::DB_QUERY_TEXT, text));
    }
    // One command is no batch.
    if pipeline.len() != 1 {
        let size = i64::try_from(pipeline.len()).unwrap_or(i64::MAX);
        attributes.push(KeyValue::new(semconv::DB_OPERATION_BATCH_SIZE, size));
    }
}

/// What is known of it only now.
fn complete(operation: &Operation<'_>, error: Option<&str>, attributes: &mut Vec<KeyValue>) {
    let Found { reads, hits } = operation.found;
    if reads > 0 {
        let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
        attributes.push(KeyValue::new(CACHE_READS, number(reads)));
        attributes.push(KeyValue::new(CACHE_HITS, number(hits)));
    }
    if let Some(code) = error
        && operation.has_code
    {
        let code = KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, code.to_owned());
        attributes.push(code);
    }
}
