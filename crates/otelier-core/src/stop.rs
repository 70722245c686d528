//! Whether the process was asked to end.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

static STOPPING: AtomicBool = AtomicBool::new(false);

/// Tells that the process was asked to end, as by SIGTERM: what is served from
/// here on is brought to its end, and nothing new should come.
pub fn stop() {
    STOPPING.store(true, Relaxed);
}

/// Whether the process was asked to end.
#[must_use]
#[inline]
pub fn is_stopping() -> bool {
    STOPPING.load(Relaxed)
}
