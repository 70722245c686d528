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
        Lost {
            requests: self.failed + self.dropped,
            spans: self.lost_spans,
            points: self.lost_points,
            logs: self.lost_logs,
        }
    }
}

/// Requests that did not arrive, and their records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lost {
    requests: u64,
    spans: u64,
    points: u64,
    logs: u64,
}

impl Lost {
    pub(crate) const NOTHING: Self = Self {
        requests: 0,
        spans: 0,
        points: 0,
        logs: 0,
    };

    pub(crate) const fn since(&self, before: &Self) -> Self {
        Self {
            requests: self.requests.saturating_sub(before.requests),
            spans: self.spans.saturating_sub(before.spans),
            points: self.points.saturating_sub(before.points),
            logs: self.logs.saturating_sub(before.logs),
        }
    }
}

impl fmt::Display for Lost {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            requests,
            spans,
            points,
            logs,
        } = self;
        let counted = |count: u64, one: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {one}s"),
        };
        to.write_str(&counted(*requests, "request"))?;
        let records = [
            (*spans, "span"),
            (*points, "data point"),
            (*logs, "log record"),
        ];
        let mut before = " with ";
        for (count, one) in records.into_iter().filter(|(count, _)| *count > 0) {
            write!(to, "{before}{}", counted(count, one))?;
            before = ", ";
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
        let [spans, points, logs] = &self.lost;
        ForwardStats {
            sent: self.sent.load(Relaxed),
            failed: self.failed.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            lost_spans: spans.load(Relaxed),
            lost_points: points.load(Relaxed),
            lost_logs: logs.load(Relaxed),
        }
    }

    pub(super) fn lose(&self, signal: Signal, items: u64) {
        let [spans, points, logs] = &self.lost;
        let lost = match signal {
            Signal::Traces => spans,
            Signal::Metrics => points,
            Signal::Logs => logs,
        };
        lost.fetch_add(items, Relaxed);
    }
}
