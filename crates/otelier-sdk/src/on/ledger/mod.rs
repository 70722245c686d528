//! The books of one signal: what was taken, delivered, dropped, refused; and
//! whether exporting works.

mod books;
mod counts;
mod reading;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use opentelemetry::{KeyValue, metrics::Histogram};
use otelier_core::semconv;
use otelier_otlp::{Protocol, Signal};

use self::books::Books;
pub(crate) use self::counts::Counts;
use super::notice::{self, Notice};
use crate::Off;

/// Set in `waiting` once the process gave up. No queue is that long.
const CLOSED: usize = 1 << (usize::BITS - 1);

/// One signal's counters and health. Counters are exact.
///
/// What each span and record touches is atomic; all else is behind a lock that
/// is taken once a batch. `waiting` falls under that lock alone, so that an item
/// is always in one place or in the other when it is taken. `Relaxed` is enough for
/// all of them: each is a count by itself, and no other memory is read because of
/// what one says. Nothing is said while the lock is held.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) signal: Signal,
    /// Admitted, not yet handed to the exporter.
    waiting: AtomicUsize,
    /// The bound on `waiting`.
    capacity: usize,
    admitted: AtomicU64,
    queue_full: AtomicU64,
    pub(crate) redacted: AtomicU64,
    pub(crate) truncated: AtomicU64,
    off: Option<Off>,
    books: Mutex<Books>,
    durations: OnceLock<(Histogram<f64>, Vec<KeyValue>)>,
}

/// Items that were taken by an exporter and are not accounted for yet. What is
/// left when it is dropped is lost: the exporter has panicked.
#[derive(Debug)]
#[must_use = "what is taken is to be accounted for"]
pub(crate) struct Taken<'a> {
    ledger: &'a Ledger,
    left: usize,
}

impl Taken<'_> {
    /// Others account for so many of them.
    pub(crate) fn hand_over(&mut self, items: usize) {
        self.left = self.left.saturating_sub(items);
    }

    /// Others account for all of them.
    pub(crate) fn hand_over_all(&mut self) {
        self.left = 0;
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.ledger
                .failed(self.left, "the exporter panicked", "panic");
        }
    }
}

impl Ledger {
    pub(crate) fn new(signal: Signal, capacity: usize, off: Option<Off>) -> Self {
        Self {
            signal,
            waiting: AtomicUsize::new(0),
            capacity,
            admitted: AtomicU64::new(0),
            queue_full: AtomicU64::new(0),
            redacted: AtomicU64::new(0),
            truncated: AtomicU64::new(0),
            off,
            books: Mutex::default(),
            durations: OnceLock::new(),
        }
    }

    /// Takes a place in the queue, or counts a drop where it is full. After the
    /// end there is no place, and nothing is counted.
    pub(crate) fn admit(&self) -> bool {
        let place = |waiting| (waiting < self.capacity).then_some(waiting + 1);
        match self.waiting.fetch_update(Relaxed, Relaxed, place) {
            Ok(_) => {
                self.admitted.fetch_add(1, Relaxed);
                true
            }
            Err(waiting) => {
                if waiting & CLOSED == 0 {
                    self.queue_full.fetch_add(1, Relaxed);
                }
                false
            }
        }
    }

