//! Batches on their way out: they wait here while the receiver is away.

use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{sync::Notify, time::sleep_until};

use crate::{Delivered, Failure, Packer, Parcel, Transport, retry::BackOff};

/// The longest wait that a server may ask for.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The longest wait for room, should nothing be sent and nothing fail: the
/// runtime is gone then.
const PATIENCE: Duration = Duration::from_secs(60);

/// Is told what becomes of each batch. Called on the transport's runtime, or
/// by who posts; must not block.
pub trait Books: Send + Sync + 'static {
    /// The receiver took a batch of `items`, but for those it rejected.
    fn delivered(&self, items: usize, delivered: &Delivered);

    /// A batch is lost: the receiver refused it for good, or time was up.
    fn failed(&self, items: usize, failure: &Failure);

    /// A batch could not be delivered and waits for the receiver to return,
    /// with all that came after it: `waiting` items.
    fn held(&self, waiting: usize, failure: &Failure);

    /// A batch is lost because there was no room for it and for newer ones.
    fn displaced(&self, items: usize);
}

/// Sends batches in the order in which they are posted, one at a time unless
/// it is opened with more.
///
/// A batch whose delivery failed in a way that may pass is kept, and tried
/// again until it is taken. Above the capacity the oldest that is not being
/// sent is dropped then. Dropping the outbox lets it send what it holds.
///
/// After [`Transport::finish_by`], the first failure ends it: what it holds is
/// lost then, and so is what is posted later.
pub struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    transport: Transport,
    books: Box<dyn Books>,
    /// Bytes that may wait, what is being sent included.
    capacity: usize,
    state: Mutex<State>,
    /// Something was posted, or it ended.
    posted: Notify,
    /// Somebody waits for all to be sent.
    hurry: Notify,
    /// Something was sent, or put back, or it ended.
    moved: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Entry>,
    bytes: usize,
    items: usize,
    /// Entries that are being sent, which are not in `waiting`.
    sending: usize,
    /// Since the last delivery one has failed.
    away: bool,
    closed: bool,
    ended: Option<Failure>,
}

struct Entry {
    parcel: Parcel,
    items: usize,
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.sending == 0
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes -= entry.parcel.wire_bytes();
        self.items -= entry.items;
    }
}

impl Outbox {
    /// An outbox of `capacity` bytes that sends up to `in_flight` batches at
    /// the same time.
    #[must_use]
    pub fn open(
        transport: Transport,
        capacity: usize,
        in_flight: NonZeroUsize,
        books: impl Books,
    ) -> Self {
        let runtime = transport.handle().clone();
        let shared = Arc::new(Shared {
            transport,
            books: Box::new(books),
            capacity,
            state: Mutex::default(),
            posted: Notify::new(),
            hurry: Notify::new(),
            moved: Condvar::new(),
        });
        for _ in 0..in_flight.get() {
            runtime.spawn(Arc::clone(&shared).run());
        }
        Self { shared }
    }

    /// Prepares batches for [`post`](Self::post).
    #[must_use]
    pub fn packer(&self) -> Packer {
        self.shared.transport.packer()
    }

    /// Takes a batch of `items` to be sent.
    ///
    /// Returns at once while there is room, and while the receiver is away.
    /// Blocks while a receiver that answers is slower than what is posted: until
    /// there is room, or a delivery fails, which takes the transport's timeout
    /// at most. Must not be called on the transport's own runtime.
    pub fn post(&self, parcel: Parcel, items: usize) {
        let entry = Entry { parcel, items };
        let size = entry.parcel.wire_bytes();
        let mut displaced = 0;
        let mut ended = None;
        {
            let mut state = self.shared.lock();
            // The new one stays, even if it is too large by itself.
            while state.bytes + size > self.shared.capacity
                && !state.waiting.is_empty()
                && state.ended.is_none()
            {
                if state.away {
                    if let Some(oldest) = state.waiting.pop_front() {
                        state.forget(&oldest);
                        displaced += oldest.items;
                        self.shared.transport.recycle(oldest.parcel);
                    }
                } else {
                    let waited = self.shared.moved.wait_timeout(state, PATIENCE);
                    let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                    state = now;
                    state.away |= timeout.timed_out();
                }
            }
            ended.clone_from(&state.ended);
            if ended.is_none() {
                state.bytes += size;
                state.items += items;
                state.waiting.push_back(entry);
            }
        }
        self.shared.posted.notify_one();
        if displaced > 0 {
            self.shared.books.displaced(displaced);
        }
        if let Some(failure) = ended {
            self.shared.books.failed(items, &failure);
        }
    }

