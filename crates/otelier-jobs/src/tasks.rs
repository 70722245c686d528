//! Tasks that run in the context of whoever spawns them.

use otelier_core::edge::Traced;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use crate::{
    current::enter,
    record::{self, Around},
};

/// Spawns a future that runs in the current context: its spans are children of
/// the current one, and [`count`](crate::count) knows the job.
///
/// # Panics
/// Outside a tokio runtime, as [`tokio::task::spawn`] does.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    #[expect(clippy::disallowed_methods, reason = "the caller spawns")]
    tokio::task::spawn(carried(future))
}

/// Runs a closure on a thread where blocking is acceptable, in the current
/// context.
///
/// # Panics
/// Outside a tokio runtime, as [`tokio::task::spawn_blocking`] does.
pub fn spawn_blocking<T: Send + 'static>(
    task: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    tokio::task::spawn_blocking(in_context(task))
}

/// Spawns tasks on a [`JoinSet`] in the current context.
///
/// ```
/// use otelier_jobs::{Job, JoinSetExt as _};
/// use tokio::task::JoinSet;
///
/// # async fn index(_: u32) {}
/// # async fn work() {
/// Job::new("index_all")
///     .run(async {
///         let mut tasks = JoinSet::new();
///         for repository in 0..3 {
///             // Its spans are below the job's.
///             tasks.spawn_in_context(index(repository));
///         }
///         tasks.join_all().await;
///         Ok::<_, std::io::Error>(())
///     })
///     .await
///     .unwrap();
/// # }
/// ```
pub trait JoinSetExt<T> {
    /// Spawns a future as [`spawn`] does.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send;

    /// Runs a closure as [`spawn_blocking`] does.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    fn spawn_blocking_in_context(
        &mut self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> AbortHandle
    where
        T: Send;
}

impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
    fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.spawn(carried(future))
    }

    fn spawn_blocking_in_context(
        &mut self,
        task: impl FnOnce() -> T + Send + 'static,
    ) -> AbortHandle
    where
        T: Send,
    {
        self.spawn_blocking(in_context(task))
    }
}

fn in_context<T>(task: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let context: Option<Around> = record::carried();
    move || enter(context, task)
}

fn carried<F>(future: F) -> Traced<F, Around> {
    Traced::new(future, record::carried())
}
