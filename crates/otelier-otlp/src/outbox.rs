//! Batches on their way out: they wait here while the receiver is away.

use std::{
    collections::VecDeque,
    fmt,
    num::NonZeroUsize,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::{
    sync::{Notify, watch},
    time::sleep_until,
};

use crate::{Cause, Delivered, Failure, Packer, Parcel, Transport, entry::Entry, retry::BackOff};

/// The longest wait that a server may ask for.
const LONGEST: Duration = Duration::from_secs(5 * 60);

/// The largest request that is put together, in bytes: one that takes longer
/// than the timeout would be worse than many.
const GATHERED: usize = 256 << 10;
/// There is no time for many small requests when there is no more than this.
const SHORT: Duration = Duration::from_secs(10);

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

    /// A request of so many bytes was too large for the receiver, which now gets
    /// it in halves.
    fn halved(&self, bytes: usize, failure: &Failure) {
        let _ = (bytes, failure);
    }
}

/// Sends batches in the order in which they are posted, one at a time unless
/// it is opened with more.
///
/// A batch whose delivery failed in a way that may pass is kept, and tried
/// again until it is taken. Above the capacity the oldest that is not being
/// sent is dropped then. Dropping the outbox lets it send what it holds.
///
/// A batch that is too large for the receiver is sent in halves; a record that
/// is so by itself is lost. In the last ten seconds of a [`drain`](Self::drain),
/// or before the end of [`Transport::finish_by`], small batches that wait are
/// sent as one.
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
    /// How many send.
    in_flight: usize,
    state: Mutex<State>,
    /// Something was posted, or it ended.
    posted: Notify,
    /// Somebody waits for all to be sent; how often that was so far. What is
    /// said while nobody listens is heard later.
    hurry: watch::Sender<u64>,
    /// The size of the largest part that was taken of what was too large.
    passed: AtomicUsize,
    /// The largest request that is put together.
    largest: AtomicUsize,
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
    /// Until when those wait that wait for all to be sent.
    drains: Vec<Instant>,
    /// Since the last delivery one has failed.
    away: bool,
    closed: bool,
    ended: Option<Failure>,
}