    /// Items that were posted and are neither delivered nor lost.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().items
    }

    /// Blocks until all that was posted has been sent or is lost; tries again
    /// at once what waits for the receiver to return. False if there is
    /// something left at the `deadline`.
    #[must_use]
    pub fn drain(&self, deadline: Instant) -> bool {
        self.shared.hurry.notify_waiters();
        let mut state = self.shared.lock();
        while !state.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.posted.notify_one();
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("transport", &self.shared.transport)
            .field("capacity", &self.shared.capacity)
            .finish_non_exhaustive()
    }
}

impl Shared {
    async fn run(self: Arc<Self>) {
        let mut pauses = BackOff::new();
        while let Some(entry) = self.take().await {
            match self.transport.deliver(&entry.parcel).await {
                Ok(delivered) => {
                    pauses = BackOff::new();
                    self.books.delivered(entry.items, &delivered);
                    self.lock().away = false;
                    self.done(&entry);
                    self.transport.recycle(entry.parcel);
                }
                Err(failure) if !failure.is_passing() => {
                    self.books.failed(entry.items, &failure);
                    self.done(&entry);
                    self.transport.recycle(entry.parcel);
                }
                Err(failure) if self.is_finishing() => self.end(Some(&entry), &failure),
                Err(failure) => {
                    let asked = failure.retry_after;
                    let pause = pauses.next(asked).min(LONGEST);
                    self.put_back(entry, &failure);
                    if !self.pause(pause, asked.is_some()).await {
                        self.end(None, &failure);
                    }
                }
            }
        }
        // For the next one that sends.
        self.posted.notify_one();
    }

    /// The next one; `None` when there will be no more.
    async fn take(&self) -> Option<Entry> {
        loop {
            {
                let mut state = self.lock();
                if state.ended.is_some() {
                    return None;
                }
                if let Some(entry) = state.waiting.pop_front() {
                    state.sending += 1;
                    if !state.waiting.is_empty() {
                        // For another one that sends.
                        self.posted.notify_one();
                    }
                    return Some(entry);
                }
                if state.closed {
                    return None;
                }
            }
            self.posted.notified().await;
        }
    }

    fn done(&self, entry: &Entry) {
        let mut state = self.lock();
        state.sending -= 1;
        state.forget(entry);
        self.moved.notify_all();
    }

    fn put_back(&self, entry: Entry, failure: &Failure) {
        let waiting = {
            let mut state = self.lock();
            state.sending -= 1;
            state.waiting.push_front(entry);
            state.away = true;
            state.items
        };
        self.books.held(waiting, failure);
        self.moved.notify_all();
    }

    /// Gives up all there is.
    fn end(&self, sending: Option<&Entry>, failure: &Failure) {
        let lost = {
            let mut state = self.lock();
            let mut lost = 0;
            while let Some(entry) = state.waiting.pop_front() {
                state.forget(&entry);
                lost += entry.items;
            }
            state.ended = Some(failure.clone());
            // So that nobody takes it for done before it is booked.
            state.sending += 1;
            lost + sending.map_or(0, |entry| entry.items)
        };
        if lost > 0 {
            self.books.failed(lost, failure);
        }
        let mut state = self.lock();
        state.sending -= 1;
        if let Some(entry) = sending {
            state.sending -= 1;
            state.forget(entry);
        }
        self.moved.notify_all();
    }

    fn is_finishing(&self) -> bool {
        self.transport.finishing().borrow().is_some()
    }

    /// Waits, but no longer than until somebody is in a hurry, or the end is
    /// near. What the server `asked` for is waited for all the same; false if
    /// the end will come before.
    async fn pause(&self, pause: Duration, asked: bool) -> bool {
        let end = tokio::time::Instant::now() + pause;
        let mut finishing = self.transport.finishing();
        let finish = async {
            loop {
                let by = *finishing.borrow_and_update();
                if let Some(by) = by
                    && (!asked || by <= end)
                {
                    return !asked;
                }
                if finishing.changed().await.is_err() {
                    return std::future::pending().await;
                }
            }
        };
        let hurry = async {
            self.hurry.notified().await;
            if asked {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = sleep_until(end) => true,
            () = hurry => true,
            goes_on = finish => goes_on,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
