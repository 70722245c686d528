//! The task by which a runtime shows that it runs, and what it shares with the
//! thread that asks.
//!
//! It waits to be woken instead of for a timer: a runtime may have none, or
//! one that a test has paused.

use std::{
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// The pulse of one runtime.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waker: Option<Waker>,
    /// When the task ran last.
    beat: Option<Instant>,
    begun: bool,
    ended: bool,
}

impl Pulse {
    /// Begins the watch, if that has not been done yet.
    pub(super) fn begin(&self) -> bool {
        !std::mem::replace(&mut self.lock().begun, true)
    }

    /// Whether the watch has begun and has not ended.
    pub(super) fn is_alive(&self) -> bool {
        let state = self.lock();
        state.begun && !state.ended
    }

    /// Asks for a beat, which `beat_since` tells when it has come. False while
    /// the task has not run for the first time.
    pub(super) fn ask(&self) -> bool {
        let waker = self.lock().waker.clone();
        // Waking may drop the task, which locks.
        waker.map(Waker::wake).is_some()
    }

    /// When the task ran, if it has since then.
    pub(super) fn beat_since(&self, asked: Instant) -> Option<Instant> {
        self.lock().beat.filter(|beat| *beat >= asked)
    }

    /// Waits unless and until the watch has ended, and tells whether it has.
    pub(super) fn wait_for_end(&self, at_most: Duration) -> bool {
        let waiting = self
            .ended
            .wait_timeout_while(self.lock(), at_most, |state| !state.ended);
        let (state, _) = waiting.unwrap_or_else(PoisonError::into_inner);
        state.ended
    }

    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Ends the watch, and with it the task.
    pub(super) fn end(&self) {
        let mut state = self.lock();
        state.ended = true;
        let waker = state.waker.take();
        drop(state);
        self.ended.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs whenever it is asked for, until the watch ends. When the runtime drops
/// it, the watch ends.
pub(super) struct Heartbeat(pub(super) Arc<Pulse>);

impl Future for Heartbeat {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        if state.ended {
            return Poll::Ready(());
        }
        state.beat = Some(Instant::now());
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.0.end();
    }
}
