#![expect(missing_docs, reason = "documented once, in `on`")]

use std::{borrow::Cow, fmt::Display, time::SystemTime};

use crate::{
    AttributeValue, Correlation, Failure, Panicked, Quantity, SpanName, catch::Catch, wire::Carrier,
};

#[cfg(feature = "tokio")]
pub use self::tasks::{JoinSetExt, spawn, spawn_blocking};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(());

impl Context {
    #[inline]
    #[must_use]
    pub fn current() -> Self {
        Self(())
    }

    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        true
    }

    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        std::iter::empty()
    }

    #[inline]
    #[must_use]
    pub fn from_env() -> Self {
        Self(())
    }

    #[inline]
    pub fn env(&self) -> impl Iterator<Item = (&'static str, &str)> {
        std::iter::empty()
    }

    #[inline]
    pub(crate) fn from_json(_: &str) -> Self {
        Self(())
    }

    #[inline]
    pub(crate) fn from_carrier(_: &Carrier) -> Self {
        Self(())
    }
}

#[derive(Clone, Debug)]
#[must_use = "a job is recorded by running it"]
pub struct Job(());

impl Job {
    #[inline]
    pub fn new(_kind: &str) -> Self {
        Self(())
    }

    #[inline]
    pub fn id(self, _id: impl Display) -> Self {
        self
    }

    #[inline]
    pub fn attribute(
        self,
        _key: impl Into<Cow<'static, str>>,
        _value: impl AttributeValue,
    ) -> Self {
        self
    }

    #[inline]
    pub fn enqueued_by(self, _context: &Context) -> Self {
        self
    }

    #[inline]
    pub fn batch<'a>(self, _contexts: impl IntoIterator<Item = &'a Context>) -> Self {
        self
    }

    #[inline]
    pub fn correlation(self, _correlation: Correlation) -> Self {
        self
    }

    #[inline]
    pub fn enqueued_at(self, _time: impl Into<SystemTime>) -> Self {
        self
    }

    #[inline]
    pub fn queue(self, _name: &str) -> Self {
        self
    }

    #[inline]
    pub fn system(self, _name: &'static str) -> Self {
        self
    }

    #[inline]
    pub fn namespace(self, _namespace: &str) -> Self {
        self
    }

    #[inline]
    pub fn span_name(self, _span_name: SpanName) -> Self {
        self
    }

    #[inline]
    pub fn attempt(self, _number: u32) -> Self {
        self
    }

    #[inline]
    pub fn first_attempt(self, _context: &Context) -> Self {
        self
    }

    #[inline]
    pub fn attempts(self) -> Attempts {
        Attempts(())
    }

    #[inline]
    pub fn announced(self) -> Self {
        self
    }

    #[inline]
    pub fn run<F, T, E>(self, future: F) -> impl Future<Output = Result<T, E>>
    where
        F: Future<Output = Result<T, E>>,
        E: Display + 'static,
    {
        future
    }

    #[inline]
    pub fn run_with<F, J>(self, future: F, _judge: J) -> impl Future<Output = F::Output>
    where
        F: Future,
        J: FnOnce(&F::Output) -> Option<Failure>,
    {
        future
    }

    #[inline]
    pub fn run_catching<F, T, E>(self, future: F) -> impl Future<Output = Result<T, E>>
    where
        F: Future<Output = Result<T, E>>,
        E: Display + From<Panicked> + 'static,
    {
        let caught = Catch::new(future);
        async move { caught.await? }
    }
}

#[derive(Clone, Debug)]
#[must_use = "an attempt is made by running it"]
pub struct Attempts(());

impl Iterator for Attempts {
    type Item = Job;

    #[inline]
    fn next(&mut self) -> Option<Job> {
        Some(Job(()))
    }
}

#[inline]
pub fn count(_what: impl Into<Quantity>, _n: u64) {}

#[inline]
pub fn measure(_what: impl Into<Quantity>, _value: f64) {}

#[inline]
pub fn unrecorded<F: Future>(future: F) -> impl Future<Output = F::Output> {
    future
}

