//! What state a service is in, by what was said, and when.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use otelier_core::is_stopping;
use tokio::time::Instant;

/// Further reasons are one.
const MAX_REASONS: usize = 32;
const OTHERS: &str = "other";

/// Whether a service may be sent requests, and why not; see
/// [`ready`](crate::ready).
///
/// See the [example of the module](crate::ready).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum State {
    /// It has just begun.
    Starting,
    /// It fills its caches.
    Warming,
    /// It serves.
    Ready,
    /// It serves badly.
    Degraded,
    /// It is being brought to its end.
    Draining,
    /// Somebody took it out.
    Manual,
}

impl State {
    /// What it is called: `starting`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Warming => "warming",
            Self::Ready => "ready",
            Self::Degraded => "degraded",
            Self::Draining => "draining",
            Self::Manual => "manual",
        }
    }
}

/// How far the service says that it is.
#[derive(Clone, Copy, Default)]
pub(crate) enum Phase {
    #[default]
    Starting,
    Warming,
    Ready,
}

/// All that was said.
#[derive(Default)]
pub(crate) struct Machine {
    pub(crate) phase: Phase,
    pub(crate) is_draining: bool,
    pub(crate) is_manual: bool,
    pub(crate) patience: Duration,
    pub(crate) stabilisation: Duration,
    slots: Vec<Slot>,
}

struct Slot {
    key: &'static str,
    is_tolerated: bool,
    /// From when on it counts, while it is set.
    from: Option<Instant>,
    /// Until when it counts after it was cleared.
    until: Option<Instant>,
}

impl Slot {
    fn counts(&self, now: Instant) -> bool {
        self.from.is_some_and(|from| from <= now) || self.until.is_some_and(|until| now < until)
    }
}

impl Machine {
    /// Where a reason is, which is new or known.
    pub(crate) fn place(&mut self, key: &'static str) -> usize {
        if let Some(place) = self.slots.iter().position(|slot| slot.key == key) {
            return place;
        }
        let last = self.slots.len();
        if last >= MAX_REASONS {
            return MAX_REASONS - 1;
        }
        self.slots.push(Slot {
            key: if last == MAX_REASONS - 1 { OTHERS } else { key },
            is_tolerated: false,
            from: None,
            until: None,
        });
        last
    }

    pub(crate) fn key(&self, place: usize) -> &'static str {
        self.slots.get(place).map_or(OTHERS, |slot| slot.key)
    }

    pub(crate) fn tolerate(&mut self, place: usize) {
        if let Some(slot) = self.slots.get_mut(place) {
            slot.is_tolerated = true;
        }
    }

    pub(crate) fn set(&mut self, place: usize, now: Instant) {
        let patience = self.patience;
        if let Some(slot) = self.slots.get_mut(place)
            && slot.from.is_none()
        {
            // What comes again before it was over was never away.
            let wait = if slot.counts(now) {
                Duration::ZERO
            } else {
                patience
            };
            slot.from = now.checked_add(wait);
        }
    }

    pub(crate) fn clear(&mut self, place: usize, now: Instant) {
        let stabilisation = self.stabilisation;
        if let Some(slot) = self.slots.get_mut(place)
            && let Some(from) = slot.from.take()
            && from <= now
        {
            slot.until = now.checked_add(stabilisation);
        }
    }

    pub(crate) fn reasons(&self, now: Instant) -> impl Iterator<Item = (&'static str, bool)> {
        let reason = move |slot: &Slot| (slot.key, slot.counts(now));
        self.slots.iter().map(reason)
    }

    /// Whether the service serves on in spite of all that counts.
    pub(crate) fn is_tolerated(&self, now: Instant) -> bool {
        let mut counting = self.slots.iter().filter(|slot| slot.counts(now));
        counting.all(|slot| slot.is_tolerated)
    }

    pub(crate) fn state(&self, now: Instant, is_stopping: bool) -> State {
        match self.phase {
            _ if self.is_draining || is_stopping => State::Draining,
            _ if self.is_manual => State::Manual,
            Phase::Starting => State::Starting,
            Phase::Warming => State::Warming,
            Phase::Ready if self.slots.iter().any(|slot| slot.counts(now)) => State::Degraded,
            Phase::Ready => State::Ready,
        }
    }
}

