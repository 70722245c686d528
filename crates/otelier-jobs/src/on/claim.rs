//! The record of one claimed job.

use std::{
    borrow::Cow,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    self as otel, KeyValue, StringValue,
    trace::{Status, TraceContextExt as _},
};
use otelier_core::{Message, Outcome, Record, context::Slot, cut, semconv};

use super::{current::CurrentJob, heartbeat::Heartbeat, series::JOB_KIND};
use crate::{Failure, Panicked};

/// The `error.type` of a job whose end nobody saw.
const CANCELLED: &str = "cancelled";
const PANIC: &str = "panic";
const MAX_ERROR_TYPE: usize = 128;

#[derive(Debug)]
pub(super) struct Claim {
    /// Holds the span, and may outlive the job in tasks that it spawned.
    pub(super) context: otel::Context,
    pub(super) job: CurrentJob,
    pub(super) started: SystemTime,
    pub(super) heartbeat: Heartbeat,
    /// What the service says about the job while it runs.
    pub(super) slot: Slot,
}

impl Claim {
    /// Runs a part of the job in its context.
    pub(super) fn enter<T>(&mut self, run: impl FnOnce() -> T) -> T {
        self.slot.run(&mut self.context, run)
    }

    /// Called on every poll.
    pub(super) fn beat(&mut self, now: Instant) {
        if self.heartbeat.is_due(now) {
            self.context.span().add_event("heartbeat", Vec::new());
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
        let message = message.map(Message::of).unwrap_or_default();
        let kind = self.job.series.kind.clone();
        self.enter(|| {
            tracing::error!(
                name: "exception",
                {
                    { semconv::EXCEPTION_TYPE } = &*error_type,
                    { semconv::EXCEPTION_MESSAGE } = message.text(),
                    { semconv::EXCEPTION_STACKTRACE } = stack.as_deref(),
                    { JOB_KIND } = kind.as_str(),
                },
                "job failed"
            );
        });
        self.context.span().set_status(message.status(&error_type));
        Outcome::Failed(error_type)
    }

    /// Tells the span of a panic, and names the outcome. The log was told by the
    /// hook of the process, if there is one.
    pub(super) fn panicked(&self, panicked: &Panicked) -> Outcome {
        let status = Message::of(panicked.message()).status(PANIC);
        self.context.span().set_status(status);
        Outcome::Panicked
    }

    fn end_span(&self, error: Option<&StringValue>, elapsed: Duration) {
        let span = self.context.span();
        if let Some(said) = self.slot.request() {
            span.set_attributes(said.entries());
        }
        if let Some(error) = error {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error.clone()));
            // What the error said stays.
            span.set_status(Status::error(""));
        }
        // The wall clock may have been set in between.
        match self.started.checked_add(elapsed) {
            Some(ended) => span.end_with_timestamp(ended),
            None => span.end(),
        }
    }
}

impl Record for Claim {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        let (name, error) = match outcome {
            Outcome::Done => ("ok", None),
            Outcome::Failed(kind) => ("error", Some(StringValue::from(kind.clone()))),
            Outcome::Panicked => (PANIC, Some(PANIC.into())),
            _ => (CANCELLED, Some(CANCELLED.into())),
        };
        self.end_span(error.as_ref(), elapsed);
        self.job.series.ended(name, error, elapsed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Job,
        imp::{begin::begin, job::State},
    };

    #[test]
    fn a_long_job_has_a_heartbeat() {
        let telemetry = otelier_testing::capture();
        let State::Recording(facts) = Job::new("bake").0 else {
            panic!("telemetry is captured");
        };
        let mut run = begin(*facts);
        let later = |seconds| Instant::now() + Duration::from_secs(seconds);
        for seconds in [1, 61, 62, 130] {
            run.record_mut().beat(later(seconds));
        }
        drop(run);
        let job = telemetry.span("job.bake");
        let events: Vec<_> = job.events.iter().map(|event| &*event.name).collect();
        assert_eq!(events, ["heartbeat"; 2]);
    }
}