#[derive(Debug)]
#[must_use = "the gauge ends when this is dropped"]
pub struct QueueDepth(());

#[inline]
pub fn queue_depth<D>(_queue: &str, _depth: impl Fn() -> D + Send + Sync + 'static) -> QueueDepth
where
    D: AttributeValue,
{
    QueueDepth(())
}

#[inline]
pub fn watch_queue_depth<F, D>(_queue: &str, _depth: F) -> impl Future<Output = ()> + use<F, D>
where
    F: AsyncFnMut() -> D,
    D: AttributeValue,
{
    std::future::pending()
}

#[cfg(feature = "tokio")]
mod tasks {
    use tokio::task::{AbortHandle, JoinHandle, JoinSet};

    #[inline]
    pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        #[expect(clippy::disallowed_methods, reason = "the caller spawns")]
        tokio::task::spawn(future)
    }

    #[inline]
    pub fn spawn_blocking<T: Send + 'static>(
        task: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        tokio::task::spawn_blocking(task)
    }

    pub trait JoinSetExt<T> {
        fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
        where
            F: Future<Output = T> + Send + 'static,
            T: Send;

        fn spawn_blocking_in_context(
            &mut self,
            task: impl FnOnce() -> T + Send + 'static,
        ) -> AbortHandle
        where
            T: Send;
    }

    impl<T: 'static> JoinSetExt<T> for JoinSet<T> {
        #[inline]
        fn spawn_in_context<F>(&mut self, future: F) -> AbortHandle
        where
            F: Future<Output = T> + Send + 'static,
            T: Send,
        {
            self.spawn(future)
        }

        #[inline]
        fn spawn_blocking_in_context(
            &mut self,
            task: impl FnOnce() -> T + Send + 'static,
        ) -> AbortHandle
        where
            T: Send,
        {
            self.spawn_blocking(task)
        }
    }
}

#[cfg(feature = "apalis")]
pub mod apalis {
    use tower_layer::Layer;

    /// The service itself.
    pub type Recorded<S> = S;

    #[derive(Clone, Debug)]
    pub struct JobLayer(());

    impl<S> Layer<S> for JobLayer {
        type Service = S;

        #[inline]
        fn layer(&self, inner: S) -> S {
            inner
        }
    }

    impl JobLayer {
        #[inline]
        #[must_use]
        pub fn correlation(self, _correlation: crate::Correlation) -> Self {
            self
        }
    }

    #[inline]
    #[must_use]
    pub fn layer(_kind: &str) -> JobLayer {
        JobLayer(())
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, task};

    use super::*;

    const _: () = assert!(size_of::<(Context, Job, Attempts, QueueDepth)>() == 0);

    #[test]
    fn a_job_is_its_future() {
        let job = Job::new("bake").id(7).attribute("repo.id", 7);
        let job = job.enqueued_by(&Context::current());
        let future = std::future::ready(Ok::<_, Panicked>(7));
        let size = size_of_val(&future);
        let mut run = pin!(job.run(future));
        assert_eq!(size_of_val(&*run), size);
        let mut cx = task::Context::from_waker(task::Waker::noop());
        assert_eq!(run.as_mut().poll(&mut cx), task::Poll::Ready(Ok(7)));
    }

    #[test]
    fn a_panic_is_caught_without_telemetry_too() {
        async fn burn() -> Result<(), Panicked> {
            panic!("burnt")
        }
        let mut run = pin!(Job::new("bake").run_catching(burn()));
        let mut cx = task::Context::from_waker(task::Waker::noop());
        let ended = run
            .as_mut()
            .poll(&mut cx)
            .map_err(|error| error.to_string());
        let message = "the job panicked: burnt".to_owned();
        assert_eq!(ended, task::Poll::Ready(Err(message)));
    }

    #[test]
    fn any_context_is_read_and_an_empty_one_written() {
        let context =
            r#"{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}"#;
        for text in [context, "{}", "null", "7", "[1]", r#""any""#, r#"{"a":{}}"#] {
            let read: Context = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), "{}");
        }
        assert_eq!(Context::current().to_string(), "");
    }
}
