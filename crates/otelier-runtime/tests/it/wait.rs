//! Waiting for what comes by itself.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is something.
#[track_caller]
pub(crate) fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "it never came");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Looks until it is so.
#[track_caller]
pub(crate) fn until_true(mut look: impl FnMut() -> bool) {
    until(|| look().then_some(()));
}
