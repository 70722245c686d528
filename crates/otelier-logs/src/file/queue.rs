//! Lines on their way to the thread that writes them.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Bytes of lines that may wait.
const MOST: usize = 1 << 20;

#[derive(Debug, Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Lines, one after the other.
    waiting: Vec<u8>,
    /// Whether the thread has taken lines that it has not written yet.
    writing: bool,
    /// Lines that found no room.
    refused: u64,
    /// Set when nobody can add a line any more.
    closed: bool,
}

/// What the thread is to write.
pub(super) enum Taken {
    Lines {
        /// How many more found no room since the last time.
        refused: u64,
    },
    /// There is nothing left, and there never will be.
    Closed,
}

impl Queue {
    /// Adds a line, or counts it as refused.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.lock();
        if state.waiting.len().saturating_add(line.len()) > MOST {
            state.refused += 1;
        } else {
            state.waiting.extend_from_slice(line);
        }
        drop(state);
        self.changed.notify_all();
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    /// Waits for lines and exchanges them for `written`, whose memory is used again.
    pub(super) fn take(&self, written: &mut Vec<u8>) -> Taken {
        written.clear();
        let mut state = self.lock();
        state.writing = false;
        self.changed.notify_all();
        let idle =
            |state: &mut State| state.waiting.is_empty() && state.refused == 0 && !state.closed;
        let waited = self.changed.wait_while(state, idle);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        if state.waiting.is_empty() && state.refused == 0 {
            return Taken::Closed;
        }
        state.writing = true;
        std::mem::swap(&mut state.waiting, written);
        Taken::Lines {
            refused: std::mem::take(&mut state.refused),
        }
    }

    /// Waits until everything that was added is written. False if it is not after that time.
    pub(super) fn flush(&self, bound: Duration) -> bool {
        let started = Instant::now();
        let mut state = self.lock();
        while state.writing || !state.waiting.is_empty() {
            let left = bound.saturating_sub(started.elapsed());
            if left.is_zero() {
                return false;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_bound_are_counted_and_the_others_kept() {
        let queue = Queue::default();
        let line = [b'x'; 1024];
        for _ in 0..1030 {
            queue.push(&line);
        }
        let mut lines = Vec::new();
        assert!(matches!(
            queue.take(&mut lines),
            Taken::Lines { refused: 6 }
        ));
        assert_eq!(lines.len(), MOST);
        queue.push(b"later\n");
        assert!(matches!(
            queue.take(&mut lines),
            Taken::Lines { refused: 0 }
        ));
        assert_eq!(lines, b"later\n");
    }

    #[test]
    fn a_flush_ends_after_its_bound_while_nobody_writes() {
        let queue = Queue::default();
        assert!(queue.flush(Duration::ZERO));
        queue.push(b"line\n");
        assert!(!queue.flush(Duration::from_millis(1)));
    }
}
