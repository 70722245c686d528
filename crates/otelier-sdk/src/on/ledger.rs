//! The books of one signal: what was taken, delivered, dropped, refused; and
//! whether exporting works.

use std::{
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{KeyValue, metrics::Histogram};
use otelier_core::semconv;
use otelier_otlp::Signal;

use super::notice::{self, Notice, Pace};
use crate::{Off, SignalStatus, State};

/// One signal's counters and health. Counters are exact; they are read without
/// a common lock, so a sum over them may be off by what moves meanwhile.
#[derive(Debug)]
pub(crate) struct Ledger {
    pub(crate) signal: Signal,
    /// Admitted, not yet handed to the exporter.
    waiting: AtomicUsize,
    /// The bound on `waiting`.
    capacity: usize,
    /// With the exporter right now.
    inflight: AtomicUsize,
    admitted: AtomicU64,
    exported: AtomicU64,
    queue_full: AtomicU64,
    oversized: AtomicU64,
    displaced: AtomicU64,
    abandoned: AtomicU64,
    failed: AtomicU64,
    unprinted: AtomicU64,
    pub(crate) redacted: AtomicU64,
    pub(crate) truncated: AtomicU64,
    /// Set when the process gave up: what ends later changes nothing.
    closed: AtomicBool,
    off: Option<Off>,
    health: Mutex<Health>,
    durations: OnceLock<(Histogram<f64>, [KeyValue; 2])>,
}

#[derive(Debug, Default)]
struct Health {
    failing: Option<Failing>,
    delivery: Pace,
    queue: Pace,
    queue_full_said: u64,
    buffer: Pace,
    printing: Pace,
    last_error_type: Option<String>,
}

impl Health {
    /// Notes a failure. True if people are to be told of it.
    fn fail(&mut self, cause: &str, lost_before: u64) -> bool {
        let may_warn = self.delivery.may_warn(Instant::now());
        let failing = self.failing.get_or_insert_with(|| Failing {
            since: SystemTime::now(),
            cause: String::new(),
            lost_before,
            announced: false,
        });
        cause.clone_into(&mut failing.cause);
        failing.announced |= may_warn;
        may_warn
    }
}

#[derive(Debug)]
struct Failing {
    since: SystemTime,
    cause: String,
    lost_before: u64,
    /// Whether people were told, so that they are told of the recovery too.
    announced: bool,
}

/// A reading of the counters.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) waiting: u64,
    pub(crate) capacity: u64,
    pub(crate) inflight: u64,
    pub(crate) admitted: u64,
    pub(crate) exported: u64,
    pub(crate) queue_full: u64,
    pub(crate) oversized: u64,
    pub(crate) displaced: u64,
    pub(crate) abandoned: u64,
    pub(crate) failed: u64,
    /// Copies that standard output did not take, of items that went elsewhere.
    pub(crate) unprinted: u64,
    pub(crate) redacted: u64,
    pub(crate) truncated: u64,
}

impl Ledger {
    pub(crate) fn new(signal: Signal, capacity: usize, off: Option<Off>) -> Self {
        Self {
            signal,
            waiting: AtomicUsize::new(0),
            capacity,
            inflight: AtomicUsize::new(0),
            admitted: AtomicU64::new(0),
            exported: AtomicU64::new(0),
            queue_full: AtomicU64::new(0),
            oversized: AtomicU64::new(0),
            displaced: AtomicU64::new(0),
            abandoned: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            unprinted: AtomicU64::new(0),
            redacted: AtomicU64::new(0),
            truncated: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            off,
            health: Mutex::default(),
            durations: OnceLock::new(),
        }
    }

    /// Takes a place in the queue, or counts a drop where it is full.
    pub(crate) fn admit(&self) -> bool {
        if self.waiting.fetch_add(1, Relaxed) >= self.capacity {
            self.waiting.fetch_sub(1, Relaxed);
            self.queue_full.fetch_add(1, Relaxed);
            return false;
        }
        self.admitted.fetch_add(1, Relaxed);
        true
    }

    /// Moves items from the queue to the exporter.
    pub(crate) fn take(&self, items: usize) {
        if self.closed.load(Relaxed) {
            return;
        }
        self.waiting.fetch_sub(items, Relaxed);
        self.inflight.fetch_add(items, Relaxed);
    }

    /// Counts items that go to the exporter without a queue.
    pub(crate) fn collect(&self, items: usize) {
        self.admitted.fetch_add(as_u64(items), Relaxed);
        self.inflight.fetch_add(items, Relaxed);
    }

    /// Counts items too large to send.
    pub(crate) fn oversize(&self, items: usize) {
        let _health = self.health();
        if self.closed.load(Relaxed) {
            return;
        }
        self.inflight.fetch_sub(items, Relaxed);
        self.oversized.fetch_add(as_u64(items), Relaxed);
    }

