//! At most one message a minute.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

const MINUTE: Duration = Duration::from_secs(60);
const NEVER: u64 = 0;

/// Lets at most one message a minute through, and counts the others.
///
/// ```
/// use otelier_core::edge::Pace;
///
/// static REFUSED: Pace = Pace::new();
///
/// if let Some(before) = REFUSED.next() {
///     eprintln!("refused, as {before} times before in silence");
/// }
/// ```
#[derive(Debug)]
pub struct Pace {
    /// Where the milliseconds are counted from.
    since: OnceLock<Instant>,
    /// When the next one may be, in milliseconds; zero before the first.
    next: AtomicU64,
    silent: AtomicU64,
}

impl Pace {
    /// Nothing was said yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            since: OnceLock::new(),
            next: AtomicU64::new(NEVER),
            silent: AtomicU64::new(0),
        }
    }

    /// Whether it may be said now: how often it was not since it last was.
    pub fn next(&self) -> Option<u64> {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Option<u64> {
        let since = *self.since.get_or_init(|| now);
        let passed = now.saturating_duration_since(since).as_millis();
        let passed = u64::try_from(passed).unwrap_or(u64::MAX);
        let due = self.next.load(Ordering::Relaxed);
        let then = passed.saturating_add(MINUTE.as_millis() as u64);
        // Of those that come at once one speaks. Nothing but the count hangs on it.
        if passed < due
            || self
                .next
                .compare_exchange(due, then, Ordering::Relaxed, Ordering::Relaxed)
                .is_err()
        {
            self.silent.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(self.silent.swap(0, Ordering::Relaxed))
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_a_minute_is_said_with_the_number_of_the_others() {
        let pace = Pace::new();
        let start = Instant::now();
        let said: Vec<_> = [0, 1, 59, 60, 61, 119, 121]
            .map(|seconds| pace.at(start + Duration::from_secs(seconds)))
            .into();
        assert_eq!(said, [Some(0), None, None, Some(2), None, None, Some(2)]);
    }

    #[test]
    fn of_many_at_once_one_speaks() {
        let pace = Pace::new();
        let now = Instant::now();
        let said = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| pace.at(now))).collect();
            let said = threads.into_iter().filter_map(|thread| thread.join().ok()?);
            said.count()
        });
        assert_eq!(said, 1);
    }
}
