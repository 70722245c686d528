//! What travels with a call, from its request to its trailers.

use opentelemetry::Context;
use otelier_core::{Outcome, Run, context::Slot, edge};

use super::operation::Operation;

/// The context in which a call runs, and its record unless there is to be none.
pub(crate) struct Scope {
    context: Context,
    /// The place of what is known about a request, of a server.
    slot: Option<Slot>,
    run: Option<Run<Operation>>,
}

impl Scope {
    pub(super) fn new(context: Context, slot: Option<Slot>, run: Option<Run<Operation>>) -> Self {
        Self { context, slot, run }
    }

    pub(super) fn operation(&mut self) -> Option<&mut Operation> {
        self.run.as_mut().map(Run::record_mut)
    }

    /// Says how it ended, before it is dropped.
    pub(super) fn ended_by(&mut self, outcome: Outcome) {
        if let Some(run) = &mut self.run {
            run.set_outcome(outcome);
        }
    }
}

impl edge::Scope for Scope {
    #[inline]
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        match &mut self.slot {
            Some(slot) => slot.run(&mut self.context, part),
            None => {
                let _current = self.context.clone().attach();
                part()
            }
        }
    }
}

/// The span is told what the handler said about its request; then it ends.
impl Drop for Scope {
    fn drop(&mut self) {
        let entries = self.slot.as_ref().and_then(Slot::request);
        if let (Some(entries), Some(run)) = (entries, &self.run) {
            let span = &run.record().span;
            span.tell(|span| span.set_attributes(entries.entries()));
        }
    }
}
