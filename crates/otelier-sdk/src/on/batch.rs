//! Ended spans and log records on their way to the exporter.
//!
//! In place of the SDK's batch processors. Under load those make three requests
//! of one batch: the batch, what came until their thread was awake, and what
//! came until it was exported. And they wait for a flush for five seconds,
//! whatever the program's bound is.

use std::{
    io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    logs::SdkLogRecord,
};

#[cfg(test)]
mod tests;

/// Items that there is room for from the start; above, it grows as it is needed.
const ROOM: usize = 4096;

/// What batches are exported to.
pub(crate) trait Sink: Send + 'static {
    type Item: Send;

    /// Exports a batch and books what became of it, also where it panics. What is
    /// left in it is dropped.
    fn export(&self, batch: &mut Vec<Self::Item>);

    /// Comes before the first batch.
    fn set_resource(&mut self, resource: &Resource);
}

/// A log record, and the scope that it was made in.
pub(crate) type Logged = (SdkLogRecord, InstrumentationScope);

/// Exports on a thread of its own: batches that are full, and all there is when
/// `delay` has passed since the last export. The first comes `first` after the
/// first item, so that a new program is seen soon.
///
/// How many items may wait is up to who admits them. An export that panics loses
/// its batch, and those after it go on.
pub(crate) struct Batches<S: Sink>(Arc<Shared<S>>);

// Two locks, never held together: who records
// takes `queue` alone, for a push; the thread takes the queue, lets it go, and takes
// `sink` to export, which may last as long as the exporter does. `work` wakes the
// thread: a push that fills a batch or is the first, a flush, the end. `done` wakes who
// flushes or stops: the thread, when it has answered or is gone.
struct Shared<S: Sink> {
    /// Locked while it exports.
    sink: Mutex<S>,
    size: usize,
    delay: Duration,
    first: Duration,
    /// The longest that anybody waits for a flush.
    flush: Duration,
    queue: Mutex<Queue<S::Item>>,
    /// There is something to do for the thread.
    work: Condvar,
    /// It has done what was asked for, or it is gone.
    done: Condvar,
}

struct Queue<T> {
    items: Vec<T>,
    /// There has been an item.
    begun: bool,
    /// How often all that waits was asked for.
    asked: u64,
    /// What was asked for up to here has been exported.
    answered: u64,
    /// Nothing is taken any more.
    closed: bool,
    /// The thread has ended.
    gone: bool,
}