impl State {
    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.sending == 0
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes = self.bytes.saturating_sub(entry.bytes);
        self.items = self.items.saturating_sub(entry.items);
    }

    fn count(&mut self, entry: &Entry) {
        self.bytes += entry.bytes;
        self.items += entry.items;
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
            in_flight: in_flight.get(),
            state: Mutex::default(),
            posted: Notify::new(),
            hurry: watch::Sender::new(0),
            passed: AtomicUsize::new(0),
            largest: AtomicUsize::new(usize::MAX),
            moved: Condvar::new(),
        });
        for _ in 0..in_flight.get() {
            runtime.spawn(Arc::clone(&shared).supervise());
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
        let entry = Entry::new(parcel, items);
        let size = entry.bytes;
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
                        oldest.recycle(&self.shared.transport);
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
                state.count(&entry);
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

    /// The largest request that the receiver is known to take, in bytes without
    /// compression, if it has refused larger ones.
    #[must_use]
    pub fn limit(&self) -> Option<usize> {
        Some(self.shared.passed.load(Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Puts batches together to requests of at most so many bytes, and half a
    /// MiB. What is posted is sent as it is.
    pub fn set_largest(&self, bytes: usize) {
        self.shared.largest.store(bytes, Relaxed);
    }

    /// Items that were posted and are neither delivered nor lost.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.shared.lock().items
    }

    /// Whether somebody waits in [`drain`](Self::drain).
    #[must_use]
    pub fn is_drained_by_anybody(&self) -> bool {
        !self.shared.lock().drains.is_empty()
    }

    /// Blocks until all that was posted has been sent or is lost; tries again
    /// at once what waits for the receiver to return. False if there is
    /// something left at the `deadline`.
    #[must_use]
    pub fn drain(&self, deadline: Instant) -> bool {
        let mut state = self.shared.lock();
        state.drains.push(deadline);
        self.shared.hurry.send_modify(|times| *times += 1);
        let mut drained = true;
        while !state.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                drained = false;
                break;
            }
            let waited = self.shared.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        if let Some(own) = state.drains.iter().position(|its| *its == deadline) {
            state.drains.swap_remove(own);
        }
        drained
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
    /// Sends, and goes on where that panicked: who keeps the books may do so.
    async fn supervise(self: Arc<Self>) {
        loop {
            let running = self.transport.handle().spawn(Arc::clone(&self).run());
            match running.await {
                Err(error) if error.is_panic() => {}
                _ => return,
            }
        }
    }

    async fn run(self: Arc<Self>) {
        let mut pauses = BackOff::new();
        let mut hurry = self.hurry.subscribe();
        while let Some(entry) = self.take().await {
            let sending = Sending(&self, Some(entry));
            match self.deliver(&sending).await {
                Ok(delivered) => {
                    pauses = BackOff::new();
                    if sending.entry().is_some_and(Entry::was_halved) {
                        self.passed.fetch_max(sending.plain_bytes(), Relaxed);
                    }
                    self.books.delivered(sending.items(), &delivered);
                    self.lock().away = false;
                    sending.done();
                }
                Err(failure) if !failure.is_passing() => self.refused(sending, failure),
                Err(failure) if self.is_finishing() => self.end(Some(sending), &failure),
                Err(failure) => {
                    let asked = failure.retry_after;
                    let pause = pauses.next(asked).min(LONGEST);
                    self.put_back(sending, &failure);
                    if !self.pause(pause, asked.is_some(), &mut hurry).await {
                        self.end(None, &failure);
                    }
                }
            }
        }
        // For the next one that sends.
        self.posted.notify_one();
    }

    async fn deliver(&self, sending: &Sending<'_>) -> Result<Delivered, Failure> {
        match sending.entry() {
            Some(entry) if !entry.is_known_to_be_too_large() => {
                self.transport.deliver(&entry.parcel).await
            }
            entry => Err(Failure {
                cause: Cause::RecordTooLarge {
                    bytes: entry.map_or(0, Entry::plain_bytes),
                    message: None,
                },
                attempts: 0,
                wire_bytes: 0,
                elapsed: Duration::ZERO,
                retry_after: None,
            }),
        }
    }

    /// Sends in parts what was refused as a whole, where that may help.
    fn refused(&self, mut sending: Sending<'_>, mut failure: Failure) {
        let Some(entry) = sending.1.take() else {
            return;
        };
        let (size, charged) = (entry.plain_bytes(), entry.bytes);
        let is_too_large = failure.cause.is_too_large();
        let parts = match entry.take_apart() {
            Err(entry) if is_too_large => {
                let halves = entry.halve(&self.transport);
                if halves.is_ok() && failure.attempts > 0 {
                    self.books.halved(size, &failure);
                }
                if halves.is_err() {
                    failure.cause = Cause::RecordTooLarge {
                        bytes: size,
                        message: failure.cause.message().map(Into::into),
                    };
                }
                halves
            }
            other => other,
        };
        match parts {
            Ok(parts) => sending.replace(charged, parts),
            Err(entry) => {
                self.books.failed(entry.items, &failure);
                sending.1 = Some(*entry);
                sending.done();
            }
        }
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
                    let mut entries = vec![entry];
                    if self.time_is_short(&state)
                        && let Some(first) = entries.first()
                    {
                        // The others that send get their share.
                        let share = state.waiting.len().div_ceil(self.in_flight);
                        let waiting = state.waiting.iter().take(share);
                        let more = first.may_gather(waiting, self.most());
                        entries.extend(state.waiting.drain(..more));
                    }
                    if !state.waiting.is_empty() {
                        // For another one that sends.
                        self.posted.notify_one();
                    }
                    drop(state);
                    return self.gathered(entries);
                }
                if state.closed {
                    return None;
                }
            }
            self.posted.notified().await;
        }
    }

    /// One of several; what cannot be put together goes on waiting.
    fn gathered(&self, mut entries: Vec<Entry>) -> Option<Entry> {
        if entries.len() == 1 {
            return entries.pop();
        }
        match Entry::gather(&self.transport, entries) {
            Ok(entry) => Some(entry),
            Err(entries) => {
                let mut entries = entries.into_iter();
                let first = entries.next();
                let mut state = self.lock();
                for entry in entries.rev() {
                    state.waiting.push_front(entry);
                }
                first
            }
        }
    }

    fn put_back(&self, sending: Sending<'_>, failure: &Failure) {
        let waiting = sending.put_back(failure);
        self.books.held(waiting, failure);
        self.moved.notify_all();
    }

    /// Gives up all there is.
    fn end(&self, sending: Option<Sending<'_>>, failure: &Failure) {
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
            lost + sending.as_ref().map_or(0, Sending::items)
        };
        if lost > 0 {
            self.books.failed(lost, failure);
        }
        self.lock().sending -= 1;
        drop(sending);
        self.moved.notify_all();
    }

    fn time_is_short(&self, state: &State) -> bool {
        let finish = self.transport.finishing().borrow().map(Instant::from);
        let soon = Instant::now() + SHORT;
        let mut ends = state.drains.iter().copied().chain(finish);
        ends.any(|end| end < soon)
    }

    fn most(&self) -> usize {
        let most = GATHERED.min(self.largest.load(Relaxed));
        match self.passed.load(Relaxed) {
            0 => most,
            passed => most.min(passed),
        }
    }

    fn is_finishing(&self) -> bool {
        self.transport.finishing().borrow().is_some()
    }

    /// Waits, but no longer than until somebody is in a hurry, or the end is
    /// near. What the server `asked` for is waited for all the same; false if
    /// the end will come before.
    async fn pause(&self, pause: Duration, asked: bool, hurry: &mut watch::Receiver<u64>) -> bool {
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
            if hurry.changed().await.is_err() || asked {
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

/// An entry that is being sent. Dropped, it is done with.
struct Sending<'a>(&'a Shared, Option<Entry>);

impl Sending<'_> {
    const fn entry(&self) -> Option<&Entry> {
        self.1.as_ref()
    }

    fn items(&self) -> usize {
        self.entry().map_or(0, |entry| entry.items)
    }

    fn plain_bytes(&self) -> usize {
        self.entry().map_or(0, Entry::plain_bytes)
    }

    fn done(self) {}

    /// Has others wait in its place, the next to be sent.
    fn replace(self, charged: usize, parts: Vec<Entry>) {
        let mut state = self.0.lock();
        state.bytes = state.bytes.saturating_sub(charged);
        for part in parts.into_iter().rev() {
            state.bytes += part.bytes;
            state.waiting.push_front(part);
        }
    }

    /// Has it wait again, what was put together by itself where it took too long.
    /// Returns the items that wait, with it.
    fn put_back(mut self, failure: &Failure) -> usize {
        let mut state = self.0.lock();
        state.away = true;
        let waiting = state.items;
        let Some(entry) = self.1.take() else {
            return waiting;
        };
        let parts = match failure.cause {
            Cause::Timeout { .. } => entry.take_apart().unwrap_or_else(|entry| vec![*entry]),
            _ => vec![entry],
        };
        for part in parts.into_iter().rev() {
            state.waiting.push_front(part);
        }
        waiting
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.sending -= 1;
        if let Some(entry) = self.1.take() {
            state.forget(&entry);
            drop(state);
            entry.recycle(&self.0.transport);
        }
        self.0.moved.notify_all();
    }
}
