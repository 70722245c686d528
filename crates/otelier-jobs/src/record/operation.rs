//! The record of one job that runs.

use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    time::{Duration, Instant},
};

use opentelemetry::StringValue;
use otelier_core::{Message, Outcome, Record, context::Slot, cut, edge::Span, semconv};

use super::{current::CurrentJob, heartbeat::Heartbeat, series::JOB_KIND};
use crate::failure::{Failure, Panicked};

/// The `error.type` of a job whose end nobody saw.
const CANCELLED: &str = "cancelled";
const PANIC: &str = "panic";
const MAX_ERROR_TYPE: usize = 128;

#[derive(Debug)]
pub(crate) struct Operation {
    /// May outlive the job in tasks that it spawned.
    pub(super) span: Span,
    pub(super) job: CurrentJob,
    pub(super) heartbeat: Heartbeat,
    /// What the service says about the job while it runs.
    pub(super) slot: Slot,
}

impl Operation {
    /// Runs a part of the job in its context. A panic goes on when the span was
    /// told of it.
    pub(super) fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let part = || catch_unwind(AssertUnwindSafe(part));
        match self.slot.run(&mut self.span.context, part) {
            Ok(done) => done,
            Err(payload) => {
                self.panicked(&Panicked::new(&*payload));
                resume_unwind(payload)
            }
        }
    }

    /// Called on every poll.
    pub(super) fn beat(&mut self, now: Instant) {
        if self.heartbeat.is_due(now) {
            self.span
                .tell(|span| span.add_event("heartbeat", Vec::new()));
        }
    }

    /// Tells span and log of the error, and names the outcome.
    pub(super) fn failed(&mut self, failure: Failure) -> Outcome {
        let Failure {
            error_type,
            message,
            stack,
        } = failure;
        let error_type = match cut(&error_type, MAX_ERROR_TYPE) {
            whole if whole.len() == error_type.len() => error_type,
            start => Cow::Owned(start.to_owned()),
        };
        // Where nobody knows the type there is none.
        let exception_type = (error_type != "_OTHER").then_some(&*error_type);
        let message = message.map(Message::of).unwrap_or_default();
        let kind = self.job.series.kind.clone();
        self.enter(|| {
            tracing::error!(
                name: "exception",
                {
                    { semconv::EXCEPTION_TYPE } = exception_type,
                    { semconv::EXCEPTION_MESSAGE } = message.text(),
                    { semconv::EXCEPTION_STACKTRACE } = stack.as_deref(),
                    { JOB_KIND } = kind.as_str(),
                },
                "job failed"
            );
        });
        self.span.fail(message, &error_type);
        Outcome::Failed(error_type)
    }

    /// Tells the span of a panic, and names the outcome. The log was told by the
    /// hook of the process, if there is one.
    pub(super) fn panicked(&self, panicked: &Panicked) -> Outcome {
        self.span.fail(Message::of(panicked.message()), PANIC);
        Outcome::Panicked
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let (name, error) = match outcome {
            Outcome::Done => ("ok", None),
            Outcome::Failed(kind) => ("error", Some(StringValue::from(kind.clone()))),
            Outcome::Panicked => (PANIC, Some(PANIC.into())),
            _ => (CANCELLED, Some(CANCELLED.into())),
        };
        if let Some(said) = self.slot.request() {
            self.span.tell(|span| span.set_attributes(said.entries()));
        }
        self.span.end(error.clone(), elapsed);
        self.job.series.ended(name, error, (elapsed, &self.span));
    }
}
