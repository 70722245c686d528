//! Batches on their way out: they wait here while the receiver is away.

mod entry;
mod run;
mod sending;
mod single;

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

use tokio::sync::{Notify, watch};

use self::entry::Entry;
use crate::{Delivered, Failure, Packer, Parcel, Transport};

/// The longest wait for room, should nothing be sent and nothing fail: the
/// runtime is gone then.
const PATIENCE: Duration = Duration::from_secs(60);

/// Is told what becomes of each batch. Called on the transport's runtime, or
/// by who posts; must not block.
///
/// See the example of [`Outbox`].
pub trait Books: Send + Sync + 'static {
    /// The receiver took a batch of `items`, but for those it rejected.
    fn delivered(&self, items: usize, delivered: &Delivered);

    /// A batch is lost: the receiver refused it for good, or time was up.
    fn failed(&self, items: usize, failure: &Failure);

    /// A batch could not be delivered and waits for the receiver to return,
    /// with all that came after it: `waiting` items.
    fn held(&self, waiting: usize, failure: &Failure);

    /// A batch is lost because there was no room for it and for newer ones, or
    /// because newer ones [took its place](Outbox::make_way).
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
///
/// ```no_run
/// # fn example(transport: otelier_otlp::Transport, request: &[u8]) -> Result<(), otelier_otlp::Cause> {
/// use std::{
///     num::NonZeroUsize,
///     time::{Duration, Instant},
/// };
///
/// use otelier_otlp::{Books, Delivered, Failure, Outbox};
///
/// struct Told;
///
/// impl Books for Told {
///     fn delivered(&self, items: usize, delivered: &Delivered) {
///         println!("{items} spans went, {} of them in vain", delivered.rejected);
///     }
///     fn failed(&self, items: usize, failure: &Failure) {
///         println!("{items} spans are lost: {failure}");
///     }
///     fn held(&self, waiting: usize, failure: &Failure) {
///         println!("{waiting} spans wait: {failure}");
///     }
///     fn displaced(&self, items: usize) {
///         println!("{items} spans found no room");
///     }
/// }
///
/// let outbox = Outbox::open(transport, 16 * 1024 * 1024, NonZeroUsize::MIN, Told);
/// let parcel = outbox.packer().pack_bytes(request)?;
/// outbox.post(parcel, 100);
/// let is_empty = outbox.drain(Instant::now() + Duration::from_secs(5));
/// # let _ = is_empty;
/// # Ok(())
/// # }
/// ```
pub struct Outbox {
    shared: Arc<Shared>,
}

// One lock, `state`, which is never held while something is sent, awaited or booked: who
// keeps the books may be slow, or ask back. Those that send are woken by `posted`: one
// permit for a post, which who takes the first of several hands on, so that as many are
// awake as there is work for. Those that wait in `post` and `drain` are threads, woken
// by `moved`, which is told of whatever makes room. `hurry`, and the transport's
// `finishing`, cut the waits between attempts short. `passed` and `largest` are numbers
// by themselves, hence `Relaxed`: who reads an old one makes a request too large or too
// small, no more.
struct Shared {
    transport: Transport,
    books: Box<dyn Books>,
    /// Whether what fails within the timeout is kept for later.
    keeps: bool,
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
    /// How often way was made: what is older goes where it would wait.
    age: u64,
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
            capacity,
            in_flight: in_flight.get(),
            ..Shared::new(transport, books)
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
        let mut entry = Entry::new(parcel, items);
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
                entry.age = state.age;
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

    /// While the receiver is away, drops what waits for it, and what is being sent
    /// should that have to wait: what is posted next tells it again. A receiver that
    /// answers gets all of it, as the next one may leave out what has ended meanwhile.
    pub fn make_way(&self) {
        let mut items = 0;
        {
            let mut state = self.shared.lock();
            if !state.away {
                return;
            }
            state.age += 1;
            while let Some(entry) = state.waiting.pop_front() {
                state.forget(&entry);
                items += entry.items;
                entry.recycle(&self.shared.transport);
            }
        }
        self.shared.moved.notify_all();
        if items > 0 {
            self.shared.books.displaced(items);
        }
    }

    /// The largest request that the receiver is known to take, in bytes without
    /// compression, if it has refused larger ones.
    #[must_use]
    pub fn limit(&self) -> Option<usize> {
        Some(self.shared.passed.load(Relaxed)).filter(|bytes| *bytes > 0)
    }

    /// Puts batches together to requests of at most so many bytes, and 256 KiB:
    /// none where that is zero. What is posted is sent as it is.
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
    /// With room for all that is posted.
    fn new(transport: Transport, books: impl Books) -> Self {
        Self {
            transport,
            books: Box::new(books),
            keeps: true,
            capacity: usize::MAX,
            in_flight: 1,
            state: Mutex::default(),
            posted: Notify::new(),
            hurry: watch::Sender::new(0),
            passed: AtomicUsize::new(0),
            largest: AtomicUsize::new(usize::MAX),
            moved: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
