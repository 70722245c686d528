//! A `tracing` span in the place of a context, for a library that works on a
//! thread of its own and takes nothing there but the current span.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing::Span;

/// The target of these spans: who hears of a new one finds the context current
/// that it stands for.
pub const SHADOW: &str = "otelier::context";

static IS_ASKED_FOR: AtomicBool = AtomicBool::new(false);

/// Has what runs in a context of ours run in such a span, too, from now on. For a
/// layer that has met such a library: it costs some hundred instructions each time
/// a future is polled, and nothing until then.
pub fn ask_for_shadows() {
    if !IS_ASKED_FOR.load(Ordering::Relaxed) {
        IS_ASKED_FOR.store(true, Ordering::Relaxed);
    }
}

/// The span of one scope, once there is one.
#[derive(Debug, Default)]
pub(super) struct Shadow(Option<Span>);

impl Shadow {
    /// Runs a part of what is in the current context.
    #[inline]
    pub(super) fn cover<T>(&mut self, part: impl FnOnce() -> T) -> T {
        if !IS_ASKED_FOR.load(Ordering::Relaxed) {
            return part();
        }
        let make = || tracing::debug_span!(target: SHADOW, "context");
        let _inside = self.0.get_or_insert_with(make).enter();
        part()
    }
}
