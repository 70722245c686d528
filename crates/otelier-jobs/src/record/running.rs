//! What a job runs in.

use std::time::Instant;

use opentelemetry::Context;
use otelier_core::{Outcome, Run, Source, edge};

use super::{
    begin::{begin, below},
    claim::Claim,
    fields::Fields,
    operation::Operation,
};
use crate::failure::Ending;

/// Boxed, because futures move often.
pub(crate) type Scope<J> = Box<Running<J>>;

pub(crate) enum Running<J> {
    /// Until the judge names its end.
    Recorded(Run<Operation>, Option<J>),
    /// The context of others, while nothing is recorded.
    Passing(Context),
}

impl<J> edge::Scope for Running<J> {
    fn enter<T>(&mut self, part: impl FnOnce() -> T) -> T {
        match self {
            Self::Recorded(run, _) => run.record_mut().enter(part),
            Self::Passing(context) => context.enter(part),
        }
    }
}

/// Starts a job; `None` for one that runs as if it were none.
pub(crate) fn run<J>(claim: Claim, judge: J) -> Option<Scope<J>> {
    Some(Box::new(match claim {
        Claim::Recording(job) => Running::Recorded(begin(job), Some(judge)),
        Claim::Passing(Some(enqueued)) => Running::Passing(passing(&enqueued)?),
        Claim::Passing(None) | Claim::Off => return None,
    }))
}

/// The context of who enqueued a job. A span that is current already stays.
fn passing(enqueued: &Fields) -> Option<Context> {
    let source = Source::current();
    let cx = enqueued.add_baggage(source.passing()?, Context::current());
    Some(below(enqueued, cx))
}

/// Called on every poll.
pub(crate) fn beat<J>(scope: &mut Scope<J>) {
    if let Running::Recorded(run, _) = &mut **scope {
        run.record_mut().beat(Instant::now());
    }
}

/// Names the end of a job by its output.
pub(crate) fn end<T, J>(scope: &mut Scope<J>, output: &T)
where
    J: FnOnce(&T) -> Option<Ending>,
{
    if let Running::Recorded(run, judge) = &mut **scope {
        let job = run.record_mut();
        let outcome = match judge.take().and_then(|judge| judge(output)) {
            None => Outcome::Done,
            Some(Ending::Failed(failure)) => job.failed(failure),
            Some(Ending::Panicked(panicked)) => job.panicked(&panicked),
        };
        run.set_outcome(outcome);
    }
}
