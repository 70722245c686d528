//! How many jobs wait.

use std::{
    fmt,
    future::{pending, poll_fn},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use opentelemetry::KeyValue;
use otelier_core::{Observed, Providers, semconv};

use super::{
    current::unrecorded,
    telemetry::{self, DEPTH, Telemetry},
};
use crate::{Attribute, AttributeValue};

/// A depth that could not be refreshed for so many collections is not told
/// any more.
const MOST_UNANSWERED: u32 = 2;

/// The gauge of a queue's depth, as long as it lives.
#[derive(Debug)]
#[must_use = "the gauge ends when this is dropped"]
pub struct QueueDepth {
    /// Asked as long as it is held.
    _asked: Option<Arc<Depth>>,
}

/// Observes a queue's depth with a closure, which runs on the exporter's
/// thread whenever metrics are collected: it should read a number that is at
/// hand, a whole one of any type. `None` leaves the observation out.
///
/// Takes effect if telemetry was set up before. For a depth that must be asked
/// for there is [`watch_queue_depth`].
pub fn queue_depth<D>(queue: &str, depth: impl Fn() -> D + Send + Sync + 'static) -> QueueDepth
where
    D: AttributeValue,
{
    let asked = Telemetry::current().map(|telemetry| {
        let depth = move || number(depth());
        ask(&telemetry.providers, queue, depth)
    });
    QueueDepth { _asked: asked }
}

/// Observes a queue's depth with an asynchronous closure, such as a query.
///
/// The future that is returned asks for the depth once for every collection of
/// metrics, and never ends; spawn it. The exporter does not wait for it: what is
/// exported is one collection old. What the closure does is not recorded.
/// A depth that is `None`, or that was not refreshed for three collections, is
/// left out.
///
/// # Cancellation
/// Dropping the future ends the gauge.
pub fn watch_queue_depth<F, D>(queue: &str, mut depth: F) -> impl Future<Output = ()> + use<F, D>
where
    F: AsyncFnMut() -> D,
    D: AttributeValue,
{
    let watched = Telemetry::current().map(|telemetry| {
        let watched = Arc::new(Watched::default());
        let asked = Arc::clone(&watched);
        let asked = ask(&telemetry.providers, queue, move || asked.ask());
        (watched, asked)
    });
    async move {
        let Some((watched, _asked)) = watched else {
            return pending().await;
        };
        loop {
            let known = unrecorded(async { depth().await }).await;
            watched.answer(number(known));
            poll_fn(|cx| watched.poll_asked(cx)).await;
        }
    }
}

/// A queue, and who knows its depth.
struct Depth {
    labels: [KeyValue; 1],
    ask: Box<dyn Fn() -> Option<i64> + Send + Sync>,
}

impl fmt::Debug for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Depth")
            .field("labels", &self.labels)
            .finish_non_exhaustive()
    }
}

/// The gauge of all queues.
struct Depths(Observed<Depth>);

impl Depths {
    fn new(providers: &Providers) -> Self {
        let depths = Observed::<Depth>::new();
        let asked = depths.clone();
        // The instrument lives in the meter; the handle is not needed.
        let _gauge = providers
            .meter(telemetry::scope())
            .i64_observable_gauge(DEPTH)
            .with_description("Number of jobs that wait in the queue.")
            .with_unit("{job}")
            .with_callback(move |gauge| {
                asked.each(|queue| {
                    if let Some(depth) = (queue.ask)() {
                        gauge.observe(depth, &queue.labels);
                    }
                });
            })
            .build();
        Self(depths)
    }
}

/// Asks for a depth at each collection, as long as what is returned is held.
fn ask(
    providers: &Providers,
    queue: &str,
    depth: impl Fn() -> Option<i64> + Send + Sync + 'static,
) -> Arc<Depth> {
    let queue = Arc::<str>::from(queue);
    let asked = Arc::new(Depth {
        labels: [KeyValue::new(semconv::MESSAGING_DESTINATION_NAME, queue)],
        ask: Box::new(depth),
    });
    providers.once(Depths::new).0.add(&asked);
    asked
}

/// A whole number, if it is one.
fn number(depth: impl AttributeValue) -> Option<i64> {
    match depth.into_attribute()? {
        Attribute::Int(depth) => Some(depth),
        _ => None,
    }
}

/// What the exporter and the watching future share.
#[derive(Debug, Default)]
struct Watched(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    depth: Option<i64>,
    unanswered: u32,
    waker: Option<Waker>,
}

impl Watched {
    /// Called by the exporter: the depth as it was known last.
    fn ask(&self) -> Option<i64> {
        let mut state = self.lock();
        let known = (state.unanswered <= MOST_UNANSWERED).then_some(state.depth);
        state.unanswered = state.unanswered.saturating_add(1);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        known.flatten()
    }

    fn answer(&self, depth: Option<i64>) {
        let mut state = self.lock();
        state.depth = depth;
        state.unanswered = 0;
    }

    fn poll_asked(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.lock();
        if state.unanswered > 0 {
            return Poll::Ready(());
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
