//! The store as everybody has it.

use super::{
    history::{History, Reading},
    insert,
    log::Log,
    metric::Metric,
    origin::Identity,
    state::State,
    stats::Stats,
    trace::{Span, Trace},
};
use crate::{decode::Export, forward::ForwardCounts, id::TraceId, received::Received};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};
use tokio::{sync::watch, time::Instant};

/// A handle on everything received; clones share one store.
///
/// Spans and logs are kept by trace, metrics as the latest point of each series. All of it shares
/// one bound in bytes (an estimate of the memory really used): when it is exceeded, the oldest
/// goes first, a trace always as a whole, and evictions are counted in [`Stats`]. What is known of
/// requests ([`Store::requests`]) is part of it, and takes a sixteenth at most.
///
/// # Cost
/// Every query locks the store and copies pointers, never records. Receiving waits meanwhile.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    pub(super) version: watch::Sender<u64>,
    pub(super) quiet: Duration,
    /// Tells this store from that of another run.
    pub(super) run: u32,
}

impl Store {
    pub(crate) fn new(limit: usize, quiet: Duration) -> Self {
        Self {
            shared: Arc::new(Shared {
                state: Mutex::new(State::new(limit)),
                version: watch::Sender::new(0),
                quiet,
                run: new_run(),
            }),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn changed(&self) {
        self.shared.version.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Keeps the records of a request that was checked before, and what is known of the request:
    /// both become visible at once.
    pub(crate) fn insert(&self, export: Export, received: Option<Received>, rejected: u64) {
        let now = Instant::now();
        let mut state = self.state();
        state.stats.counts_mut(export.signal()).rejected += rejected;
        if let Some(received) = received {
            state.record(received);
        }
        state.round += 1;
        if state.paused {
            state.ignored += export.items();
            drop(state);
            return self.changed();
        }
        insert::insert(&mut state, export, now);
        drop(state);
        self.changed();
    }

    pub(crate) fn record(&self, received: Received) {
        self.state().record(received);
        self.changed();
    }

    pub(crate) fn count_forwarded(&self, counts: Arc<ForwardCounts>) {
        self.state().forward = Some(counts);
    }

    /// All traces that have a span, the newest first.
    #[must_use]
    pub fn traces(&self) -> Vec<Trace> {
        let state = self.state();
        (state.entries().rev())
            .filter(|(_, entry)| !entry.spans.is_empty())
            .map(|(id, entry)| entry.snapshot(id))
            .collect()
    }

    /// The trace of this id, if it is here (also if only logs of it are).
    #[must_use]
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        self.state().trace(id)
    }

    /// All spans, in the order their traces arrived.
    #[must_use]
    pub fn spans(&self) -> Vec<Arc<Span>> {
        self.state().spans(|_| true)
    }

    /// The spans of this name, in the order their traces arrived.
    #[must_use]
    pub fn spans_named(&self, name: &str) -> Vec<Arc<Span>> {
        self.state().spans(|span| span.name() == name)
    }

    /// All log records, in traces and outside, by time.
    #[must_use]
    pub fn logs(&self) -> Vec<Arc<Log>> {
        self.state().logs_by_time.values().cloned().collect()
    }

    /// All series at their latest point, by name.
    #[must_use]
    pub fn metrics(&self) -> Vec<Arc<Metric>> {
        self.state().series_by_name.values().cloned().collect()
    }

    /// The series of the metric of this name.
    #[must_use]
    pub fn metrics_named(&self, name: &str) -> Vec<Arc<Metric>> {
        let mut metrics = self.metrics();
        metrics.retain(|metric| metric.name() == name);
        metrics
    }

    /// A series at its latest point, and what it was before.
    pub(crate) fn series(&self, series: Identity) -> Option<(Arc<Metric>, History)> {
        self.state().series(series)
    }

    /// The latest readings of a series; nothing if it is gone.
    pub(crate) fn readings(&self, series: Identity, most: usize) -> Vec<Reading> {
        self.state().readings(series, most)
    }

    /// The names of all services seen in what is kept, sorted.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        let state = self.state();
        state.services.keys().map(|name| (**name).into()).collect()
    }

    /// The latest requests (512 at most, fewer if their heads are large), the oldest first, refused ones included.
    #[must_use]
    pub fn requests(&self) -> Vec<Received> {
        self.state().requests.iter().cloned().collect()
    }

    /// Counts since the start.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.state().stats()
    }

    /// Waits until `look` finds what it looks for, and hands that over; `None` when `within` has
    /// passed. Looks at once and then after each arrival: nothing is polled.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn f(store: otelier_collector::Store) {
    /// let span = store
    ///     .wait_for(Duration::from_secs(5), |s| s.spans_named("GET /").pop())
    ///     .await
    ///     .expect("a span within five seconds");
    /// # }
    /// ```
    ///
    /// # Cancellation
    /// Dropping the future has no effect on the store.
    pub async fn wait_for<T>(
        &self,
        within: Duration,
        mut look: impl FnMut(&Self) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.shared.version.subscribe();
        let search = async {
            loop {
                if let Some(found) = look(self) {
                    return Some(found);
                }
                // The sender lives in `self`, so this cannot fail while we wait.
                changes.changed().await.ok()?;
            }
        };
        tokio::time::timeout(within, search).await.ok().flatten()
    }
}

/// The low bits of the time: no two runs of which a page could know begin in the same.
fn new_run() -> u32 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(1, |now| {
        now.subsec_nanos() ^ (now.as_secs() as u32).rotate_left(16)
    })
}
