//! Counts since the start.

use crate::{forward::ForwardStats, signal::Signal};

/// What happened to the items of one signal: spans, data points or log records.
///
/// See the example of [`Stats`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Taken into the store.
    pub accepted: u64,
    /// Refused within a request that was otherwise taken.
    pub rejected: u64,
    /// Taken, and removed since to make room.
    pub evicted: u64,
}

/// Counts since the start, and the state of the store.
///
/// ```
/// use otelier_collector::{Counts, Running};
///
/// fn tell(collector: &Running) -> String {
///     let stats = collector.store().stats();
///     let Counts { accepted, evicted, .. } = stats.spans;
///     let forwarded = stats.forward.sent;
///     format!("{accepted} spans, {evicted} of them gone again, {forwarded} requests passed on")
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Spans.
    pub spans: Counts,
    /// Metric data points; evicted counts series.
    pub points: Counts,
    /// Log records.
    pub logs: Counts,
    /// Requests, refused ones included.
    pub requests: u64,
    /// Requests refused as a whole.
    pub refused: u64,
    /// Bytes of request bodies as they travelled.
    pub wire_bytes: u64,
    /// Bytes of request bodies after decompression.
    pub decoded_bytes: u64,
    /// Traces in the store.
    pub traces: usize,
    /// Estimated memory of what is in the store.
    pub store_bytes: usize,
    /// The bound of `store_bytes`.
    pub store_limit: usize,
    /// What was passed on; all zero without forwarding.
    pub forward: ForwardStats,
}

impl Stats {
    /// The counts of one signal.
    #[must_use]
    pub const fn counts(&self, signal: Signal) -> Counts {
        signal.of([self.spans, self.points, self.logs])
    }

    pub(crate) const fn counts_mut(&mut self, signal: Signal) -> &mut Counts {
        match signal {
            Signal::Traces => &mut self.spans,
            Signal::Metrics => &mut self.points,
            Signal::Logs => &mut self.logs,
        }
    }
}
