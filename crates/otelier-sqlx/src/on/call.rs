//! The record of one run of a statement.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    global::BoxedSpan,
    trace::{
        Span as _, SpanBuilder, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
    },
};
use otelier_core::{Outcome, Record, Run, semconv};
use sqlx::Error;

use super::{
    failure::Failure,
    statement::{Attribute, Statement},
};
use crate::{driver::Driver, executor::Rows};

/// The `error.type` of a statement whose end nobody waited for.
const CANCELLED: &str = "cancelled";
/// Rows, code and error type join those of the statement.
const MORE_ATTRIBUTES: usize = 3;

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
    statement: Arc<Statement>,
    /// `None` where it is known before that it would not be sampled.
    span: Option<(BoxedSpan, SystemTime)>,
    /// How long it waited for a connection that is its own.
    waited: Option<Duration>,
    use_of_rows: Rows,
    /// The caller waits for the database, and not the other way round.
    is_waited_for: bool,
    /// The outcome is named by what the database answered.
    has_code: bool,
    rows: u64,
}

impl Call {
    /// Starts span and clock, as if that had been `before` now. The parent is the current
    /// context.
    #[inline]
    pub(super) fn start(statement: Arc<Statement>, asked: Asked, before: Duration) -> Run<Self> {
        let now = Instant::now();
        let clock = now.checked_sub(before).unwrap_or(now);
        let span = Context::map_current(|parent| {
            (!statement.telemetry.never_samples(parent))
                .then(|| start_span(&statement, asked.parameters, before, parent))
        });
        let call = Self {
            statement,
            span,
            waited: None,
            use_of_rows: asked.rows,
            is_waited_for: true,
            has_code: false,
            rows: 0,
        };
        Run::start_at(clock, call)
    }

    /// Tells the span's context, or whose it would be.
    pub(super) fn with_span_context<T>(&self, tell: impl FnOnce(&SpanContext) -> T) -> T {
        match &self.span {
            Some((span, _)) => tell(span.span_context()),
            None => Context::map_current(|cx| tell(cx.span().span_context())),
        }
    }

    /// A context for spans below that of the call.
    pub(super) fn below(&self, cx: &Context) -> Context {
        self.with_span_context(|context| cx.with_remote_span_context(context.clone()))
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
                run.record_mut().has_code = failure.is_code;
                Outcome::Failed(failure.kind)
            }
            None => Outcome::Done,
        };
        run.set_outcome(outcome);
    }

    fn returned(&self) -> Option<u64> {
        (self.use_of_rows == Rows::Wanted || self.rows > 0).then_some(self.rows)
    }

    fn end_span(&mut self, error: Option<&str>, is_failure: bool, elapsed: Duration) {
        let rows = self.returned();
        let Some((span, started)) = &mut self.span else {
            return;
        };
        if let Some(rows) = rows {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            span.set_attribute(KeyValue::new(semconv::DB_RESPONSE_RETURNED_ROWS, rows));
        }
        if let Some(error) = error {
            if self.has_code {
                let code = KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, error.to_owned());
                span.set_attribute(code);
            }
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
            if is_failure {
                span.set_status(Status::error(""));
            }
        }
        // The wall clock may have been set in between.
        match started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }

    #[cold]
    fn record_failure(&self, seconds: f64, error: &str) {
        let mut labels = self.statement.labels.clone();
        labels.push(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
        if self.has_code {
            let code = KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, error.to_owned());
            labels.push(code);
        }
        let duration = &self.statement.telemetry.duration;
        duration.record(seconds, &labels);
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
        let seconds = elapsed.as_secs_f64();
        match error {
            Some(error) => self.record_failure(seconds, error),
            None => self.statement.duration.record(seconds),
        }
        if let Some(rows) = self.returned() {
            self.statement.returned(rows);
        }
        if let Some(waited) = self.waited {
            let held = elapsed.saturating_sub(waited);
            let use_time = &self.statement.telemetry.use_time;
            use_time.record(held.as_secs_f64());
        }
    }
}

fn start_span(
    statement: &Statement,
    parameters: Vec<KeyValue>,
    before: Duration,
    parent: &Context,
) -> (BoxedSpan, SystemTime) {
    let now = SystemTime::now();
    let started = now.checked_sub(before).unwrap_or(now);
    let known = &statement.attributes;
    let mut attributes = Vec::with_capacity(known.len() + parameters.len() + MORE_ATTRIBUTES);
    attributes.extend(known.iter().map(Attribute::make));
    attributes.extend(parameters);
    let builder = SpanBuilder::from_name(statement.name.clone())
        .with_kind(SpanKind::Client)
        .with_start_time(started)
        .with_attributes(attributes);
    let tracer = &statement.telemetry.tracer;
    let span = tracer.build_with_context(builder, parent);
    (span, started)
}
