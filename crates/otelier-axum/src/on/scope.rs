//! What travels with a request, from its head to the end of its answer.

use opentelemetry::{Context, ContextGuard};
use otelier_core::{Outcome, Run};

use super::exchange::Exchange;

/// The context in which the request runs, and its record unless it is excluded.
#[derive(Debug)]
pub(super) struct Scope {
    context: Context,
    run: Option<Run<Exchange>>,
}

impl Scope {
    /// Boxed, because futures and bodies move often: a pointer costs less than
    /// what it points at, above all where there is none.
    pub(super) fn unrecorded(context: Context) -> Box<Self> {
        Box::new(Self { context, run: None })
    }

    pub(super) fn recorded(context: Context, run: Run<Exchange>) -> Box<Self> {
        Box::new(Self {
            context,
            run: Some(run),
        })
    }

    pub(super) fn attach(&self) -> ContextGuard {
        self.context.clone().attach()
    }

    pub(super) fn exchange_mut(&mut self) -> Option<&mut Exchange> {
        self.run.as_mut().map(Run::record_mut)
    }

    /// Ends the record, if it has not ended yet.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        if let Some(run) = self.run.take() {
            run.finish(outcome);
        }
    }

    /// Runs `poll` in the context; a panic in it ends the record.
    ///
    /// The panic must be seen here: where a layer outside catches it, this
    /// scope is dropped later, on a thread that is not panicking any more.
    pub(super) fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let _attached = self.attach();
        let mut unwound = Unwound(Some(self));
        let polled = poll();
        unwound.0 = None;
        polled
    }
}

struct Unwound<'a>(Option<&'a mut Scope>);

impl Drop for Unwound<'_> {
    fn drop(&mut self) {
        if let Some(scope) = self.0.take() {
            scope.finish(Outcome::Panicked);
        }
    }
}
