//! The record of one run of a statement.

use std::{
    mem,
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
use otelier_core::{Message, Outcome, Record, Run, context, semconv};
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
    span: State,
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

/// What there is of a span.
#[derive(Debug)]
enum State {
    /// It is known before that it would not be sampled.
    Never,
    /// Made when it is over, below this parent and from this moment: what is made and ended in
    /// one go is neither boxed nor carried about.
    Later(Context, SystemTime),
    /// Somebody had to know of it before, or it has parameters to carry.
    Now(BoxedSpan, SystemTime),
}

impl Call {
    /// Starts span and clock, as if that had been `before` now. The parent is the current
    /// context.
    #[inline(always)]
    pub(super) fn start(statement: Arc<Statement>, asked: Asked, before: Duration) -> Run<Self> {
        let now = Instant::now();
        let clock = now.checked_sub(before).unwrap_or(now);
        let span = Context::map_current(|parent| {
            if statement.telemetry.never_samples(parent) {
                return State::Never;
            }
            let now = SystemTime::now();
            let started = now.checked_sub(before).unwrap_or(now);
            if asked.parameters.is_empty() {
                State::Later(context::carried(parent), started)
            } else {
                let span = describe(&statement, asked.parameters, started);
                let tracer = &statement.telemetry.tracer;
                State::Now(tracer.build_with_context(span, parent), started)
            }
        });
        let call = Self {
            statement,
            span,
            waited: None,
            use_of_rows: asked.rows,
            is_waited_for: true,
            has_code: false,
            rows: 0,
            message: Message::default(),
        };
        Run::start_at(clock, call)
    }

    /// Tells the span's context, or whose it would be. From now on there is a span.
    #[cold]
    pub(super) fn with_span_context<T>(&mut self, tell: impl FnOnce(&SpanContext) -> T) -> T {
        if let State::Later(parent, started) = &self.span {
            let span = describe(&self.statement, Vec::new(), *started);
            let tracer = &self.statement.telemetry.tracer;
            let span = context::apart(|| tracer.build_with_context(span, parent));
            self.span = State::Now(span, *started);
        }
        match &self.span {
            State::Now(span, _) => tell(span.span_context()),
            _ => Context::map_current(|cx| tell(cx.span().span_context())),
        }
    }

    /// A context for spans below that of the call.
    pub(super) fn below(&mut self, cx: &Context) -> Context {
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
                let call = run.record_mut();
                call.has_code = failure.is_code;
                if !matches!(call.span, State::Never) {
                    call.message = Failure::message(error);
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

    /// Adds what is known of the span at its end.
    fn complete(&self, error: Option<&str>, mut add: impl FnMut(KeyValue)) {
        if let Some(rows) = self.returned() {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            add(KeyValue::new(semconv::DB_RESPONSE_RETURNED_ROWS, rows));
        }
        if let Some(error) = error {
            if self.has_code {
                let code = KeyValue::new(semconv::DB_RESPONSE_STATUS_CODE, error.to_owned());
                add(code);
            }
            add(KeyValue::new(semconv::ERROR_TYPE, error.to_owned()));
        }
    }

    fn end_span(&mut self, error: Option<&str>, elapsed: Duration) {
        // Whoever has an `error.type` has the status, too, as the conventions say.
        let status = match error {
            Some(error) => mem::take(&mut self.message).status(error),
            None => Status::Unset,
        };
        // The wall clock may have been set in between.
        let end = |started: SystemTime| {
            let ended = started.checked_add(elapsed);
            ended.unwrap_or_else(SystemTime::now)
        };
        match mem::replace(&mut self.span, State::Never) {
            State::Never => {}
            State::Later(parent, started) => {
                let mut span = describe(&self.statement, Vec::new(), started);
                if let Some(attributes) = &mut span.attributes {
                    self.complete(error, |attribute| attributes.push(attribute));
                }
                let spans = &self.statement.telemetry.spans;
                spans.record(span, &parent, status, end(started));
            }
            State::Now(mut span, started) => {
                self.complete(error, |attribute| span.set_attribute(attribute));
                span.set_status(status);
                span.end_with_timestamp(end(started));
            }
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
        let telemetry = &self.statement.telemetry;
        telemetry.duration.record(seconds, &labels);
        if let Some(rows) = self.returned() {
            telemetry.rows.record(rows, &labels);
        }
    }
}

impl Record for Call {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let error = match outcome {
            Outcome::Dropped if self.is_waited_for => Some(CANCELLED),
            outcome => outcome.error_type(),
        };
        self.end_span(error, elapsed);
        let seconds = elapsed.as_secs_f64();
        match error {
            Some(error) => self.record_failure(seconds, error),
            None => {
                self.statement.duration.record(seconds);
                if let Some(rows) = self.returned() {
                    self.statement.returned(rows);
                }
            }
        }
        if let Some(waited) = self.waited {
            let held = elapsed.saturating_sub(waited);
            let use_time = &self.statement.telemetry.use_time;
            use_time.record(held.as_secs_f64());
        }
    }
}

/// All that is known of a span before its end.
fn describe(statement: &Statement, parameters: Vec<KeyValue>, started: SystemTime) -> SpanBuilder {
    let known = &statement.attributes;
    let mut attributes = Vec::with_capacity(known.len() + parameters.len() + MORE_ATTRIBUTES);
    attributes.extend(known.iter().map(Attribute::make));
    attributes.extend(parameters);
    SpanBuilder {
        span_kind: Some(SpanKind::Client),
        name: statement.name.clone(),
        start_time: Some(started),
        attributes: Some(attributes),
        events: None,
        links: None,
    }
}