    /// Moves items from the queue to the exporter.
    pub(crate) fn take(&self, items: usize) -> Taken<'_> {
        let mut books = self.books();
        let mut left = 0;
        if !books.closed {
            let less = |waiting: usize| Some(waiting.saturating_sub(items));
            self.waiting.fetch_update(Relaxed, Relaxed, less).ok();
            books.inflight += items;
            left = items;
        }
        Taken { ledger: self, left }
    }

    /// Counts items that go to the exporter without a queue.
    pub(crate) fn collect(&self, items: usize) -> Taken<'_> {
        let mut books = self.books();
        let mut left = 0;
        if !books.closed {
            self.admitted.fetch_add(as_u64(items), Relaxed);
            books.inflight += items;
            left = items;
        }
        Taken { ledger: self, left }
    }

    /// Counts items too large to send.
    pub(crate) fn oversize(&self, items: usize) {
        let mut books = self.books();
        if books.closed {
            return;
        }
        books.settle(items);
        books.oversized += as_u64(items);
        books.health.last_loss = Some("larger than a request may be".to_owned());
    }

    /// Books a delivery of `items`, of which the receiver rejected some.
    pub(crate) fn delivered(&self, items: usize, rejected: u64, message: Option<&str>) {
        let mut notices = Vec::new();
        {
            let mut books = self.books();
            if books.closed {
                return;
            }
            books.settle(items);
            let rejected = rejected.min(as_u64(items));
            books.fail(rejected, "rejected");
            books.exported += as_u64(items) - rejected;
            let lost = self.lost_in(&books);
            let failing = books.health.failing.take();
            if let Some(failing) = failing.filter(|failing| failing.announced) {
                notices.push(Notice::Recovered {
                    lost: lost.saturating_sub(failing.lost_before),
                });
            }
            if rejected > 0 {
                let message = message.unwrap_or("no reason given").to_owned();
                let told = format!("the receiver took all but these: {message}");
                books.health.last_loss = Some(told);
                if books.health.delivery.may_warn(Instant::now()) {
                    notices.push(Notice::Rejected { rejected, message });
                }
            }
            self.queue_notice(&mut books, &mut notices);
        }
        self.say(notices);
    }

    /// Books a failed export of `items`.
    pub(crate) fn failed(&self, items: usize, cause: &str, error_type: &str) {
        self.fail(items, cause, error_type, |cause, lost| Notice::Failing {
            cause,
            lost,
        });
    }

    /// The same where standard output is what failed.
    pub(crate) fn unprinted(&self, items: usize, cause: &str, error_type: &str) {
        self.fail(items, cause, error_type, |cause, lost| Notice::Unprinted {
            cause,
            lost,
        });
    }

    /// Counts items that standard output did not take, and that a receiver gets
    /// all the same.
    pub(crate) fn unprinted_copies(&self, items: usize, cause: &str) {
        let lost = {
            let mut books = self.books();
            if books.closed {
                return;
            }
            books.unprinted += as_u64(items);
            let may_warn = books.health.printing.may_warn(Instant::now());
            may_warn.then_some(books.unprinted)
        };
        if let Some(lost) = lost {
            let cause = cause.to_owned();
            self.say(vec![Notice::Unprinted { cause, lost }]);
        }
    }

    fn fail(&self, items: usize, cause: &str, error_type: &str, notice: fn(String, u64) -> Notice) {
        let mut notices = Vec::new();
        {
            let mut books = self.books();
            if books.closed {
                return;
            }
            let lost_before = self.lost_in(&books);
            books.settle(items);
            books.fail(as_u64(items), error_type);
            books.health.last_loss = Some(cause.to_owned());
            if books.health.fail(cause, lost_before) {
                notices.push(notice(cause.to_owned(), self.lost_in(&books)));
            }
            self.queue_notice(&mut books, &mut notices);
        }
        self.say(notices);
    }

    /// Notes that exports fail for now, while `waiting` items are kept for when
    /// the receiver is back. Nothing is lost by that.
    pub(crate) fn held(&self, waiting: usize, cause: &str) {
        let said = {
            let mut books = self.books();
            let lost = self.lost_in(&books);
            let said = !books.closed && books.health.fail(cause, lost);
            said.then_some(lost)
        };
        if let Some(lost) = said {
            let signal = self.signal;
            notice::warn(format_args!(
                "{signal} cannot be exported: {cause} ({waiting} {} wait, {lost} lost so far)",
                notice::items(signal)
            ));
        }
    }

    /// Tells which protocol the receiver speaks, where it was not the one that was
    /// guessed.
    pub(crate) fn speaks(&self, protocol: Protocol) {
        let signal = self.signal;
        notice::info(format_args!(
            "{signal} go by {protocol}, which is what the receiver speaks: set OTEL_EXPORTER_OTLP_PROTOCOL={protocol}"
        ));
    }

    /// Tells that a request of so many bytes was too large for the receiver.
    pub(crate) fn halved(&self, bytes: usize, cause: &str) {
        let may_tell = self.books().health.halving.may_warn(Instant::now());
        if may_tell {
            let signal = self.signal;
            notice::info(format_args!(
                "{signal}: a request of {bytes} bytes is too large for the receiver, and is sent in parts ({cause}); OTELIER_EXPORT_REQUEST_BYTES sets how large requests are"
            ));
        }
    }

    /// Books the loss of items for which there was no room while they waited
    /// for the receiver, in a buffer of `capacity` bytes.
    pub(crate) fn displaced(&self, items: usize, capacity: usize) {
        let said = {
            let mut books = self.books();
            if books.closed {
                return;
            }
            books.settle(items);
            books.displaced += as_u64(items);
            let cause = "there was no more room while the receiver was away";
            books.health.last_loss = Some(cause.to_owned());
            let may_warn = books.health.buffer.may_warn(Instant::now());
            may_warn.then_some(books.displaced)
        };
        if let Some(displaced) = said {
            notice::warn(format_args!(
                "{displaced} {} dropped, the oldest: those that wait for the receiver fill {capacity} bytes; OTELIER_EXPORT_BUFFER_BYTES sets how many may wait",
                notice::items(self.signal),
            ));
        }
    }

    /// Books cumulative points that waited for the receiver until newer ones took
    /// their place.
    pub(crate) fn replaced(&self, items: usize) {
        let mut books = self.books();
        if !books.closed {
            books.settle(items);
            books.replaced += as_u64(items);
        }
    }

    /// Measures an export, once there is something to measure it with: by what
    /// was answered, and why it failed.
    pub(crate) fn took(
        &self,
        elapsed: Duration,
        answer: Option<KeyValue>,
        error_type: Option<&str>,
    ) {
        if let Some((histogram, attributes)) = self.durations.get() {
            let failed = error_type.map(|kind| KeyValue::new(semconv::ERROR_TYPE, kind.to_owned()));
            let attributes: Vec<_> = attributes
                .iter()
                .cloned()
                .chain(answer)
                .chain(failed)
                .collect();
            histogram.record(elapsed.as_secs_f64(), &attributes);
        }
    }

    /// Sets what exports are measured with; the first call counts.
    pub(crate) fn measure(&self, histogram: Histogram<f64>, attributes: Vec<KeyValue>) {
        self.durations.set((histogram, attributes)).ok();
    }

    /// Gives up what still waits, and admits nothing any more: the process ends.
    /// Returns how much that was.
    pub(crate) fn abandon(&self) -> u64 {
        // What is being booked is booked before.
        let mut books = self.books();
        if std::mem::replace(&mut books.closed, true) {
            return 0;
        }
        let left = self.waiting.swap(CLOSED, Relaxed) + std::mem::take(&mut books.inflight);
        books.abandoned += as_u64(left);
        if left > 0 {
            let failing = books.health.failing.as_ref();
            let cause =
                failing.map_or("the process ended before", |failing| failing.cause.as_str());
            books.health.last_loss = Some(cause.to_owned());
        }
        as_u64(left)
    }

    fn queue_notice(&self, books: &mut Books, notices: &mut Vec<Notice>) {
        let health = &mut books.health;
        let dropped = self.queue_full.load(Relaxed);
        if dropped > health.queue_full_said && health.queue.may_warn(Instant::now()) {
            health.queue_full_said = dropped;
            notices.push(Notice::QueueFull {
                dropped,
                capacity: self.capacity,
            });
        }
    }

    /// Outside the lock: a subscriber may be slow, or ask for the status.
    fn say(&self, notices: Vec<Notice>) {
        for notice in notices {
            notice.say(self.signal);
        }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
