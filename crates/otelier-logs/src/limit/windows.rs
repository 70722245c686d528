//! What each target had in the current second, and what was left out of it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{PoisonError, RwLock};

/// More targets than a program has. Those of the `log` crate may be made up while it runs.
const TARGETS: usize = 1024;
/// Longer targets are not kept.
const LONGEST: usize = 256;

/// The targets that go to one place.
#[derive(Debug, Default)]
pub(super) struct Windows {
    known: RwLock<HashMap<Box<str>, Target>>,
    others: Target,
}

/// How many lines of a target were left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LeftOut {
    pub(super) target: String,
    pub(super) lines: u64,
}

#[derive(Debug, Default)]
struct Target {
    lines: Window,
    errors: Window,
    left_out: AtomicU64,
}

/// A second in the upper half, and the lines in it below.
#[derive(Debug, Default)]
struct Window(AtomicU64);

impl Windows {
    /// Counts a line of that second. Tells whether it is one of the first `most`.
    pub(super) fn admit(&self, target: &str, is_error: bool, second: u32, most: u32) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = known.get(target) {
            return target.admit(is_error, second, most);
        }
        let is_full = known.len() >= TARGETS || target.len() > LONGEST;
        drop(known);
        if is_full {
            return self.others.admit(is_error, second, most);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let target = known.entry(target.into()).or_default();
        target.admit(is_error, second, most)
    }

    /// What was left out since it was asked for the last time.
    pub(super) fn take_left_out(&self) -> Vec<LeftOut> {
        let take = |name: &str, target: &Target| {
            let lines = target.left_out.swap(0, Relaxed);
            (lines > 0).then(|| LeftOut {
                target: name.to_owned(),
                lines,
            })
        };
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.iter().filter_map(|(name, target)| take(name, target));
        found.chain(take("further targets", &self.others)).collect()
    }
}

#[cfg(test)]
impl Windows {
    pub(super) fn known(&self) -> usize {
        self.known.read().unwrap().len()
    }
}

impl Target {
    fn admit(&self, is_error: bool, second: u32, most: u32) -> bool {
        let window = if is_error { &self.errors } else { &self.lines };
        let passes = window.admit(second, most);
        if !passes {
            self.left_out.fetch_add(1, Relaxed);
        }
        passes
    }
}

impl Window {
    fn admit(&self, second: u32, most: u32) -> bool {
        let begun = u64::from(second) << 32;
        let count = |window: u64| {
            // A line that was under way for long begins an earlier second again, which lets a few more pass.
            let lines = if window & !u64::from(u32::MAX) == begun {
                window & u64::from(u32::MAX)
            } else {
                0
            };
            (lines < u64::from(most)).then_some(begun | (lines + 1))
        };
        self.0.fetch_update(Relaxed, Relaxed, count).is_ok()
    }
}
