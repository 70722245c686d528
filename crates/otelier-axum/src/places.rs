//! The places of those inside, and how many wait for one.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place inside. It is free again when it is dropped.
pub(crate) type Place = OwnedSemaphorePermit;

pub(crate) struct Places {
    pub(crate) name: Cow<'static, str>,
    pub(crate) limit: usize,
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Places {
    pub(crate) fn new(name: Cow<'static, str>, limit: usize) -> Self {
        let limit = limit.min(Semaphore::MAX_PERMITS);
        Self {
            name,
            limit,
            free: Arc::new(Semaphore::new(limit)),
            waiting: AtomicUsize::new(0),
        }
    }

    /// A place, if there is one. Those who wait come first: what is given back goes
    /// to them.
    pub(crate) fn take(&self) -> Option<Place> {
        Arc::clone(&self.free).try_acquire_owned().ok()
    }

    /// A place as soon as it is this one's turn.
    pub(crate) fn wait(&self) -> impl Future<Output = Option<Place>> + Send + use<> {
        let free = Arc::clone(&self.free);
        async move { free.acquire_owned().await.ok() }
    }

    /// Joins those who wait, unless there are so many already.
    pub(crate) fn join(&self, most: usize) -> bool {
        let before = self.waiting.fetch_add(1, Relaxed);
        if before >= most {
            self.leave();
        }
        before < most
    }

    /// Leaves those who wait.
    pub(crate) fn leave(&self) {
        self.waiting.fetch_sub(1, Relaxed);
    }

    /// How many are inside.
    pub(crate) fn inside(&self) -> usize {
        self.limit.saturating_sub(self.free.available_permits())
    }

    /// How many wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Relaxed)
    }
}

impl fmt::Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Places")
            .field("name", &self.name)
            .field("limit", &self.limit)
            .field("inside", &self.inside())
            .field("waiting", &self.waiting())
            .finish()
    }
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// There is no place, neither inside nor among those who wait.
    Full,
    /// It waited in vain.
    Timeout,
}

/// What became of one that waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Admitted,
    Refused,
    /// Its client went away.
    Cancelled,
}
