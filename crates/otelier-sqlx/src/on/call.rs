//! The record of one run of a statement.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    global::BoxedSpan,
    trace::{Span as _, SpanBuilder, SpanContext, SpanKind, Status, Tracer as _},
};
use otelier_core::{Outcome, Record, Run, semconv};
use sqlx::Error;

use super::{failure::Failure, shared::Core, statement::Statement};
use crate::driver::Driver;

/// The `error.type` of a statement whose end nobody waited for.
const CANCELLED: &str = "cancelled";
/// Rows, code and error type join those of the statement.
const MORE_ATTRIBUTES: usize = 3;

/// What becomes of a statement's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    Wanted,
    Discarded,
}

/// What the caller asked for besides the statement.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) rows: Rows,
    /// Attributes for the span.
    pub(super) parameters: Vec<KeyValue>,
}

impl From<Rows> for Asked {
    fn from(rows: Rows) -> Self {
        Self {
            rows,
            parameters: Vec::new(),
        }
    }
}

#[derive(Debug)]
pub(super) struct Call {
    core: Arc<Core>,
    statement: Arc<Statement>,
    span: BoxedSpan,
    started: SystemTime,
    clock: Instant,
    use_of_rows: Rows,
    rows: u64,
    /// The caller waits for the database, and not the other way round.
    is_waited_for: bool,
    code: Option<String>,
}

impl Call {
    /// Starts span and clock. The parent is the current context.
    pub(super) fn start(
        core: &Arc<Core>,
        statement: Arc<Statement>,
        asked: Asked,
    ) -> Option<Run<Self>> {
        let telemetry = core.telemetry()?;
        let (started, clock) = (SystemTime::now(), Instant::now());
        let mut attributes = Vec::with_capacity(
            statement.attributes.len() + asked.parameters.len() + MORE_ATTRIBUTES,
        );
        attributes.extend_from_slice(&statement.attributes);
        attributes.extend(asked.parameters);
        let builder = SpanBuilder::from_name(String::from(&*statement.name))
            .with_kind(SpanKind::Client)
            .with_start_time(started)
            .with_attributes(attributes);
        let span = Context::map_current(|cx| telemetry.tracer.build_with_context(builder, cx));
        let call = Self {
            core: Arc::clone(core),
            statement,
            span,
            started,
            clock,
            use_of_rows: asked.rows,
            rows: 0,
            is_waited_for: true,
            code: None,
        };
        Some(Run::start_at(clock, call))
    }

    pub(super) fn span_context(&self) -> &SpanContext {
        self.span.span_context()
    }

    /// When it started.
    pub(super) fn clock(&self) -> Instant {
        self.clock
    }

    #[inline]
    pub(super) fn row(&mut self) {
        self.rows += 1;
    }

    #[inline]
    pub(super) fn set_waited_for(&mut self, is_waited_for: bool) {
        self.is_waited_for = is_waited_for;
    }

    /// Ends a run with what came out of it.
    pub(super) fn end<DB: Driver, T>(run: Option<Run<Self>>, result: &Result<T, Error>) {
        let Some(run) = run else { return };
        match result {
            Ok(_) => run.finish(Outcome::Done),
            Err(error) => Self::fail::<DB>(run, error),
        }
    }

    pub(super) fn fail<DB: Driver>(mut run: Run<Self>, error: &Error) {
        let outcome = match Failure::of::<DB>(error) {
            Some(failure) => {
                run.record_mut().code = failure.code;
                Outcome::Failed(failure.kind)
            }
            None => Outcome::Done,
        };
        run.finish(outcome);
    }

    fn returned(&self) -> Option<u64> {
        (self.use_of_rows == Rows::Wanted || self.rows > 0).then_some(self.rows)
    }

    fn end_span(&mut self, error: Option<&str>, is_failure: bool, elapsed: Duration) {
        if self.span.is_recording() {
            if let Some(rows) = self.returned() {
                let rows = i64::try_from(rows).unwrap_or(i64::MAX);
                self.span
                    .set_attribute(KeyValue::new(semconv::DB_RESPONSE_RETURNED_ROWS, rows));
            }
            if let Some(code) = &self.code {
                self.span.set_attribute(KeyValue::new(
                    semconv::DB_RESPONSE_STATUS_CODE,
                    code.clone(),
                ));
            }
            if let Some(error) = error {
                self.span
                    .set_attribute(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
            }
            if is_failure {
                self.span.set_status(Status::error(""));
            }
        }
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => self.span.end_with_timestamp(ended),
            None => self.span.end(),
        }
    }
}

impl Record for Call {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let error = match outcome {
            Outcome::Dropped if self.is_waited_for => Some(CANCELLED),
            outcome => outcome.error_type(),
        };
        // To stop waiting is the caller's decision, and no failure of the database.
        let is_failure = outcome.error_type().is_some();
        self.end_span(error, is_failure, elapsed);
        let Some(telemetry) = self.core.telemetry() else {
            return;
        };
        let seconds = elapsed.as_secs_f64();
        if let Some(error) = error {
            let mut labels = self.statement.labels.clone();
            labels.push(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
            if let Some(code) = self.code.take() {
                labels.push(KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, code));
            }
            telemetry.duration.record(seconds, &labels);
        } else {
            self.statement.duration.record(seconds);
        }
        if let Some(rows) = self.returned() {
            self.statement.returned(telemetry, rows);
        }
    }
}
