//! A span that nobody has to know of before it is over.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, Status, TraceContextExt as _},
};

use super::{Clock, Recorder, Span};
use crate::{Message, context, exemplars::Sampled, semconv};

/// A span that mostly nobody has to know of before it is over, as nothing is
/// below it: it is made then, with all that it says, which costs less than one
/// that is carried about. Its parent is the context that was current at its
/// start.
///
/// ```
/// use opentelemetry::{Context, trace::SpanBuilder};
/// use otelier_core::edge::{Clock, Leaf, Recorder};
///
/// fn measure<I>(recorder: &Recorder<I>, operation: impl FnOnce()) {
///     let started = Clock::now();
///     let mut leaf = Leaf::start(recorder, &Context::current(), started.wall);
///     operation();
///     let describe = || SpanBuilder::from_name("SELECT");
///     leaf.end(recorder, started.ticks.elapsed(), None, describe, |_| {});
/// }
/// ```
#[derive(Debug, Default)]
pub struct Leaf(State);

#[derive(Debug, Default)]
enum State {
    /// It is known before that it would not be sampled, or it is over.
    #[default]
    Never,
    Later(Context, SystemTime),
    /// Somebody had to know of it before. That is rare, and this is carried about.
    Now(Box<Span>),
}

impl Leaf {
    /// Starts a span below `parent`, if that is not known to be in vain.
    #[inline]
    #[must_use]
    pub fn start<I>(recorder: &Recorder<I>, parent: &Context, started: SystemTime) -> Self {
        Self::start_with(recorder, parent, || started)
    }

    /// The same, where the clock of spans need not be read but for this span.
    #[inline]
    #[must_use]
    pub fn start_with<I>(
        recorder: &Recorder<I>,
        parent: &Context,
        started: impl FnOnce() -> SystemTime,
    ) -> Self {
        Self(if recorder.never_samples(parent) {
            State::Never
        } else {
            State::Later(context::carried(parent), started())
        })
    }

    /// Whether there may be a span that wants to be told anything.
    #[must_use]
    #[inline]
    pub fn is_recording(&self) -> bool {
        match &self.0 {
            State::Never => false,
            State::Later(..) => true,
            State::Now(span) => span.is_recording(),
        }
    }

    /// The context that holds the span: from now on there is one. `None` if
    /// there will never be.
    #[cold]
    pub fn now<I>(
        &mut self,
        recorder: &Recorder<I>,
        describe: impl FnOnce() -> SpanBuilder,
    ) -> Option<&Context> {
        if let State::Later(parent, started) = &self.0 {
            let clock = Clock {
                wall: *started,
                ..Clock::now()
            };
            let span = context::apart(|| recorder.start(describe(), parent, clock));
            self.0 = State::Now(Box::new(span));
        }
        match &self.0 {
            State::Now(span) => Some(&span.context),
            State::Never | State::Later(..) => None,
        }
    }

    /// The span above it, or its own where it is there already, if that is sampled,
    /// for what is measured since its start and before its end.
    #[must_use]
    pub fn above(&self) -> Option<Sampled> {
        match &self.0 {
            State::Never => None,
            State::Later(parent, started) => Sampled::of(parent.span().span_context(), *started),
            State::Now(span) => span.sampled(),
        }
    }

    /// Ends the span after so long: `last` adds what is known only now. It is an
    /// error if there is an `error.type`, described by what the error said. Returns
    /// it for what was measured in it, if it is sampled.
    #[inline]
    pub fn end<I>(
        &mut self,
        recorder: &Recorder<I>,
        elapsed: Duration,
        error: Option<(&str, Message)>,
        describe: impl FnOnce() -> SpanBuilder,
        last: impl FnOnce(&mut Vec<KeyValue>),
    ) -> Option<Sampled> {
        let complete = |attributes: &mut Vec<KeyValue>| {
            last(attributes);
            match error {
                None => Status::Unset,
                Some((error_type, message)) => {
                    let kind = error_type.to_owned();
                    attributes.push(KeyValue::new(semconv::ERROR_TYPE, kind));
                    message.status(error_type)
                }
            }
        };
        match std::mem::take(&mut self.0) {
            State::Never => None,
            State::Later(parent, started) => {
                let mut span = describe();
                // In its place: a builder is large.
                span.start_time = Some(started);
                let status = complete(span.attributes.get_or_insert_default());
                let ended = Clock::end(started, elapsed);
                recorder.record(span, &parent, status, ended)
            }
            State::Now(span) => {
                let mut attributes = Vec::new();
                let status = complete(&mut attributes);
                span.tell(|span| {
                    span.set_attributes(attributes);
                    span.set_status(status);
                });
                span.end(None, elapsed);
                span.sampled()
            }
        }
    }
}
