//! Waiting for what comes by itself.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks until there is something.
#[track_caller]
#[expect(clippy::disallowed_methods, reason = "between two looks")]
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

/// Blocks the thread, as a task must not.
#[expect(clippy::disallowed_methods, reason = "to block is what it is for")]
pub(crate) fn block_for(time: Duration) {
    thread::sleep(time);
}

/// Waits in a task until it is so; the runtime goes on meanwhile.
pub(crate) async fn until_true_in_task(mut look: impl FnMut() -> bool) {
    let looking = async {
        while !look() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, looking).await;
    came.expect("it never came");
}
