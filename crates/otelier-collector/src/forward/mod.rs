//! Passes every accepted request on to another OTLP endpoint.

mod post;
mod sending;
mod target;

pub(crate) use self::{post::HttpPost, sending::Sending, target::Target};

use crate::{Notice, room::Held, signal::Signal};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
};
use tokio::sync::mpsc;

/// What may wait: the receive path never does.
const QUEUE_BYTES: usize = 32 << 20;
const QUEUE_REQUESTS: usize = 1024;

/// What became of the requests to pass on.
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
    sent: AtomicU64,
    failed: AtomicU64,
    dropped: AtomicU64,
    lost: [AtomicU64; 3],
    queued_bytes: AtomicUsize,
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

    fn lose(&self, signal: Signal, items: u64) {
        let [spans, points, logs] = &self.lost;
        let lost = match signal {
            Signal::Traces => spans,
            Signal::Metrics => points,
            Signal::Logs => logs,
        };
        lost.fetch_add(items, Relaxed);
    }
}

/// Which collectors a request has come by, so that it does not go round in a circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Via(String);

impl Via {
    pub(crate) const HEADER: &str = "otelier-collector-via";
    /// More on the way are taken for a circle.
    const MOST: usize = 16;

    /// A name that no other process has.
    pub(crate) fn new_name() -> String {
        format!("{:016x}", RandomState::new().hash_one(()))
    }

    /// Reads the way of a request, and adds this collector to it; `None` if it has been here
    /// before, or by too many.
    pub(crate) fn through(headers: &HeaderMap, name: &str) -> Option<Self> {
        let before = headers
            .get(Self::HEADER)
            .map_or("", |way| way.to_str().unwrap_or_default());
        if before.split(',').take(Self::MOST + 1).count() > Self::MOST || before.contains(name) {
            return None;
        }
        Some(Self(match before {
            "" => name.to_owned(),
            before => format!("{before},{name}"),
        }))
    }

    pub(crate) fn header(&self) -> Option<HeaderValue> {
        HeaderValue::try_from(&self.0).ok()
    }
}

/// A request to pass on (protobuf, not compressed), and the room that it takes.
#[derive(Debug)]
pub(crate) struct Parcel {
    signal: Signal,
    message: Bytes,
    items: u64,
    via: Via,
    _held: Held,
}

/// The near end of the queue.
#[derive(Debug)]
pub(crate) struct Forwarder {
    queue: mpsc::Sender<Parcel>,
    counts: Arc<ForwardCounts>,
    most_bytes: usize,
}

impl Forwarder {
    /// Queues a message, or drops and counts it.
    pub(crate) fn pass(&self, signal: Signal, message: Bytes, items: u64, via: Via, held: Held) {
        let length = message.len();
        let queued = self.counts.queued_bytes.fetch_add(length, Relaxed);
        let parcel = Parcel {
            signal,
            message,
            items,
            via,
            _held: held,
        };
        if queued + length > self.most_bytes || self.queue.try_send(parcel).is_err() {
            self.counts.queued_bytes.fetch_sub(length, Relaxed);
            self.counts.dropped.fetch_add(1, Relaxed);
            self.counts.lose(signal, items);
        }
    }

    pub(crate) fn counts(&self) -> Arc<ForwardCounts> {
        Arc::clone(&self.counts)
    }
}

/// Makes both ends of a queue that takes no more than a quarter of the room.
pub(crate) fn forward<P>(
    post: P,
    name: String,
    room: usize,
    notice: Notice,
) -> (Forwarder, Sending<P>) {
    let (queue, receiver) = mpsc::channel(QUEUE_REQUESTS);
    let counts = Arc::new(ForwardCounts::default());
    let sending = Sending::new(receiver, Arc::clone(&counts), post, name, notice);
    let forwarder = Forwarder {
        queue,
        counts,
        most_bytes: QUEUE_BYTES.min(room / 4),
    };
    (forwarder, sending)
}
