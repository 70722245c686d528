//! Misbehaviour on demand, for tests of senders.

use crate::{refusal::Refusal, signal::Signal};
use std::{
    iter::repeat_n,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How the collector treats export requests. The default is to take them.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_collector::{Code, Collector, Fault, Refusal, Signal};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let busy = Refusal::new(Code::Unavailable, "come back").with_retry_after(Duration::from_secs(1));
/// let collector = Collector::builder().start().await?;
/// collector.set_fault_of(Signal::Traces, Fault::FailFirst(2, busy));
/// // .. the sender has to try three times ..
/// collector.set_fault(Fault::None);
/// collector.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Takes every request.
    #[default]
    None,
    /// Takes every request, but only after this time.
    Delay(Duration),
    /// Refuses the next so many requests of each signal, then takes them.
    FailFirst(u32, Refusal),
    /// Refuses every request.
    Reject(Refusal),
    /// Takes every request and answers that so many items were rejected, for this reason.
    Partial(u64, String),
    /// Reads every request, keeps nothing of it and never answers.
    BlackHole,
}

/// What to do with one request.
pub(crate) enum Action {
    Take,
    TakeAfter(Duration),
    Refuse(Refusal),
    ClaimRejected(u64, String),
    Hold,
}

/// The fault of each signal, switchable while requests come in.
#[derive(Debug, Default)]
pub(crate) struct Faults([Mutex<Fault>; 3]);

impl Faults {
    pub(crate) fn set(&self, signal: Signal, fault: Fault) {
        *self.slot(signal) = fault;
    }

    pub(crate) fn set_all(&self, fault: Fault) {
        for (signal, fault) in Signal::ALL.into_iter().zip(repeat_n(fault, 3)) {
            self.set(signal, fault);
        }
    }

    fn slot(&self, signal: Signal) -> MutexGuard<'_, Fault> {
        let slot = signal.of(self.0.each_ref());
        slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn next(&self, signal: Signal) -> Action {
        match &mut *self.slot(signal) {
            Fault::None | Fault::FailFirst(0, _) => Action::Take,
            Fault::Delay(delay) => Action::TakeAfter(*delay),
            Fault::FailFirst(left, refusal) => {
                *left -= 1;
                Action::Refuse(refusal.clone())
            }
            Fault::Reject(refusal) => Action::Refuse(refusal.clone()),
            Fault::Partial(rejected, reason) => Action::ClaimRejected(*rejected, reason.clone()),
            Fault::BlackHole => Action::Hold,
        }
    }
}