/// What is asked when metrics are collected.
#[derive(Default)]
pub(crate) struct Shared(Mutex<Machine>);

/// The state, and the reasons that count.
pub(crate) struct Status {
    pub(crate) state: State,
    pub(crate) is_tolerated: bool,
    /// With all that there are, and whether they count.
    pub(crate) reasons: Vec<(&'static str, bool)>,
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Machine> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> Status {
        let machine = self.lock();
        let now = Instant::now();
        let reasons: Vec<_> = machine.reasons(now).collect();
        Status {
            state: machine.state(now, is_stopping()),
            is_tolerated: machine.is_tolerated(now),
            reasons,
        }
    }
}

impl Status {
    pub(crate) fn counting(&self) -> impl Iterator<Item = &'static str> {
        let counting = self.reasons.iter().filter(|(_, counts)| *counts);
        counting.map(|(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ready() -> Machine {
        Machine {
            phase: Phase::Ready,
            patience: 30 * SECOND,
            stabilisation: 15 * SECOND,
            ..Machine::default()
        }
    }

    #[test]
    fn a_reason_counts_when_it_has_lasted_and_until_it_has_been_away() {
        let (mut machine, start) = (ready(), Instant::now());
        let at = |seconds: u32| start + seconds * SECOND;
        let database = machine.place("database");
        machine.set(database, at(0));
        // Said again, it does not begin anew.
        machine.set(database, at(20));
        let state = |machine: &Machine, seconds| machine.state(at(seconds), false);
        assert_eq!(state(&machine, 29), State::Ready);
        assert_eq!(state(&machine, 30), State::Degraded);
        machine.clear(database, at(40));
        assert_eq!(state(&machine, 54), State::Degraded);
        // Back before it was over.
        machine.set(database, at(54));
        machine.clear(database, at(60));
        assert_eq!(state(&machine, 74), State::Degraded);
        assert_eq!(state(&machine, 75), State::Ready);
        // Too short to count, so there is nothing to recover from.
        machine.set(database, at(80));
        machine.clear(database, at(109));
        assert_eq!(state(&machine, 110), State::Ready);
    }

    #[test]
    fn each_reason_is_cleared_by_its_own_key() {
        let (mut machine, now) = (Machine::default(), Instant::now());
        let (database, search) = (machine.place("database"), machine.place("search"));
        assert_eq!(machine.place("database"), database);
        machine.tolerate(search);
        machine.set(database, now);
        machine.set(search, now);
        machine.clear(database, now);
        let reasons = Vec::from_iter(machine.reasons(now));
        assert_eq!(reasons, [("database", false), ("search", true)]);
        assert!(machine.is_tolerated(now));
        machine.set(database, now);
        assert!(!machine.is_tolerated(now));
    }

    #[test]
    fn reasons_are_few() {
        let mut machine = Machine::default();
        for number in 0..100_usize {
            let key = format!("reason {number}").leak();
            assert_eq!(machine.place(key), number.min(MAX_REASONS - 1));
        }
        assert_eq!(machine.key(MAX_REASONS - 1), OTHERS);
        assert_eq!(machine.slots.len(), MAX_REASONS);
    }

    #[test]
    fn of_several_states_one_counts() {
        let (mut machine, now) = (Machine::default(), Instant::now());
        let reason = machine.place("database");
        machine.set(reason, now);
        assert_eq!(machine.state(now, false), State::Starting);
        machine.phase = Phase::Warming;
        assert_eq!(machine.state(now, false), State::Warming);
        machine.phase = Phase::Ready;
        assert_eq!(machine.state(now, false), State::Degraded);
        machine.is_manual = true;
        assert_eq!(machine.state(now, false), State::Manual);
        assert_eq!(machine.state(now, true), State::Draining);
        machine.is_draining = true;
        assert_eq!(machine.state(now, false), State::Draining);
    }
}
