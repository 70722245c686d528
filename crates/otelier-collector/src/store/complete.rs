//! Tells when a trace is complete.

use super::{Store, trace::Trace};
use crate::id::TraceId;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::time::{Instant, sleep_until};

/// How many quiet periods a trace without a root waits for one: children are often exported
/// before their parent has ended.
const PATIENCE: u32 = 10;

/// How many traces wait to be announced; beyond, the oldest are forgotten.
const MOST: usize = 1 << 16;

/// A trace that seems complete: it has its root, and nothing of it came for the quiet period.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The trace.
    pub trace: Trace,
    /// How many of its spans an earlier announcement had; 0 for the first.
    pub announced: usize,
}

/// The traces touched since the last look, oldest first.
#[derive(Debug, Default)]
pub(super) struct Touched(Mutex<VecDeque<(Instant, TraceId)>>);

impl Touched {
    pub(super) fn push(&self, at: Instant, id: TraceId) {
        let mut queue = self.queue();
        if queue.len() == MOST {
            queue.pop_front();
        }
        queue.push_back((at, id));
    }

    fn queue(&self) -> MutexGuard<'_, VecDeque<(Instant, TraceId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream of completed traces; see [`Store::completions`].
#[derive(Debug)]
pub struct Completions {
    store: Store,
    touched: Arc<Touched>,
    /// Traces without a root, which are given more time.
    rootless: VecDeque<(Instant, TraceId)>,
    announced: HashMap<TraceId, usize>,
}

impl Completions {
    pub(super) fn new(store: Store) -> Self {
        let touched = Arc::new(Touched::default());
        let mut state = store.state();
        for (at, id) in state.last_seen() {
            touched.push(at, id);
        }
        state.listeners.push(Arc::downgrade(&touched));
        drop(state);
        Self {
            store,
            touched,
            rootless: VecDeque::new(),
            announced: HashMap::new(),
        }
    }

    /// Waits for the next trace that completes. A trace without a root is announced after ten
    /// quiet periods, one that grows after its announcement is announced again.
    ///
    /// # Cancellation
    /// Safe: nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Completed {
        let mut changes = self.store.shared.version.subscribe();
        loop {
            let quiet = self.store.shared.quiet;
            let fresh = self.touched.queue().front().map(|(at, _)| *at + quiet);
            let late = self.rootless.front().map(|(at, _)| *at + quiet * PATIENCE);
            let due = match (fresh, late) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            match due {
                Some(due) if due <= Instant::now() => {
                    let completed = if fresh == Some(due) {
                        let next = self.touched.queue().pop_front();
                        next.and_then(|(at, id)| self.look(at, id, true))
                    } else {
                        let next = self.rootless.pop_front();
                        next.and_then(|(at, id)| self.look(at, id, false))
                    };
                    if let Some(completed) = completed {
                        return completed;
                    }
                }
                Some(due) => sleep_until(due).await,
                None => {
                    // The store cannot go away: we hold it.
                    let _ = changes.changed().await;
                }
            }
        }
    }

    /// Hands over what would be announced if nothing more came, without waiting.
    pub fn rest(&mut self) -> Vec<Completed> {
        let mut open: Vec<_> = self.rootless.drain(..).collect();
        open.extend(self.touched.queue().drain(..));
        open.into_iter()
            .filter_map(|(at, id)| self.look(at, id, false))
            .collect()
    }

    fn look(&mut self, at: Instant, id: TraceId, may_wait: bool) -> Option<Completed> {
        let state = self.store.state();
        let entry = state.entry(id)?;
        // Touched again since: a later element of the queue stands for it.
        if entry.last_seen != at || entry.spans.is_empty() {
            return None;
        }
        let rooted = entry.spans.iter().any(|span| span.parent_id().is_none());
        let announced = self.announced.get(&id).copied().unwrap_or_default();
        if may_wait && !rooted && announced == 0 {
            drop(state);
            if self.rootless.len() == MOST {
                self.rootless.pop_front();
            }
            self.rootless.push_back((at, id));
            return None;
        }
        if entry.spans.len() <= announced {
            return None;
        }
        let trace = state.trace(id)?;
        if self.announced.len() > 2 * state.trace_count() + 1024 {
            self.announced.retain(|id, _| state.entry(*id).is_some());
        }
        drop(state);
        self.announced.insert(id, trace.spans.len());
        Some(Completed { trace, announced })
    }
}
