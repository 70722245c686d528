//! The guard that ends what it measures, whatever happens to its future.

use std::{
    borrow::Cow,
    thread,
    time::{Duration, Instant},
};

/// How a run ended.
///
/// See the [example of the crate](crate).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Nobody said: the future or body was dropped before its end.
    Dropped,
    /// It came to its end.
    Done,
    /// It failed; the value is the low-cardinality `error.type`.
    Failed(Cow<'static, str>),
    /// It was unwound by a panic.
    Panicked,
}

impl Outcome {
    /// The `error.type` of this ending, `None` if it is not an error.
    ///
    /// Whether a dropped run is an error differs between the edges, so that one
    /// is left to the caller.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        match self {
            Self::Dropped | Self::Done => None,
            Self::Failed(kind) => Some(kind),
            Self::Panicked => Some("panic"),
        }
    }
}

/// What is written when a run ends: the span's last attributes, its metrics,
/// its place in the in-flight gauge.
///
/// See the [example of the crate](crate).
pub trait Record {
    /// Called exactly once, when the run ends, on whichever thread drops it.
    /// Must not panic: it may run while the thread unwinds.
    fn record(&mut self, outcome: &Outcome, elapsed: Duration);
}

/// Measures from its creation to its drop, and records exactly once.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_core::{Outcome, Record, Run};
///
/// struct Told(Vec<Outcome>);
///
/// impl Record for &mut Told {
///     fn record(&mut self, outcome: &Outcome, _: Duration) {
///         self.0.push(outcome.clone());
///     }
/// }
///
/// let mut told = Told(Vec::new());
/// drop(Run::start(&mut told));
/// Run::start(&mut told).finish(Outcome::Failed("timeout".into()));
/// assert_eq!(told.0, [Outcome::Dropped, Outcome::Failed("timeout".into())]);
/// ```
///
/// # Cancellation
/// Dropping it without [`finish`](Self::finish) *is* an outcome:
/// [`Outcome::Dropped`], or [`Outcome::Panicked`] while the thread unwinds.
pub struct Run<R: Record> {
    record: R,
    started: Instant,
    outcome: Outcome,
}

impl<R: Record> Run<R> {
    /// Starts the clock.
    pub fn start(record: R) -> Self {
        Self::start_at(Instant::now(), record)
    }

    /// Takes over a clock that was started before the record could be made.
    pub fn start_at(started: Instant, record: R) -> Self {
        Self {
            record,
            started,
            outcome: Outcome::Dropped,
        }
    }

    /// What will be recorded, to be completed on the way.
    pub fn record_mut(&mut self) -> &mut R {
        &mut self.record
    }

    /// What will be recorded.
    pub fn record(&self) -> &R {
        &self.record
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Sets the outcome without ending the run.
    pub fn set_outcome(&mut self, outcome: Outcome) {
        self.outcome = outcome;
    }

    /// Ends the run with an outcome.
    pub fn finish(mut self, outcome: Outcome) {
        self.outcome = outcome;
    }
}

impl<R: Record> Drop for Run<R> {
    fn drop(&mut self) {
        if self.outcome == Outcome::Dropped && thread::panicking() {
            self.outcome = Outcome::Panicked;
        }
        self.record.record(&self.outcome, self.started.elapsed());
    }
}

crate::shown!([R: Record] Run<R>: started, outcome);

#[cfg(test)]
mod tests {
    use std::{
        panic::{AssertUnwindSafe, catch_unwind},
        sync::mpsc::{Sender, channel},
    };

    use super::*;

    struct Tell(Sender<Outcome>);

    impl Record for Tell {
        fn record(&mut self, outcome: &Outcome, _: Duration) {
            self.0.send(outcome.clone()).ok();
        }
    }

    fn outcomes(run: impl FnOnce(Run<Tell>)) -> Vec<Outcome> {
        let (sender, receiver) = channel();
        catch_unwind(AssertUnwindSafe(|| run(Run::start(Tell(sender))))).ok();
        receiver.iter().collect()
    }

    #[test]
    fn a_finished_run_records_its_outcome_once() {
        let ended = outcomes(|run| run.finish(Outcome::Failed("500".into())));
        assert_eq!(ended, [Outcome::Failed("500".into())]);
        assert_eq!(ended[0].error_type(), Some("500"));
    }

    #[test]
    fn a_dropped_run_records_that_it_was_dropped() {
        assert_eq!(outcomes(drop), [Outcome::Dropped]);
    }

    #[test]
    fn an_unwound_run_records_the_panic() {
        let panicked = outcomes(|_run| std::panic::resume_unwind(Box::new(())));
        assert_eq!(panicked, [Outcome::Panicked]);
    }

    #[test]
    fn an_outcome_set_on_the_way_survives_the_drop() {
        assert_eq!(
            outcomes(|mut run| run.set_outcome(Outcome::Done)),
            [Outcome::Done]
        );
    }
}
