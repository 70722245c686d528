//! Ended spans and log records on their way to the exporter.
//!
//! In place of the SDK's batch processors. Under load those make three requests
//! of one batch: the batch, what came until their thread was awake, and what
//! came until it was exported. And they wait for a flush for five seconds,
//! whatever the program's bound is.

use std::{
    fmt, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    logs::{LogProcessor, SdkLogRecord},
    trace::{Span, SpanData, SpanProcessor},
};

use super::admission::FLUSH;

/// What batches are exported to.
pub(crate) trait Sink: Send + 'static {
    type Item: Send;

    /// Exports a batch, and leaves nothing in it; books what became of it.
    fn export(&self, batch: &mut Vec<Self::Item>);

    /// Comes after the last batch.
    fn shutdown(&self, bound: Duration) -> OTelSdkResult;

    /// Comes before the first batch.
    fn set_resource(&mut self, resource: &Resource);
}

/// A log record, and the scope that it was made in.
pub(crate) type Logged = (SdkLogRecord, InstrumentationScope);

/// Exports on a thread of its own: batches that are full, and all there is when
/// `delay` has passed since the last export.
///
/// How many items may wait is up to who admits them.
pub(crate) struct Batches<S: Sink>(Arc<Shared<S>>);

struct Shared<S: Sink> {
    /// Locked while it exports.
    sink: Mutex<S>,
    size: usize,
    delay: Duration,
    queue: Mutex<Queue<S::Item>>,
    /// There is something to do for the thread.
    work: Condvar,
    /// It has done what was asked for, or it is gone.
    done: Condvar,
}

struct Queue<T> {
    items: Vec<T>,
    /// How often all that waits was asked for.
    asked: u64,
    /// What was asked for up to here has been exported.
    answered: u64,
    /// Nothing is taken any more.
    closed: bool,
    /// The thread has ended, or never was.
    gone: bool,
}

