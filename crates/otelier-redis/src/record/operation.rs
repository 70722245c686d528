//! The record of one command, pipeline or transaction.

use std::{mem, sync::Arc, time::Duration};

use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Message, Outcome, Record, Run,
    edge::{Attribute, Leaf, Sampled},
    semconv,
};
use redis::{Pipeline, RedisError, Value};

use super::{
    command::{Reads, arguments, readable},
    error::{Failure, TIMEOUT},
    reply::{self, Asked, Found},
    series::Series,
    telemetry::{Telemetry, error_type},
    text,
};

/// The `error.type` of a command whose reply nobody waited for.
const CANCELLED: &str = "cancelled";
const CACHE_READS: &str = "otelier.cache.reads";
const CACHE_HITS: &str = "otelier.cache.hits";
const BLOCKING: &str = "otelier.db.blocking";

/// Text and size, reads and hits mostly join those of the series.
const MORE_ATTRIBUTES: usize = 4;

pub(super) struct Operation<'a> {
    pub(super) span: Leaf,
    /// What its error says.
    pub(super) message: Message,
    pub(super) known: What<'a>,
}

/// What is known of it.
pub(super) struct What<'a> {
    pub(super) telemetry: &'a Telemetry,
    pub(super) series: Arc<Series>,
    pub(super) asked: Asked<'a>,
    pub(super) found: Found,
    /// It waits in the server for somebody else.
    pub(super) blocks: bool,
    /// The outcome is named by what the server answered.
    pub(super) has_code: bool,
}

impl Operation<'_> {
    /// Says what was answered to a run, which ends when it is dropped.
    pub(super) fn answered(run: &mut Run<Self>, result: Result<&[Value], &RedisError>) {
        let known = &mut run.record_mut().known;
        let outcome = match result {
            Ok(replies) => {
                let reads = known.series.kind.map(|kind| kind.reads);
                known.found = Found::of(known.asked, reads, replies);
                match reply::error(known.asked, replies) {
                    None => Outcome::Done,
                    Some(error) => known.failed(Failure::answered(error.code())),
                }
            }
            Err(error) => run.record_mut().broke(error),
        };
        run.set_outcome(outcome);
    }

    /// The same for a command, whose one reply is looked at where it is.
    #[inline]
    pub(super) fn answered_one(run: &mut Run<Self>, result: Result<&Value, &RedisError>) {
        let operation = run.record_mut();
        let outcome = match result {
            Ok(Value::ServerError(error)) => {
                let known = &mut operation.known;
                known.failed(Failure::answered(error.code()))
            }
            Ok(reply) => {
                operation.known.found(reply);
                Outcome::Done
            }
            Err(error) => operation.broke(error),
        };
        run.set_outcome(outcome);
    }

    #[cold]
    fn broke(&mut self, error: &RedisError) -> Outcome {
        if self.span.is_recording() {
            self.message = Failure::message(error);
        }
        self.known.failed(Failure::of(error))
    }
}

impl Record for Operation<'_> {
    #[inline]
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let known = &self.known;
        let error = match outcome {
            // Whoever waits for work gives up at some time.
            Outcome::Dropped if known.blocks => None,
            Outcome::Dropped => Some(CANCELLED),
            outcome => outcome.error_type(),
        };
        let message = &mut self.message;
        let sampled = self.span.end(
            &known.telemetry.recorder,
            elapsed,
            error.map(|error| (error, mem::take(message))),
            || known.describe(),
            |attributes| known.complete(error, attributes),
        );
        let instruments = &known.telemetry.recorder.instruments;
        match error {
            Some(error) => known.record_failure(elapsed.as_secs_f64(), sampled, error),
            None if known.blocks => {}
            None => {
                let durations = &instruments.duration;
                known.series.took(elapsed.as_secs_f64(), sampled, durations);
            }
        }
        if known.found.reads > 0 {
            known.series.read(known.found, &instruments.reads);
        }
    }
}

impl What<'_> {
    #[inline]
    fn found(&mut self, reply: &Value) {
        if let (Some(kind), Asked::Command(cmd)) = (self.series.kind, self.asked)
            && kind.reads != Reads::Nothing
            && !cmd.is_no_response()
        {
            self.found.add(kind.reads, reply);
        }
    }

    #[cold]
    fn failed(&mut self, failure: Failure) -> Outcome {
        self.has_code = failure.is_code;
        Outcome::Failed(failure.kind)
    }

    #[cold]
    fn record_failure(&self, seconds: f64, sampled: Option<Sampled>, error: &str) {
        let instruments = &self.telemetry.recorder.instruments;
        let mut labels = self.series.labels();
        if error == TIMEOUT {
            instruments.timeouts.add(1, &labels);
        }
        if self.blocks {
            return;
        }
        // A script makes codes without end.
        if self.has_code && !instruments.keeps_code(error) {
            labels.push(error_type(text::OTHER));
        } else {
            labels.push(error_type(error));
            labels.extend(self.status_code(Some(error)));
        }
        instruments.duration.record(seconds, || sampled, &labels);
    }

    fn status_code(&self, error: Option<&str>) -> Option<KeyValue> {
        let code = error.filter(|_| self.has_code)?.to_owned();
        Some(KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, code))
    }

    /// All that is known of its span before its end.
    #[inline]
    fn describe(&self) -> SpanBuilder {
        let series = &*self.series;
        let mut attributes = Vec::with_capacity(series.attributes.len() + MORE_ATTRIBUTES);
        attributes.extend(series.attributes.iter().map(Attribute::make));
        match self.asked {
            Asked::Command(cmd) => {
                let kind = series.kind.filter(|kind| !kind.is_secret);
                let shapes = &*self.telemetry.shapes;
                attributes.push(if shapes.is_empty() || kind.is_none() {
                    series.text(text::number(cmd))
                } else {
                    let shaped = text::shaped(&series.word, cmd, shapes);
                    KeyValue::new(semconv::DB_QUERY_TEXT, shaped)
                });
                if kind.is_some_and(|kind| kind.calls)
                    && let Some(called) = arguments(cmd).next().and_then(readable)
                {
                    let called = called.to_owned();
                    attributes.push(KeyValue::new(semconv::DB_STORED_PROCEDURE_NAME, called));
                }
            }
            Asked::Pipeline(pipeline) => self.describe_all(pipeline, &mut attributes),
        }
        if self.blocks {
            attributes.push(KeyValue::new(BLOCKING, true));
        }
        SpanBuilder {
            span_kind: Some(SpanKind::Client),
            name: series.name.clone(),
            start_time: None,
            attributes: Some(attributes),
            events: None,
            links: None,
        }
    }

    fn describe_all(&self, pipeline: &Pipeline, attributes: &mut Vec<KeyValue>) {
        let text = text::joined(pipeline, &self.telemetry.shapes);
        if !text.is_empty() {
            attributes.push(KeyValue::new(semconv::DB_QUERY_TEXT, text));
        }
        // One command is no batch.
        if pipeline.len() != 1 {
            let size = number(pipeline.len());
            attributes.push(KeyValue::new(semconv::DB_OPERATION_BATCH_SIZE, size));
        }
    }

    /// What is known of it only now.
    #[inline]
    fn complete(&self, error: Option<&str>, attributes: &mut Vec<KeyValue>) {
        let Found { reads, hits } = self.found;
        if reads > 0 {
            attributes.push(KeyValue::new(CACHE_READS, number(reads)));
            attributes.push(KeyValue::new(CACHE_HITS, number(hits)));
        }
        attributes.extend(self.status_code(error));
    }
}

/// As attributes hold it.
fn number(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
