//! One moment on both clocks.

use std::time::{Duration, Instant, SystemTime};

/// One moment on both clocks: spans say when something was, metrics how long it
/// took, and they agree.
///
/// ```
/// use otelier_core::edge::Clock;
///
/// let started = Clock::now();
/// let elapsed = started.ticks.elapsed();
/// assert!(Clock::end(started.wall, elapsed) >= started.wall);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What spans say.
    pub wall: SystemTime,
    /// What durations are measured with.
    pub ticks: Instant,
}

impl Clock {
    /// This moment.
    #[must_use]
    #[inline]
    pub fn now() -> Self {
        Self {
            wall: SystemTime::now(),
            ticks: Instant::now(),
        }
    }

    /// When something ended that took so long, by the clock of spans. The wall
    /// clock may have been set in between; it is asked where that cannot be told.
    #[must_use]
    #[inline]
    pub fn end(started: SystemTime, elapsed: Duration) -> SystemTime {
        started.checked_add(elapsed).unwrap_or_else(SystemTime::now)
    }
}
