//! The near end: takes requests, or drops and counts them.

use super::{counts::ForwardCounts, via::Via};
use crate::{room::Held, signal::Signal};
use bytes::Bytes;
use std::sync::{Arc, atomic::Ordering::Relaxed};
use tokio::sync::mpsc;

/// A request to pass on (protobuf, not compressed), and the room that it takes.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(super) signal: Signal,
    pub(super) message: Bytes,
    pub(super) items: u64,
    pub(super) via: Via,
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
    pub(super) const fn new(
        queue: mpsc::Sender<Parcel>,
        counts: Arc<ForwardCounts>,
        most_bytes: usize,
    ) -> Self {
        Self {
            queue,
            counts,
            most_bytes,
        }
    }

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