impl<S: Sink> Batches<S> {
    /// Starts the thread. Where the system has none to give, items wait until
    /// there is no room for more.
    pub(crate) fn start(name: &str, sink: S, size: usize, delay: Duration) -> Self {
        let shared = Arc::new(Shared {
            sink: Mutex::new(sink),
            size: size.max(1),
            delay,
            queue: Mutex::new(Queue {
                items: Vec::new(),
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
        if thread.spawn(move || its.run()).is_err() {
            shared.queue().gone = true;
        }
        Self(shared)
    }

    fn push(&self, item: S::Item) {
        let mut queue = self.0.queue();
        if queue.closed {
            return;
        }
        queue.items.push(item);
        let is_full = queue.items.len() == self.0.size;
        drop(queue);
        if is_full {
            self.0.work.notify_one();
        }
    }

    fn flush(&self) -> OTelSdkResult {
        let mut queue = self.0.queue();
        if queue.closed {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        queue.asked += 1;
        let asked = queue.asked;
        match self.wait(queue, FLUSH, |queue| queue.answered >= asked) {
            true => Ok(()),
            false => Err(OTelSdkError::Timeout(FLUSH)),
        }
    }

    fn stop(&self, bound: Duration) -> OTelSdkResult {
        let started = Instant::now();
        let mut queue = self.0.queue();
        if mem::replace(&mut queue.closed, true) {
            return Err(OTelSdkError::AlreadyShutdown);
        }
        if !self.wait(queue, bound, |queue| queue.gone) {
            return Err(OTelSdkError::Timeout(bound));
        }
        let left = bound.saturating_sub(started.elapsed());
        self.0.sink().shutdown(left)
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

impl<S: Sink<Item = SpanData>> SpanProcessor for Batches<S> {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.stop(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.sink().set_resource(resource);
    }
}

impl<S: Sink<Item = Logged>> LogProcessor for Batches<S> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.push((record.clone(), scope.clone()));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.stop(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.sink().set_resource(resource);
    }
}

impl<S: Sink> Drop for Batches<S> {
    fn drop(&mut self) {
        self.0.queue().closed = true;
        self.0.work.notify_one();
    }
}

impl<S: Sink> fmt::Debug for Batches<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("size", &self.0.size)
            .field("delay", &self.0.delay)
            .finish_non_exhaustive()
    }
}

impl<S: Sink> Shared<S> {
    fn run(&self) {
        let _gone = Gone(self);
        let _own_requests_leave_none = Context::enter_telemetry_suppressed_scope();
        let mut items = Vec::new();
        let mut last = Instant::now();
        loop {
            let patience = self.delay.saturating_sub(last.elapsed());
            let (asked, closed) = self.take(&mut items, patience);
            last = Instant::now();
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

    /// Waits for something to do, and takes it. What is over a full batch waits
    /// for the next one, unless it has waited long enough.
    fn take(&self, items: &mut Vec<S::Item>, patience: Duration) -> (u64, bool) {
        // With room for what comes until this thread is awake.
        items.reserve(2 * self.size);
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
        let sink = self.sink();
        while items.len() > self.size {
            sink.export(&mut items.drain(..self.size).collect());
        }
        if !items.is_empty() {
            sink.export(items);
            items.clear();
        }
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use opentelemetry::trace::{Tracer as _, TracerProvider as _};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// Tells the names in each batch, and waits where it is told to.
    #[derive(Debug)]
    struct Tell(Sender<Vec<String>>, Mutex<Receiver<()>>);

    impl Sink for Tell {
        type Item = SpanData;

        fn export(&self, batch: &mut Vec<SpanData>) {
            let names = batch.iter().map(|span| span.name.to_string());
            let names: Vec<_> = names.collect();
            assert_ne!(names, ["panics"]);
            let waits = names == ["waits"];
            self.0.send(names).unwrap();
            if waits {
                self.1.lock().unwrap().recv().ok();
            }
        }

        fn shutdown(&self, _: Duration) -> OTelSdkResult {
            Ok(())
        }

        fn set_resource(&mut self, _: &Resource) {}
    }

    struct Rig {
        provider: SdkTracerProvider,
        batches: Receiver<Vec<String>>,
        go_on: Sender<()>,
    }

    fn rig(delay: Duration) -> Rig {
        let (sender, batches) = channel();
        let (go_on, wait) = channel();
        let processor = Batches::start("rig", Tell(sender, Mutex::new(wait)), 3, delay);
        Rig {
            provider: SdkTracerProvider::builder()
                .with_span_processor(processor)
                .build(),
            batches,
            go_on,
        }
    }

    impl Rig {
        fn end(&self, names: &'static [&'static str]) {
            let tracer = self.provider.tracer("rig");
            for name in names {
                drop(tracer.start(*name));
            }
        }

        fn batch(&self) -> Vec<String> {
            self.batches.recv_timeout(LONG).unwrap()
        }

        fn rest(self) -> Vec<Vec<String>> {
            self.provider.shutdown_with_timeout(LONG).unwrap();
            drop(self.provider);
            self.batches.iter().collect()
        }
    }

    #[test]
    fn a_full_batch_leaves_at_once_and_alone() {
        let rig = rig(LONG);
        rig.end(&["a", "b", "c", "d"]);
        assert_eq!(rig.batch(), ["a", "b", "c"]);
        rig.end(&["e", "f"]);
        assert_eq!(rig.batch(), ["d", "e", "f"]);
        assert_eq!(rig.rest(), Vec::<Vec<String>>::new());
    }

    #[test]
    fn what_ends_during_an_export_leaves_in_full_batches() {
        let rig = rig(LONG);
        let provider = rig.provider.clone();
        rig.end(&["waits"]);
        let flush = thread::spawn(move || provider.force_flush());
        assert_eq!(rig.batch(), ["waits"]);
        rig.end(&["a", "b", "c", "d", "e", "f", "g"]);
        rig.go_on.send(()).unwrap();
        flush.join().unwrap().unwrap();
        assert_eq!(rig.batch(), ["a", "b", "c"]);
        assert_eq!(rig.batch(), ["d", "e", "f"]);
        assert_eq!(rig.rest(), [["g"]]);
    }

    #[test]
    fn what_has_waited_long_enough_leaves_in_a_batch_that_is_not_full() {
        let rig = rig(Duration::from_millis(10));
        rig.end(&["a"]);
        assert_eq!(rig.batch(), ["a"]);
    }

    #[test]
    fn a_flush_returns_when_all_that_ended_before_is_exported() {
        let rig = rig(LONG);
        rig.end(&["a", "b", "c", "d", "e"]);
        rig.provider.force_flush().unwrap();
        let batches: Vec<_> = rig.batches.try_iter().flatten().collect();
        assert_eq!(batches, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_shutdown_exports_the_rest_in_batches_of_the_size() {
        let rig = rig(LONG);
        rig.end(&["a", "b", "c", "d"]);
        let batches = rig.rest();
        assert_eq!(batches.concat(), ["a", "b", "c", "d"]);
        assert!(batches.iter().all(|batch| batch.len() <= 3), "{batches:?}");
    }

    #[test]
    fn what_ends_after_the_shutdown_is_not_taken() {
        let rig = rig(LONG);
        rig.provider.shutdown().unwrap();
        rig.end(&["late"]);
        assert!(rig.provider.force_flush().is_err());
        drop(rig.provider);
        assert_eq!(rig.batches.iter().count(), 0);
    }

    #[test]
    fn an_exporter_that_hangs_holds_a_shutdown_no_longer_than_its_bound() {
        let rig = rig(Duration::ZERO);
        rig.end(&["waits"]);
        assert_eq!(rig.batch(), ["waits"]);
        let bound = Duration::from_millis(50);
        assert!(rig.provider.shutdown_with_timeout(bound).is_err());
        rig.go_on.send(()).unwrap();
    }

    #[test]
    fn an_exporter_that_panics_holds_up_nobody() {
        let rig = rig(LONG);
        rig.end(&["panics"]);
        assert!(rig.provider.force_flush().is_err());
        rig.end(&["a", "b", "c", "d"]);
        assert!(rig.provider.force_flush().is_err());
    }
}
