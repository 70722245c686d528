//! Tells when a trace is complete.

use super::{
    handle::Store,
    state::Kind,
    touched::{MOST, Seen, Touched},
    trace::{Trace, has_top},
};
use crate::id::TraceId;
use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};
use tokio::time::{Instant, sleep_until};

/// How many quiet periods a trace waits for the span on top: children are often exported before
/// their parent has ended.
const PATIENCE: u32 = 10;

/// The same, until there was a first announcement: whoever waits for that one is looking.
const FIRST_PATIENCE: u32 = 1;

/// A trace that seems complete: it has a span that nothing here is above, and nothing of it came
/// for the quiet period.
///
/// See the example of [`Completions`].
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The trace.
    pub trace: Trace,
    /// How many of its spans an earlier announcement had; 0 for the first.
    pub announced: usize,
}

/// A stream of completed traces; see [`Store::completions`].
///
/// ```no_run
/// # #[cfg(feature = "draw")]
/// # async fn example(store: otelier_collector::Store) {
/// use otelier_collector::{Completed, Detail, Style};
///
/// let mut completions = store.completions();
/// loop {
///     let completed = completions.next().await;
///     let Completed { trace, announced, .. } = &completed;
///     println!("{} spans more", trace.spans().len() - announced);
///     println!("{}", completed.tree(Style::Plain, Detail::Lines));
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct Completions {
    store: Store,
    touched: Arc<Touched>,
    /// Traces without a root, which are given more time.
    rootless: VecDeque<Seen>,
    announced: HashMap<TraceId, usize>,
}

impl Store {
    /// Announces each trace when it is complete, those that are here already included. Several
    /// may listen, and each hears all, unless more than 65536 traces complete at once: then the
    /// oldest are passed over.
    #[must_use]
    pub fn completions(&self) -> Completions {
        Completions::new(self.clone())
    }
}

impl Completions {
    fn new(store: Store) -> Self {
        let touched = Arc::new(Touched::default());
        let mut state = store.state();
        for seen in state.last_seen() {
            touched.push(seen);
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

    /// Waits for the next trace that completes. A trace whose spans all have their parents in
    /// their own process is announced after ten quiet periods, or one where nothing was announced before; one that
    /// grows after its announcement is announced again.
    ///
    /// # Cancellation
    /// Safe: nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Completed {
        let mut changes = self.store.shared.version.subscribe();
        loop {
            let quiet = self.store.shared.quiet;
            let fresh = self.touched.queue().front().map(|seen| seen.at + quiet);
            let patience = if self.announced.is_empty() {
                FIRST_PATIENCE
            } else {
                PATIENCE
            };
            let late = (self.rootless.front()).map(|seen| seen.at + quiet * patience);
            let due = match (fresh, late) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            match due {
                Some(due) if due <= Instant::now() => {
                    let completed = if fresh == Some(due) {
                        let next = self.touched.queue().pop_front();
                        next.and_then(|seen| self.look(seen, true))
                    } else {
                        let next = self.rootless.pop_front();
                        next.and_then(|seen| self.look(seen, false))
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
        open.sort_unstable();
        open.into_iter()
            .filter_map(|seen| self.look(seen, false))
            .collect()
    }

    fn look(&mut self, seen: Seen, may_wait: bool) -> Option<Completed> {
        let Seen { at, id, .. } = seen;
        let state = self.store.state();
        let entry = state.entry(id)?;
        // Touched again since: a later element of the queue stands for it.
        if entry.last_seen != at || entry.spans.is_empty() {
            return None;
        }
        let rooted = has_top(&entry.spans);
        let announced = self.announced.get(&id).copied().unwrap_or_default();
        if may_wait && !rooted && announced == 0 {
            drop(state);
            if self.rootless.len() == MOST {
                self.rootless.pop_front();
            }
            self.rootless.push_back(seen);
            return None;
        }
        if entry.spans.len() <= announced {
            return None;
        }
        let trace = state.trace(id)?;
        if self.announced.len() > 2 * state.count(Kind::Traces) + 1024 {
            self.announced.retain(|id, _| state.entry(*id).is_some());
        }
        drop(state);
        self.announced.insert(id, trace.spans.len());
        Some(Completed { trace, announced })
    }
}
