//! A place for the newest exemplar of a bucket. `tests/exemplar_model.rs` tries
//! every order in which threads may come to it.

use super::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// Value, time, two halves of a trace id, span id.
pub(super) const PARTS: usize = 5;

const EMPTY: u64 = 0;
const FULL: u64 = 1;
/// Somebody writes or takes. Nobody waits for that: whoever comes meanwhile goes
/// on without, as what is written is as new.
const BUSY: u64 = 2;

#[derive(Debug)]
pub(super) struct Cell {
    state: AtomicU64,
    // Only who has made the cell busy touches them, so that they need no order of
    // their own.
    parts: [AtomicU64; PARTS],
}

impl Cell {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicU64::new(EMPTY),
            parts: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Puts something in the place of what was there.
    #[inline]
    pub(super) fn put(&self, parts: [u64; PARTS]) {
        let enter = |state| self.state.compare_exchange(state, BUSY, Acquire, Relaxed);
        // Mostly one is there: only the first after a collection tries twice.
        let entered = match enter(FULL) {
            Err(EMPTY) => enter(EMPTY),
            entered => entered,
        };
        if entered.is_err() {
            return;
        }
        for (place, part) in self.parts.iter().zip(parts) {
            place.store(part, Relaxed);
        }
        self.state.store(FULL, Release);
    }

    /// Takes out what is there, whole. What is being written is there the next
    /// time.
    pub(super) fn take(&self) -> Option<[u64; PARTS]> {
        if self.state.load(Relaxed) != FULL {
            return None;
        }
        let full = self.state.compare_exchange(FULL, BUSY, Acquire, Relaxed);
        full.ok()?;
        let parts = std::array::from_fn(|part| match self.parts.get(part) {
            Some(part) => part.load(Relaxed),
            None => 0,
        });
        self.state.store(EMPTY, Release);
        Some(parts)
    }
}
