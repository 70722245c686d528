//! What travels with a request, from its head to the end of its answer.

use std::cell::Cell;

use opentelemetry::Context;
use otelier_core::{Outcome, Run, context::Slot};

use super::exchange::Exchange;

thread_local! {
    /// One box, because a thread's requests mostly come one after the other.
    static SPARE: Cell<Option<Box<Scope>>> = const { Cell::new(None) };
}

/// The context in which the request runs, and its record unless it is excluded.
#[derive(Debug)]
pub(super) struct Scope {
    context: Context,
    slot: Slot,
    run: Option<Run<Exchange>>,
}

impl Scope {
    /// Boxed, because futures and bodies move often: a pointer costs less than
    /// what it points at, above all where there is none.
    pub(super) fn new(context: Context, slot: Slot, run: Option<Run<Exchange>>) -> Box<Self> {
        match SPARE.try_with(Cell::take).ok().flatten() {
            Some(mut spare) => {
                spare.context = context;
                spare.slot = slot;
                spare.run = run;
                spare
            }
            None => Box::new(Self { context, slot, run }),
        }
    }

    /// Keeps the box for the thread's next request; what is in it ends here.
    pub(super) fn spare(mut self: Box<Self>) {
        self.run = None;
        self.slot = Slot::default();
        self.context = Context::default();
        // A thread that ends keeps nothing.
        SPARE.try_with(|spare| spare.set(Some(self))).ok();
    }

    pub(super) fn run_mut(&mut self) -> Option<&mut Run<Exchange>> {
        self.run.as_mut()
    }

    /// Ends the record, if it has not ended yet.
    pub(super) fn finish(&mut self, outcome: Outcome) {
        self.tell_entries();
        if let Some(run) = &mut self.run {
            run.set_outcome(outcome);
        }
        // Where it lies: moving it costs more than ending it.
        self.run = None;
    }

    /// Runs a part of the request in its context.
    pub(super) fn enter<T>(&mut self, run: impl FnOnce() -> T) -> T {
        self.slot.run(&mut self.context, run)
    }

    /// Runs `poll` in the context; a panic in it ends the record.
    ///
    /// The panic must be seen here: where a layer outside catches it, this
    /// scope is dropped later, on a thread that is not panicking any more.
    pub(super) fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        let mut unwound = Unwound(Some(self));
        let polled = match unwound.0.as_deref_mut() {
            Some(scope) => scope.slot.run(&mut scope.context, poll),
            None => poll(),
        };
        unwound.0 = None;
        polled
    }

    /// The record gets the entries of the request's context.
    #[inline]
    fn tell_entries(&mut self) {
        if let (Some(run), Some(entries)) = (&mut self.run, self.slot.request()) {
            run.record_mut().extras_mut().entries = Some(entries.clone());
        }
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.tell_entries();
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
