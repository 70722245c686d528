//! The record of one run of a statement.

use std::{mem, sync::Arc, time::Duration};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanContext, SpanKind, TraceContextExt as _},
};
use otelier_core::{
    Message, Outcome, Record, Run,
    edge::{Attribute, Leaf, Sampled},
    semconv,
};
use sqlx::Error;

use super::{error::Failure, statement::Statement};
use crate::driver::{
    Driver,
    sealed::{Parameters, Rows},
};

/// The `error.type` of a statement whose end nobody waited for.
const CANCELLED: &str = "cancelled";
/// Rows, code and error type join those of the statement.
const MORE_ATTRIBUTES: usize = 3;

/// What the caller asked for besides the statement.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) rows: Rows,
    pub(super) parameters: Parameters,
}

#[derive(Debug)]
pub(super) struct Operation {
    statement: Arc<Statement>,
    span: Leaf,
    /// How long it waited for a connection that is its own.
    waited: Option<Duration>,
    use_of_rows: Rows,
    /// The caller waits for the database, and not the other way round.
    is_waited_for: bool,
    /// The outcome is named by what the database answered.
    has_code: bool,
    rows: u64,
    /// What its error says.
    message: Message,
}

// What is larger is moved by a call.
const _: () = assert!(size_of::<Run<Operation>>() <= 128);

impl Operation {
    #[inline(always)]
    pub(super) fn new(statement: Arc<Statement>, mut span: Leaf, asked: Asked) -> Self {
        if let Some(parameters) = asked.parameters.take() {
            // So that they need not be carried about.
            let describe = || describe(&statement, &parameters);
            span.now(&statement.pool.recorder, describe);
        }
        Self {
            statement,
            span,
            waited: None,
            use_of_rows: asked.rows,
            is_waited_for: true,
            has_code: false,
            rows: 0,
            message: Message::default(),
        }
    }

    /// The context that holds its span, if there is one. From now on there is.
    #[cold]
    pub(super) fn context(&mut self) -> Option<&Context> {
        let statement = &self.statement;
        let describe = || describe(statement, &[]);
        self.span.now(&statement.pool.recorder, describe)
    }

    /// The span above it, if that is sampled.
    pub(super) fn above(&self) -> Option<Sampled> {
        self.span.above()
    }

    /// Tells the span's context, or whose it would be.
    pub(super) fn with_span_context<T>(&mut self, tell: impl FnOnce(&SpanContext) -> T) -> T {
        match self.context() {
            Some(cx) => tell(cx.span().span_context()),
            None => Context::map_current(|cx| tell(cx.span().span_context())),
        }
    }

    /// It has a connection to itself, after so long, for as long as it runs; or no longer.
    pub(super) fn has_connection(&mut self, waited: Option<Duration>) {
        self.waited = waited;
    }

    #[inline]
    pub(super) fn row(&mut self) {
        self.rows += 1;
    }

    #[inline]
    pub(super) fn set_waited_for(&mut self, is_waited_for: bool) {
        self.is_waited_for = is_waited_for;
    }

    /// Says what came out of a run, which ends when it is dropped.
    #[inline]
    pub(super) fn end<DB: Driver, T>(run: &mut Run<Self>, result: &Result<T, Error>) {
        match result {
            Ok(_) => run.set_outcome(Outcome::Done),
            Err(error) => Self::fail::<DB>(run, error),
        }
    }

    #[cold]
    pub(super) fn fail<DB: Driver>(run: &mut Run<Self>, error: &Error) {
        let outcome = match Failure::of::<DB>(error) {
            Some(failure) => {
                let operation = run.record_mut();
                operation.has_code = failure.is_code;
                if operation.span.is_recording() {
                    operation.message = Failure::message(error);
                }
                Outcome::Failed(failure.kind)
            }
            None => Outcome::Done,
        };
        run.set_outcome(outcome);
    }

    fn returned(&self) -> Option<u64> {
        (self.use_of_rows == Rows::Wanted || self.rows > 0).then_some(self.rows)
    }

    #[inline(always)]
    fn end_span(&mut self, error: Option<&str>, elapsed: Duration) -> Option<Sampled> {
        let returned = self.returned();
        let code = error.filter(|_| self.has_code);
        // Whoever has an `error.type` has the status, too, as the conventions say.
        let error = error.map(|error| (error, mem::take(&mut self.message)));
        let statement = &self.statement;
        self.span.end(
            &statement.pool.recorder,
            elapsed,
            error,
            || describe(statement, &[]),
            |attributes| {
                if let Some(rows) = returned {
                    let rows = i64::try_from(rows).unwrap_or(i64::MAX);
                    attributes.push(KeyValue::new(semconv::DB_RESPONSE_RETURNED_ROWS, rows));
                }
                if let Some(code) = code {
                    let code = code.to_owned();
                    attributes.push(KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, code));
                }
            },
        )
    }

    #[cold]
    fn record_failure(&self, seconds: f64, sampled: Option<Sampled>, error: &str) {
        let mut labels = self.statement.labels.clone();
        labels.push(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
        if self.has_code {
            let code = KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, error.to_owned());
            labels.push(code);
        }
        let instruments = &self.statement.pool.recorder.instruments;
        instruments.duration.record(seconds, || sampled, &labels);
        if let Some(rows) = self.returned() {
            instruments.rows.record(rows, &labels);
        }
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let error = match outcome {
            Outcome::Dropped if self.is_waited_for => Some(CANCELLED),
            outcome => outcome.error_type(),
        };
        let sampled = self.end_span(error, elapsed);
        let seconds = elapsed.as_secs_f64();
        match error {
            Some(error) => self.record_failure(seconds, sampled, error),
            None => {
                self.statement.duration.record(seconds, || sampled);
                if let Some(rows) = self.returned() {
                    self.statement.returned(rows);
                }
            }
        }
        if let Some(waited) = self.waited {
            let held = elapsed.saturating_sub(waited);
            let use_time = &self.statement.pool.use_time;
            use_time.record(held.as_secs_f64(), || sampled);
        }
    }
}

/// All that is known of a span before its end.
fn describe(statement: &Statement, parameters: &[String]) -> SpanBuilder {
    let known = &statement.attributes;
    let mut attributes = Vec::with_capacity(known.len() + parameters.len() + MORE_ATTRIBUTES);
    attributes.extend(known.iter().map(Attribute::make));
    attributes.extend(parameters.iter().enumerate().map(|(n, value)| {
        let key = format!("{}.{n}", semconv::DB_QUERY_PARAMETER);
        KeyValue::new(key, value.clone())
    }));
    SpanBuilder {
        span_kind: Some(SpanKind::Client),
        name: statement.name.clone(),
        start_time: None,
        attributes: Some(attributes),
        events: None,
        links: None,
    }
}
