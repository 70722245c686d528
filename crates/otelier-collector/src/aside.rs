//! Answers are made on one thread of their own, of lower priority: who sends waits for none of
//! them, and one core at most is busy with them, however many are asked for.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    thread,
};
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
    task::JoinHandle,
};

/// How much lower. A thread that is woken by a request takes the place of one that is so much
/// lower at once, where it would wait for up to four milliseconds for an equal one; beside others
/// that compute, it still gets a part of the time.
#[cfg(target_os = "linux")]
const LOWER: i32 = 10;

/// The way to the thread, which starts with the first question and ends with the last of these.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aside(Arc<OnceLock<Option<Thread>>>);

#[derive(Debug)]
struct Thread {
    handle: Handle,
    /// When this is gone, the thread ends.
    _here: oneshot::Sender<()>,
}

impl Aside {
    /// Does this work there; `None` when it has come to no end. Where there is no such thread, it
    /// is done here.
    ///
    /// # Cancellation
    /// When the future is dropped, the work is, too, at the next moment at which it waits.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        match self.0.get_or_init(start) {
            Some(thread) => Work(thread.handle.spawn(work)).await,
            None => Some(work.await),
        }
    }
}

/// Work that ends with who waits for it.
struct Work<T>(JoinHandle<T>);

impl<T> Future for Work<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let done = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(done.ok())
    }
}

impl<T> Drop for Work<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn start() -> Option<Thread> {
    let (here, gone) = oneshot::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let work = move || {
        step_back();
        let Ok(runtime) = Builder::new_current_thread().enable_time().build() else {
            return;
        };
        // The other end waits for it.
        let _ = tell.send(runtime.handle().clone());
        // An error is what it waits for.
        let _ = runtime.block_on(gone);
        runtime.shutdown_background();
    };
    let thread = thread::Builder::new().name("answers".into()).spawn(work);
    thread.ok()?;
    let handle = told.recv().ok()?;
    Some(Thread {
        handle,
        _here: here,
    })
}

#[cfg(target_os = "linux")]
fn step_back() {
    // It is of this thread alone, and of those that it starts; without it, it runs as others do.
    let _ = rustix::process::nice(LOWER);
}

/// Elsewhere it would be the whole process.
#[cfg(not(target_os = "linux"))]
const fn step_back() {}

#[cfg(test)]
mod tests {
    use super::Aside;
    use std::{future::pending, thread, time::Duration};
    use tokio::{sync::oneshot, time::timeout};

    #[tokio::test]
    async fn work_is_done_on_one_other_thread() {
        let aside = Aside::default();
        let name = || async { thread::current().name().map(ToOwned::to_owned) };
        let first = aside.run(name()).await.unwrap();
        assert_eq!(first.as_deref(), Some("answers"));
        let id = || async { thread::current().id() };
        let (one, other) = tokio::join!(aside.run(id()), aside.run(id()));
        assert_eq!(one, other);
        assert_ne!(one, Some(thread::current().id()));
    }

    #[tokio::test]
    async fn work_ends_with_who_waits_for_it() {
        let aside = Aside::default();
        let (held, gone) = oneshot::channel::<()>();
        let work = aside.run(async move {
            let _held = held;
            pending::<()>().await;
        });
        let dropped = timeout(Duration::ZERO, work).await;
        assert!(dropped.is_err());
        assert!(gone.await.is_err());
    }

    #[tokio::test]
    async fn work_that_panics_comes_to_no_end() {
        let aside = Aside::default();
        let none = aside.run(async { panic!("on purpose") }).await;
        assert_eq!(none, None::<()>);
        assert_eq!(aside.run(async { 7 }).await, Some(7));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_thread_stands_back_and_no_other_does() {
        let aside = Aside::default();
        let nice = || rustix::process::getpriority_process(None).unwrap();
        let before = nice();
        let there = aside.run(async move { nice() }).await.unwrap();
        assert_eq!(there, (before + super::LOWER).min(19));
        assert_eq!(nice(), before);
    }

    #[tokio::test]
    async fn the_thread_ends_with_the_last_way_to_it() {
        let aside = Aside::default();
        let (held, gone) = oneshot::channel::<()>();
        let handle = aside.run(async { tokio::runtime::Handle::current() });
        let handle = handle.await.unwrap();
        handle.spawn(async move {
            let _held = held;
            pending::<()>().await;
        });
        drop(aside);
        assert!(gone.await.is_err());
    }
}
