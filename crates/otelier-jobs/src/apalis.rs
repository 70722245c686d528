//! A layer for workers of [apalis](https://docs.rs/apalis/1) 1.x.
//!
//! ```
//! use apalis_core::task::{Task, builder::TaskBuilder};
//! use otelier_jobs::{Context, apalis};
//!
//! // Who enqueues puts the context into the task's metadata.
//! let task: Task<u64> = TaskBuilder::new(7).metadata(&Context::current()).build();
//! // The worker: `WorkerBuilder::new("indexer").backend(queue).layer(layer).build(clone_index)`.
//! let layer = apalis::layer("clone_index");
//! # let _ = (task, layer);
//! ```

use std::{
    fmt::Display,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, UNIX_EPOCH},
};

use apalis_core::task::Task;
use otelier_core::edge::Kept;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    correlation::Correlation,
    failure::Ending,
    future::JobFuture,
    job::Job,
    record::{self, Layered, layered},
};

/// Makes a layer that records each task as a [`Job`] of a kind, with what
/// apalis knows of it: id, queue, attempt, the time when it was to run, and the
/// context in its metadata.
#[must_use]
pub fn layer(kind: &str) -> JobLayer {
    JobLayer(Kept::new(|| Some((kind.into(), Correlation::default()))))
}

/// Records tasks, see [`layer`].
///
/// See the [example of the module](crate::apalis).
#[derive(Clone, Debug)]
pub struct JobLayer(Kept<(Arc<str>, Correlation)>);

impl JobLayer {
    /// Chooses between a link and a parent, see [`Correlation`].
    #[must_use]
    pub fn with_correlation(self, correlation: Correlation) -> Self {
        Self(self.0.with(|kept| kept.1 = correlation))
    }
}

impl<S> Layer<S> for JobLayer {
    type Service = Layered<S, Recorded<S>>;

    fn layer(&self, inner: S) -> Self::Service {
        layered(inner, |inner| Recorded {
            inner,
            layer: self.clone(),
        })
    }
}

/// A service whose tasks are recorded, see [`layer`].
///
/// See the [example of the module](crate::apalis).
#[derive(Clone, Debug)]
pub struct Recorded<S> {
    inner: S,
    layer: JobLayer,
}

impl<S, Args> Service<Task<Args>> for Recorded<S>
where
    S: Service<Task<Args>, Error: Display + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = TaskFuture<S::Future, S::Response, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, task: Task<Args>) -> Self::Future {
        let (kind, correlation) = match self.layer.0.get() {
            Some((kind, correlation)) => (&**kind, *correlation),
            // Compiled out: there is no such service then.
            None => Default::default(),
        };
        let job = describe(Job::new(kind).with_correlation(correlation), &task);
        TaskFuture {
            job: JobFuture::make(job.0, record::by_result, || self.inner.call(task)),
        }
    }
}

type Judge<T, E> = fn(&Result<T, E>) -> Option<Ending>;

pin_project! {
    /// The future of a recorded task.
    ///
    /// See the [example of the module](crate::apalis).
    pub struct TaskFuture<F, T, E> {
        #[pin]
        job: JobFuture<F, Judge<T, E>>,
    }
}

impl<F, T, E> Future for TaskFuture<F, T, E>
where
    F: Future<Output = Result<T, E>>,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T, E>> {
        self.project().job.poll(cx)
    }
}

otelier_core::shown!([F, T, E] TaskFuture<F, T, E>);

fn describe<Args>(job: Job, task: &Task<Args>) -> Job {
    let task = task.ctx();
    let context = task.metadata().iter().collect();
    // apalis counts an attempt when the service that it wraps begins.
    let attempt = u32::try_from(task.attempt()).unwrap_or(u32::MAX);
    let mut job = job
        .with_system("apalis")
        .with_context(&context)
        .with_attempt(attempt.saturating_add(1));
    if let Some(id) = task.task_id() {
        job = job.with_id(id);
    }
    if let Some(queue) = task.queue() {
        job = job.with_queue(queue.as_ref());
    }
    let since = task.run_at().map(Duration::from_secs);
    if let Some(since) = since.and_then(|since| UNIX_EPOCH.checked_add(since)) {
        job = job.with_enqueued_at(since);
    }
    job
}
