//! What a ledger keeps under its lock.

use std::{
    collections::BTreeMap,
    time::{Instant, SystemTime},
};

use crate::imp::notice::Pace;

/// The most kinds of failures that are told apart; all others are one.
const KINDS: usize = 64;
const OTHER: &str = "_OTHER";

#[derive(Debug, Default)]
pub(super) struct Books {
    /// With the exporter right now.
    pub(super) inflight: usize,
    pub(super) exported: u64,
    pub(super) oversized: u64,
    pub(super) displaced: u64,
    pub(super) replaced: u64,
    pub(super) abandoned: u64,
    pub(super) unprinted: u64,
    /// By their `error.type`.
    failed: BTreeMap<String, u64>,
    /// The process gave up: what ends later changes nothing.
    pub(super) closed: bool,
    pub(super) health: Health,
}

impl Books {
    /// Takes items from those that are with the exporter, and not more than there are.
    pub(super) fn settle(&mut self, items: usize) {
        self.inflight = self.inflight.saturating_sub(items);
    }

    pub(super) fn fail(&mut self, items: u64, error_type: &str) {
        if items == 0 {
            return;
        }
        let known = self.failed.contains_key(error_type) || self.failed.len() < KINDS;
        let kind = if known { error_type } else { OTHER };
        *self.failed.entry(kind.to_owned()).or_default() += items;
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.values().sum()
    }

    pub(super) const fn failures(&self) -> &BTreeMap<String, u64> {
        &self.failed
    }

    /// Everything that will never arrive, but for what found no room in the queue.
    pub(super) fn lost(&self) -> u64 {
        self.oversized + self.displaced + self.replaced + self.abandoned + self.failed()
    }
}

/// Whether exporting works, and what was said of it.
#[derive(Debug, Default)]
pub(super) struct Health {
    pub(super) failing: Option<Failing>,
    pub(super) delivery: Pace,
    pub(super) queue: Pace,
    pub(super) queue_full_said: u64,
    pub(super) buffer: Pace,
    pub(super) printing: Pace,
    pub(super) halving: Pace,
    /// Why items were lost that were lost last.
    pub(super) last_loss: Option<String>,
}

impl Health {
    /// Notes a failure. True if people are to be told of it.
    pub(super) fn fail(&mut self, cause: &str, lost_before: u64) -> bool {
        let may_warn = self.delivery.may_warn(Instant::now());
        let failing = self.failing.get_or_insert_with(|| Failing {
            since: SystemTime::now(),
            cause: String::new(),
            lost_before,
            announced: false,
        });
        cause.clone_into(&mut failing.cause);
        failing.announced |= may_warn;
        may_warn
    }
}

#[derive(Debug)]
pub(super) struct Failing {
    pub(super) since: SystemTime,
    pub(super) cause: String,
    pub(super) lost_before: u64,
    /// Whether people were told, so that they are told of the recovery too.
    pub(super) announced: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_that_invents_kinds_of_failures_fills_no_memory() {
        let mut books = Books::default();
        for kind in 0..1000 {
            books.fail(1, &kind.to_string());
        }
        assert_eq!(books.failures().len(), KINDS + 1);
        assert_eq!((books.failed(), books.failed[OTHER]), (1000, 936));
    }
}
