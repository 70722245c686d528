//! How many jobs wait.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use crate::{
    current::unrecorded,
    record::{self, Asked},
    value::{Attribute, AttributeValue},
};

/// A depth that could not be refreshed for so many collections is not told
/// any more.
const MOST_UNANSWERED: u32 = 2;

/// The gauge of a queue's depth, as long as it lives.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// static WAITING: AtomicU32 = AtomicU32::new(0);
///
/// let depth = otelier_jobs::queue_depth("default", || WAITING.load(Ordering::Relaxed));
/// // Told as long as the guard lives.
/// # drop(depth);
/// ```
#[derive(Debug)]
#[must_use = "the gauge ends when this is dropped"]
pub struct QueueDepth {
    /// Asked as long as it is held.
    _asked: Asked,
}

/// Observes a queue's depth with a closure, which runs on the exporter's
/// thread whenever metrics are collected: it should read a number that is at
/// hand, a whole one of any type. `None` leaves the observation out.
///
/// It may be called before telemetry is set up, and is asked from then on. For a
/// depth that must be asked for there is [`watch_queue_depth`].
pub fn queue_depth<D>(queue: &str, depth: impl Fn() -> D + Send + Sync + 'static) -> QueueDepth
where
    D: AttributeValue,
{
    QueueDepth {
        _asked: record::ask(queue, move || number(depth())),
    }
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
    let watched = Arc::new(Watched::default());
    let asked = Arc::clone(&watched);
    let asked: Asked = record::ask(queue, move || asked.ask());
    async move {
        let _asked = asked;
        loop {
            poll_fn(|cx| watched.poll_asked(cx)).await;
            let known = unrecorded(async { depth().await }).await;
            watched.answer(number(known));
        }
    }
}

/// A whole number, if it is one.
fn number(depth: impl AttributeValue) -> Option<i64> {
    match depth.into_attribute()? {
        Attribute::Int(depth) => Some(depth),
        _ => None,
    }
}

/// What the exporter and the watching future share.
#[derive(Debug)]
struct Watched(Mutex<State>);

#[derive(Debug)]
struct State {
    depth: Option<i64>,
    unanswered: u32,
    waker: Option<Waker>,
}

impl Default for Watched {
    fn default() -> Self {
        let is_on: bool = record::is_on();
        Self(Mutex::new(State {
            depth: None,
            // So that the first collection finds it. Before telemetry is set up
            // nobody asks.
            unanswered: is_on.into(),
            waker: None,
        }))
    }
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
