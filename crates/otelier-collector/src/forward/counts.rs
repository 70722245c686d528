//! What became of the requests to pass on.

use crate::signal::Signal;
use std::{
    fmt,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
};

/// What became of the requests to pass on.
///
/// See the example of [`Stats`](crate::Stats).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForwardStats {
    /// Answered with success.
    pub sent: u64,
    /// Not delivered, also when tried again, or refused for good.
    pub failed: u64,
    /// Thrown away because the queue was full.
    pub dropped: u64,
    /// The spans of the requests that failed or were dropped.
    pub lost_spans: u64,
    /// Their data points.
    pub lost_points: u64,
    /// Their log records.
    pub lost_logs: u64,
}

impl ForwardStats {
    pub(crate) const fn lost(&self) -> Lost {
        let requests = self.failed + self.dropped;
        Lost([requests, self.lost_spans, self.lost_points, self.lost_logs])
    }
}

/// Requests that did not arrive, and their spans, data points and log records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost([u64; 4]);

impl Lost {
    pub(crate) const NOTHING: Self = Self([0; 4]);

    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut since = *self;
        for (count, before) in since.0.iter_mut().zip(before.0) {
            *count = count.saturating_sub(before);
        }
        since
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = ["request", "span", "data point", "log record"];
        let counted = words.into_iter().zip(self.0).enumerate();
        // Those of which there are none are left out, behind the requests.
        let told = counted.filter(|(at, (_, count))| *at == 0 || *count > 0);
        for (place, (_, (one, count))) in told.enumerate() {
            to.write_str(["", " with ", ", "].get(place).unwrap_or(&", "))?;
            let end = if count == 1 { "" } else { "s" };
            write!(to, "{count} {one}{end}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
pub(crate) struct ForwardCounts {
    pub(super) sent: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) dropped: AtomicU64,
    lost: [AtomicU64; 3],
    pub(super) queued_bytes: AtomicUsize,
}

impl ForwardCounts {
    pub(crate) fn get(&self) -> ForwardStats {
        let [lost_spans, lost_points, lost_logs] = self.lost.each_ref().map(|n| n.load(Relaxed));
        ForwardStats {
            sent: self.sent.load(Relaxed),
            failed: self.failed.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            lost_spans,
            lost_points,
            lost_logs,
        }
    }

    pub(super) fn lose(&self, signal: Signal, items: u64) {
        signal.of(self.lost.each_ref()).fetch_add(items, Relaxed);
    }
}
