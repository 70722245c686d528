//! What the books say.

use std::sync::atomic::Ordering::Relaxed;

use super::{CLOSED, Counts, Ledger, as_u64, books::Books};
use crate::{SignalStatus, State};

impl Ledger {
    /// Everything that will never arrive.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_in(&self.books())
    }

    pub(super) fn lost_in(&self, books: &Books) -> u64 {
        books.lost() + self.queue_full.load(Relaxed)
    }

    /// Why the last of those that are lost were lost, also where exporting works
    /// again.
    pub(crate) fn cause(&self) -> Option<String> {
        let books = self.books();
        let queue_full = self.queue_full.load(Relaxed) > 0;
        let queue = || queue_full.then(|| format!("no room in the queue of {}", self.capacity));
        books.health.last_loss.clone().or_else(queue)
    }

    /// What failed, by its `error.type`.
    pub(crate) fn failures(&self) -> Vec<(String, u64)> {
        let books = self.books();
        let failures = books.failures().iter();
        failures
            .map(|(kind, count)| (kind.clone(), *count))
            .collect()
    }

    pub(crate) fn counts(&self) -> Counts {
        let books = self.books();
        Counts {
            waiting: as_u64(self.waiting.load(Relaxed) & !CLOSED),
            capacity: as_u64(self.capacity),
            inflight: as_u64(books.inflight),
            admitted: self.admitted.load(Relaxed),
            exported: books.exported,
            queue_full: self.queue_full.load(Relaxed),
            oversized: books.oversized,
            displaced: books.displaced,
            replaced: books.replaced,
            abandoned: books.abandoned,
            failed: books.failed(),
            unprinted: books.unprinted,
            redacted: self.redacted.load(Relaxed),
            truncated: self.truncated.load(Relaxed),
        }
    }

    pub(crate) fn status(&self) -> SignalStatus {
        let counts = self.counts();
        let state = match (&self.off, &self.books().health.failing) {
            (Some(off), _) => State::Off(off.clone()),
            (None, None) => State::Exporting,
            (None, Some(failing)) => State::Failing {
                since: failing.since,
                cause: failing.cause.clone(),
            },
        };
        SignalStatus {
            state,
            exported: counts.exported,
            dropped: counts.dropped(),
            failed: counts.failed,
        }
    }
}
