//! What travels with a request, from its head to the end of its answer.

use std::cell::Cell;

use opentelemetry::Context;
use otelier_core::{Outcome, Run, context::Slot, edge};

use super::operation::Operation;

thread_local! {
    /// One box, because a thread's requests mostly come one after the other.
    static SPARE: Cell<Option<Box<Scope>>> = const { Cell::new(None) };
}

/// The context in which the request runs, and its record unless it is excluded.
#[derive(Debug)]
pub(crate) struct Scope {
    context: Context,
    slot: Slot,
    run: Option<Run<Operation>>,
}

impl Scope {
    pub(super) fn new(context: Context, slot: Slot, run: Option<Run<Operation>>) -> Box<Self> {
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

    pub(super) fn run_mut(&mut self) -> Option<&mut Run<Operation>> {
        self.run.as_mut()
    }

    /// Ends the record, and keeps the box for the thread's next request.
    pub(super) fn finish(mut self: Box<Self>, outcome: Outcome) {
        self.tell_entries();
        if let Some(run) = &mut self.run {
            run.set_outcome(outcome);
        }
        // Where it lies: moving it costs more than ending it.
        self.run = None;
        self.slot = Slot::default();
        self.context = Context::default();
        // A thread that ends keeps nothing.
        SPARE.try_with(|spare| spare.set(Some(self))).ok();
    }

    /// The record gets the entries of the request's context.
    #[inline]
    fn tell_entries(&mut self) {
        if let (Some(run), Some(entries)) = (&mut self.run, self.slot.request()) {
            run.record_mut().extras_mut().entries = Some(entries.clone());
        }
    }
}

impl edge::Scope for Scope {
    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        self.slot.run(&mut self.context, part)
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.tell_entries();
    }
}
