//! Passes every accepted request on to another OTLP endpoint.

mod counts;
mod post;
mod queue;
mod sending;
mod target;
mod via;

pub use self::counts::ForwardStats;
pub(crate) use self::{
    counts::ForwardCounts, post::HttpPost, queue::Forwarder, sending::Sending, target::Target,
    via::Via,
};

use crate::Notice;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What may wait: the receive path never does.
const QUEUE_BYTES: usize = 32 << 20;
const QUEUE_REQUESTS: usize = 1024;

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
    let forwarder = Forwarder::new(queue, counts, QUEUE_BYTES.min(room / 4));
    (forwarder, sending)
}