    /// Books a delivery of `items`, of which the receiver rejected some.
    pub(crate) fn delivered(&self, items: usize, rejected: u64, message: Option<&str>) {
        let mut notices = Vec::new();
        {
            let mut health = self.health();
            if self.closed.load(Relaxed) {
                return;
            }
            self.inflight.fetch_sub(items, Relaxed);
            let rejected = rejected.min(as_u64(items));
            self.failed.fetch_add(rejected, Relaxed);
            self.exported.fetch_add(as_u64(items) - rejected, Relaxed);
            if let Some(failing) = health.failing.take().filter(|f| f.announced) {
                notices.push(Notice::Recovered {
                    lost: self.lost().saturating_sub(failing.lost_before),
                });
            }
            if rejected > 0 && health.delivery.may_warn(Instant::now()) {
                let message = message.unwrap_or("no reason given").to_owned();
                notices.push(Notice::Rejected { rejected, message });
            }
            self.queue_notice(&mut health, &mut notices);
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
        if self.closed.load(Relaxed) {
            return;
        }
        let before = self.unprinted.fetch_add(as_u64(items), Relaxed);
        if self.health().printing.may_warn(Instant::now()) {
            self.say(vec![Notice::Unprinted {
                cause: cause.to_owned(),
                lost: before + as_u64(items),
            }]);
        }
    }

    fn fail(&self, items: usize, cause: &str, error_type: &str, notice: fn(String, u64) -> Notice) {
        let mut notices = Vec::new();
        {
            let mut health = self.health();
            if self.closed.load(Relaxed) {
                return;
            }
            let lost_before = self.lost();
            self.inflight.fetch_sub(items, Relaxed);
            self.failed.fetch_add(as_u64(items), Relaxed);
            health.last_error_type = Some(error_type.to_owned());
            if health.fail(cause, lost_before) {
                notices.push(notice(cause.to_owned(), self.lost()));
            }
            self.queue_notice(&mut health, &mut notices);
        }
        self.say(notices);
    }

    /// Notes that exports fail for now, while `waiting` items are kept for when
    /// the receiver is back. Nothing is lost by that.
    pub(crate) fn held(&self, waiting: usize, cause: &str) {
        let lost = self.lost();
        let said = {
            let mut health = self.health();
            !self.closed.load(Relaxed) && health.fail(cause, lost)
        };
        if said {
            let signal = self.signal;
            notice::warn(format_args!(
                "{signal} cannot be exported: {cause} ({waiting} {} wait, {lost} lost so far)",
                notice::items(signal)
            ));
        }
    }

    /// Books the loss of items for which there was no room while they waited
    /// for the receiver, in a buffer of `capacity` bytes.
    pub(crate) fn displaced(&self, items: usize, capacity: usize) {
        let said = {
            let mut health = self.health();
            if self.closed.load(Relaxed) {
                return;
            }
            self.inflight.fetch_sub(items, Relaxed);
            self.displaced.fetch_add(as_u64(items), Relaxed);
            health.buffer.may_warn(Instant::now())
        };
        if said {
            notice::warn(format_args!(
                "{} {} dropped, the oldest: those that wait for the receiver fill {capacity} bytes; OTELIER_EXPORT_BUFFER_BYTES sets how many may wait",
                self.displaced.load(Relaxed),
                notice::items(self.signal),
            ));
        }
    }

    /// Measures an export, once there is something to measure it with.
    pub(crate) fn took(&self, elapsed: Duration, error_type: Option<&str>) {
        if let Some((histogram, attributes)) = self.durations.get() {
            let mut attributes = attributes.to_vec();
            attributes
                .extend(error_type.map(|kind| KeyValue::new(semconv::ERROR_TYPE, kind.to_owned())));
            histogram.record(elapsed.as_secs_f64(), &attributes);
        }
    }

    /// Sets what exports are measured with; the first call counts.
    pub(crate) fn measure(&self, histogram: Histogram<f64>, attributes: [KeyValue; 2]) {
        self.durations.set((histogram, attributes)).ok();
    }

    /// Gives up what still waits: the process ends. Returns how much that was.
    pub(crate) fn abandon(&self) -> u64 {
        // What is being booked is booked before.
        let _health = self.health();
        self.closed.store(true, Relaxed);
        let left = self.waiting.swap(0, Relaxed) + self.inflight.swap(0, Relaxed);
        self.abandoned.fetch_add(as_u64(left), Relaxed);
        as_u64(left)
    }

    /// Everything that will never arrive.
    pub(crate) fn lost(&self) -> u64 {
        let counts = self.counts();
        counts.dropped() + counts.failed
    }

    /// What the last failed export met, while exports fail.
    pub(crate) fn cause(&self) -> Option<String> {
        let health = self.health();
        health.failing.as_ref().map(|failing| failing.cause.clone())
    }

    /// The `error.type` of the last failure.
    pub(crate) fn last_error_type(&self) -> Option<String> {
        self.health().last_error_type.clone()
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts {
            waiting: as_u64(self.waiting.load(Relaxed)),
            capacity: as_u64(self.capacity),
            inflight: as_u64(self.inflight.load(Relaxed)),
            admitted: self.admitted.load(Relaxed),
            exported: self.exported.load(Relaxed),
            queue_full: self.queue_full.load(Relaxed),
            oversized: self.oversized.load(Relaxed),
            displaced: self.displaced.load(Relaxed),
            abandoned: self.abandoned.load(Relaxed),
            failed: self.failed.load(Relaxed),
            unprinted: self.unprinted.load(Relaxed),
            redacted: self.redacted.load(Relaxed),
            truncated: self.truncated.load(Relaxed),
        }
    }

    pub(crate) fn status(&self) -> SignalStatus {
        let counts = self.counts();
        let state = match (&self.off, &self.health().failing) {
            (Some(off), _) => State::Off(off.clone()),
            (None, None) => State::Exporting,
            (None, Some(failing)) => State::Failing {
                since: failing.since,
                cause: failing.cause.clone(),
            },
        };
        SignalStatus {
            state,
            exported: counts.exported,
            dropped: counts.dropped(),
            failed: counts.failed,
        }
    }

    fn queue_notice(&self, health: &mut Health, notices: &mut Vec<Notice>) {
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

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    /// Never left the process.
    pub(crate) fn dropped(&self) -> u64 {
        self.queue_full + self.oversized + self.displaced + self.abandoned
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
