//! A span that others are below.

use std::{
    error::Error,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, ContextGuard, KeyValue, StringValue,
    trace::{SpanRef, Status, TraceContextExt as _},
};

use super::{Clock, Scope};
use crate::{Message, Outcome, Record, Run, error_name, exemplars::Sampled, semconv};

/// A span that others are below, in the context that holds it, which may outlive
/// it. It ends by [`end`](Self::end) alone, which a [`Record`](crate::Record)
/// calls.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_core::{Outcome, Record, edge::Span};
///
/// struct Operation {
///     span: Span,
/// }
///
/// // What `Traced` makes current.
/// impl AsRef<Span> for Operation {
///     fn as_ref(&self) -> &Span {
///         &self.span
///     }
/// }
///
/// impl Record for Operation {
///     fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
///         self.span.end_by(outcome, elapsed);
///     }
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Span {
    /// Holds the span.
    pub context: Context,
    /// When it began, if it wants to be told anything.
    recording_since: Option<SystemTime>,
}

impl Span {
    #[inline]
    pub(super) fn started(context: Context, started: SystemTime) -> Self {
        let is_recording = {
            let span = context.span();
            span.span_context().is_sampled() || span.is_recording()
        };
        Self {
            context,
            recording_since: is_recording.then_some(started),
        }
    }

    /// No span: what is below is below the parent.
    #[must_use]
    #[inline]
    pub fn none(parent: Context, _: Clock) -> Self {
        Self {
            context: parent,
            recording_since: None,
        }
    }

    /// Whether there is a span that wants to be told anything.
    #[must_use]
    #[inline]
    pub fn is_recording(&self) -> bool {
        self.recording_since.is_some()
    }

    /// Makes it current until the guard is dropped.
    #[must_use]
    #[inline]
    pub fn attach(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    /// Tells the span something, if it wants to be told.
    #[inline]
    pub fn tell(&self, tell: impl FnOnce(&SpanRef<'_>)) {
        if self.is_recording() {
            tell(&self.context.span());
        }
    }

    /// Tells the span what its error says, before it ends by that `error.type`.
    #[cold]
    pub fn fail(&self, message: Message, error_type: &str) {
        self.tell(|span| span.set_status(message.status(error_type)));
    }

    /// Tells the span what an error says, and names the outcome by its type.
    #[cold]
    pub fn failed<E: Error>(&self, error: &E) -> Outcome {
        let error_type = error_name::<E>();
        if self.is_recording() {
            self.fail(Message::of(error), error_type);
        }
        Outcome::Failed(error_type.into())
    }

    /// The span, if it is sampled, for what is measured since its start; also after
    /// its end.
    #[must_use]
    #[inline]
    pub fn sampled(&self) -> Option<Sampled> {
        let since = self.recording_since?;
        Sampled::of(self.context.span().span_context(), since)
    }

    /// Ends the span after so long, by that outcome.
    #[inline]
    pub fn end_by(&self, outcome: &Outcome, elapsed: Duration) {
        let error_type = outcome.error_type();
        self.end(error_type.map(|kind| kind.to_owned().into()), elapsed);
    }

    /// Ends the span after so long, as an error if there is an `error.type`.
    #[inline]
    pub fn end(&self, error_type: Option<StringValue>, elapsed: Duration) {
        let Some(started) = self.recording_since else {
            return;
        };
        let span = self.context.span();
        if let Some(error_type) = error_type {
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, error_type));
            // What the error said stays: the SDK keeps the first description.
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(Clock::end(started, elapsed));
    }
}

impl<R: Record + AsRef<Span>> Scope for Run<R> {
    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let _current = self.record().as_ref().attach();
        part()
    }
}

impl Scope for Context {
    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        let _current = self.clone().attach();
        part()
    }
}

impl Outcome {
    /// The label `error.type` of this ending, if it is an error.
    #[must_use]
    pub fn label(&self) -> Option<KeyValue> {
        let error_type = self.error_type()?;
        Some(KeyValue::new(semconv::ERROR_TYPE, error_type.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        pin::pin,
        task::{Context as TaskContext, Poll, Waker},
    };

    use super::*;
    use crate::edge::Traced;

    #[test]
    fn a_context_alone_is_current_as_long_as_it_runs() {
        #[derive(Debug, PartialEq)]
        struct Here(u8);
        let here = || Context::map_current(|cx| cx.get::<Here>().map(|here| here.0));
        let scope = Context::new().with_value(Here(7));
        let traced = pin!(Traced::new(async { here() }, Some(scope)));
        let polled = Future::poll(traced, &mut TaskContext::from_waker(Waker::noop()));
        assert_eq!((polled, here()), (Poll::Ready(Some(7)), None));
    }
}
