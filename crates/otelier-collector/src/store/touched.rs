//! Which traces were touched.

use super::age::Age;
use crate::id::TraceId;
use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::time::Instant;

/// How many traces wait to be announced; beyond, the oldest are forgotten.
pub(super) const MOST: usize = 1 << 16;

/// A trace that was touched: when, and what place it has among all that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) age: Age,
    pub(super) id: TraceId,
}

/// The traces touched since the last look, oldest first.
#[derive(Debug, Default)]
pub(super) struct Touched(Mutex<VecDeque<Seen>>);

impl Touched {
    pub(super) fn push(&self, seen: Seen) {
        let mut queue = self.queue();
        if queue.len() == MOST {
            queue.pop_front();
        }
        queue.push_back(seen);
    }

    pub(super) fn queue(&self) -> MutexGuard<'_, VecDeque<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