impl<S: Sink> Batches<S> {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has none to give.
    pub(crate) fn start(
        name: &str,
        sink: S,
        size: usize,
        delay: Duration,
        first: Duration,
        flush: Duration,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            sink: Mutex::new(sink),
            size: size.max(1),
            delay,
            first: first.min(delay),
            flush,
            queue: Mutex::new(Queue {
                items: Vec::new(),
                begun: false,
                asked: 0,
                answered: 0,
                closed: false,
                gone: false,
            }),
            work: Condvar::new(),
            done: Condvar::new(),
        });
        let its = Arc::clone(&shared);
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || its.run())?;
        Ok(Self(shared))
    }

    pub(super) fn push(&self, item: S::Item) {
        let mut queue = self.0.queue();
        if queue.closed {
            return;
        }
        queue.items.push(item);
        let is_full = queue.items.len() == self.0.size;
        let is_first = !mem::replace(&mut queue.begun, true);
        drop(queue);
        if is_full || is_first {
            self.0.work.notify_one();
        }
    }

    pub(super) fn flush(&self) -> OTelSdkResult {
        let mut queue = self.0.queue();
        if queue.closed {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        queue.asked += 1;
        let asked = queue.asked;
        let bound = self.0.flush;
        match self.wait(queue, bound, |queue| queue.answered >= asked) {
            true => Ok(()),
            false => Err(OTelSdkError::Timeout(bound)),
        }
    }

    pub(super) fn stop(&self, bound: Duration) -> OTelSdkResult {
        let mut queue = self.0.queue();
        if mem::replace(&mut queue.closed, true) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        if !self.wait(queue, bound, |queue| queue.gone) {
            return Err(OTelSdkError::Timeout(bound));
        }
        Ok(())
    }

    pub(super) fn set_resource(&self, resource: &Resource) {
        self.0.sink().set_resource(resource);
    }

    /// Waits until the thread has `done` something. False if it has not in time.
    fn wait(
        &self,
        queue: MutexGuard<'_, Queue<S::Item>>,
        bound: Duration,
        done: impl Fn(&Queue<S::Item>) -> bool,
    ) -> bool {
        self.0.work.notify_one();
        let waiting = |queue: &mut Queue<_>| !queue.gone && !done(queue);
        let waited = self.0.done.wait_timeout_while(queue, bound, waiting);
        done(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }
}

impl<S: Sink> Drop for Batches<S> {
    fn drop(&mut self) {
        self.0.queue().closed = true;
        self.0.work.notify_one();
    }
}

impl<S: Sink> Shared<S> {
    fn run(&self) {
        let _gone = Gone(self);
        let _own_requests_leave_none = Context::enter_telemetry_suppressed_scope();
        let mut items = Vec::new();
        let mut last = Instant::now();
        let mut is_first = true;
        loop {
            let patience = if is_first {
                self.wait_for_the_first();
                self.first
            } else {
                self.delay.saturating_sub(last.elapsed())
            };
            let (asked, closed) = self.take(&mut items, patience);
            last = Instant::now();
            is_first &= items.is_empty();
            self.export(&mut items);
            let mut queue = self.queue();
            if queue.answered < asked {
                queue.answered = asked;
                self.done.notify_all();
            }
            if closed {
                return;
            }
        }
    }

    /// Waits for the first item, or for being asked or closed without one.
    fn wait_for_the_first(&self) {
        let nothing =
            |queue: &mut Queue<_>| !queue.begun && queue.answered == queue.asked && !queue.closed;
        drop(self.work.wait_while(self.queue(), nothing));
    }

    /// Waits for something to do, and takes it. What is over a full batch waits
    /// for the next one, unless it has waited long enough.
    fn take(&self, items: &mut Vec<S::Item>, patience: Duration) -> (u64, bool) {
        // For what comes until this thread is awake, too.
        items.reserve(ROOM.min(2 * self.size));
        let has_time = |queue: &mut Queue<_>| {
            queue.items.len() < self.size && queue.answered == queue.asked && !queue.closed
        };
        let waited = self
            .work
            .wait_timeout_while(self.queue(), patience, has_time);
        let (mut queue, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        mem::swap(&mut queue.items, items);
        if !timeout.timed_out() && queue.answered == queue.asked && !queue.closed {
            let full = items.len() - items.len() % self.size;
            queue.items.extend(items.drain(full..));
        }
        (queue.asked, queue.closed)
    }

    fn export(&self, items: &mut Vec<S::Item>) {
        if items.len() <= self.size {
            self.export_batch(items);
            return;
        }
        // Each is moved once, however many wait.
        let mut rest = mem::take(items).into_iter();
        let mut batch = Vec::with_capacity(self.size);
        loop {
            batch.extend(rest.by_ref().take(self.size));
            if batch.is_empty() {
                return;
            }
            self.export_batch(&mut batch);
        }
    }

    fn export_batch(&self, batch: &mut Vec<S::Item>) {
        if batch.is_empty() {
            return;
        }
        catch_unwind(AssertUnwindSafe(|| self.sink().export(batch))).ok();
        batch.clear();
    }

    fn queue(&self) -> MutexGuard<'_, Queue<S::Item>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sink(&self) -> MutexGuard<'_, S> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells that the thread has ended, also by a panic.
struct Gone<'a, S: Sink>(&'a Shared<S>);

impl<S: Sink> Drop for Gone<'_, S> {
    fn drop(&mut self) {
        self.0.queue().gone = true;
        self.0.done.notify_all();
    }
}
