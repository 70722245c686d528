//! One batch that waits for nobody.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::{sync::oneshot, task::AbortHandle};

use super::{Books, Shared, entry::Entry};
use crate::{Cause, Delivered, Failure, Parcel, Transport};

type Outcome = Result<Delivered, Failure>;

impl Transport {
    /// Sends one encoded `Export*ServiceRequest`: protobuf, or JSON for
    /// `http/json`.
    ///
    /// Tries again where the OTLP specification says so, with the same bytes,
    /// until the settings' timeout is over or the next wait would reach it.
    /// May be awaited on any executor.
    ///
    /// # Errors
    /// The batch was not delivered, or it is not known to be.
    ///
    /// # Cancellation
    /// Dropping the future stops the attempt; the server may have the batch.
    pub async fn send(&self, body: Bytes) -> Result<Delivered, Failure> {
        let parcel = Parcel::whole(self.template().batch(body)?);
        send(self.clone(), parcel).await
    }
}

/// Sends a batch within the timeout.
///
/// # Cancellation
/// Dropping the future stops the attempt.
async fn send(transport: Transport, parcel: Parcel) -> Outcome {
    let (sender, outcome) = oneshot::channel();
    let runtime = transport.handle().clone();
    let shared = Shared {
        keeps: false,
        ..Shared::new(transport, Tell(Mutex::new(Some(sender))))
    };
    {
        let (entry, mut state) = (Entry::new(parcel, 1), shared.lock());
        state.count(&entry);
        state.waiting.push_back(entry);
        state.closed = true;
    }
    let task = runtime.spawn(Arc::new(shared).run());
    let _stop = Stop(task.abort_handle());
    outcome.await.unwrap_or_else(|_| Err(Cause::Stopped.into()))
}

/// Tells what became of it who waits for that.
struct Tell(Mutex<Option<oneshot::Sender<Outcome>>>);

impl Tell {
    fn tell(&self, outcome: Outcome) {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        sender.and_then(|sender| sender.send(outcome).ok());
    }
}

impl Books for Tell {
    fn delivered(&self, _: usize, delivered: &Delivered) {
        self.tell(Ok(delivered.clone()));
    }

    fn failed(&self, _: usize, failure: &Failure) {
        self.tell(Err(failure.clone()));
    }

    fn held(&self, _: usize, _: &Failure) {}

    fn displaced(&self, _: usize) {}
}

struct Stop(AbortHandle);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
