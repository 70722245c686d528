//! A job that was claimed.

use std::{borrow::Cow, fmt::Display, time::SystemTime};

use crate::{
    catch::Catch,
    context::Context,
    correlation::{Correlation, SpanName},
    facts::{Facts, label},
    failure::{Ending, Failure, Panicked},
    future::JobFuture,
    headers::Headers,
    record::{self, Claim},
    value::AttributeValue,
};

/// A job that was claimed, before it is run; see the [crate] root.
///
/// It is made where a job *was* claimed: polling an empty queue makes none.
/// The span starts when [`run`](Self::run) is called.
///
/// ```
/// use otelier_jobs::Job;
///
/// # async fn index() -> std::io::Result<()> { Ok(()) }
/// # async fn work() -> std::io::Result<()> {
/// Job::new("index").with_id(7).with_queue("default").run(index()).await?;
/// # Ok(()) }
/// ```
///
/// # Cost
/// While telemetry is off nothing is kept or copied, only branched upon.
#[derive(Clone, Debug)]
#[must_use = "a job is recorded by running it"]
pub struct Job(pub(crate) Claim);

impl Job {
    /// Describes a job of a kind, which names the span and is a label of the
    /// metrics: there should be few of them. 128 bytes of it are kept.
    pub fn new(kind: &str) -> Self {
        Self(record::claim(kind))
    }

    /// Describes a job of a kind that came as a message, in the context that its
    /// headers carry.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// # use otelier_jobs::Job;
    /// # async fn bake() -> std::io::Result<()> { Ok(()) }
    /// # async fn work(headers: HashMap<String, String>) -> std::io::Result<()> {
    /// Job::from_headers("bake", &headers).with_system("nats").run(bake()).await
    /// # }
    /// ```
    pub fn from_headers(kind: &str, headers: &impl Headers) -> Self {
        Self::new(kind).with_context(&Context::read_from(headers))
    }

    /// Sets the job's id: `messaging.message.id` and `<namespace>.job.id`.
    pub fn with_id(self, id: impl Display) -> Self {
        self.with(|facts| facts.id = Some(id.to_string().into()))
    }

    /// Adds an attribute under the service's namespace: `repo.id` becomes
    /// `lettuce.repo.id`.
    pub fn with_attribute(
        self,
        key: impl Into<Cow<'static, str>>,
        value: impl AttributeValue,
    ) -> Self {
        self.with(|facts| {
            if let Some(value) = value.into_attribute() {
                facts.attributes.push((key.into(), value));
            }
        })
    }

    /// Joins the job to the span that enqueued it, as [`with_correlation`] says,
    /// and lets it run with that one's baggage.
    ///
    /// While nothing is recorded but context passes through, it runs in the
    /// context of who enqueued it, unless a span is current: there is no span
    /// that could be linked.
    ///
    /// [`with_correlation`]: Self::with_correlation
    pub fn with_context(mut self, context: &Context) -> Self {
        record::enqueued_by(&mut self.0, &context.0);
        self
    }

    /// Says that the job is a batch, and links it to all spans that enqueued
    /// its parts, 128 at most. It runs without their baggage.
    pub fn with_batch<'a>(mut self, contexts: impl IntoIterator<Item = &'a Context>) -> Self {
        let contexts = contexts.into_iter().map(|context| &context.0);
        record::batch(&mut self.0, contexts);
        self
    }

    /// Chooses between a link and a parent, see [`Correlation`].
    pub fn with_correlation(self, correlation: Correlation) -> Self {
        self.with(|facts| facts.correlation = correlation)
    }

    /// Tells since when the job could have run: the time in the queue becomes
    /// an attribute, in seconds, and a metric. Zero if the clock went back.
    pub fn with_enqueued_at(self, time: impl Into<SystemTime>) -> Self {
        self.with(|facts| facts.enqueued_at = Some(time.into()))
    }

    /// Names the queue that the job came from, by default its kind. It is a
    /// label; 128 bytes of it are kept.
    pub fn with_queue(self, name: &str) -> Self {
        self.with(|facts| facts.queue = Some(label(name).into()))
    }

    /// Names what holds the queue (`messaging.system`), such as `postgresql`;
    /// `jobs` by default.
    pub fn with_system(self, name: &'static str) -> Self {
        self.with(|facts| facts.system = name)
    }

    /// Replaces the service's namespace for this job's attributes.
    pub fn with_namespace(self, namespace: &str) -> Self {
        self.with(|facts| facts.namespace = Some(namespace.into()))
    }

    /// Chooses the name of the span, see [`SpanName`].
    pub fn with_span_name(self, span_name: SpanName) -> Self {
        self.with(|facts| facts.span_name = span_name)
    }

    /// Sets the number of the attempt; the first one is 1.
    pub fn with_attempt(self, number: u32) -> Self {
        self.with(|facts| facts.attempt = Some(number))
    }

    /// Links the job to its first attempt, if that was another process's: what
    /// [`Context::current`] gave there. [`attempts`](Self::attempts) does it
    /// within a process.
    pub fn with_first_attempt(mut self, context: &Context) -> Self {
        record::first_attempt(&mut self.0, &context.0);
        self
    }

    /// Makes a job of each attempt: numbered, with a span of its own, linked to
    /// the first. There is no end to them.
    pub fn attempts(self) -> Attempts {
        Attempts::new(self.0)
    }

    /// Has an empty span, `started job.<kind>`, and a log record, `job started`,
    /// sent right away, so that the job is known even if the worker dies before
    /// it ends.
    pub fn with_announcement(self) -> Self {
        self.with(|facts| facts.is_announced = true)
    }

    /// Runs the job: the span starts now, is current whenever the future runs,
    /// and ends with it. An `Err` is a failure of the type's name; a panic is
    /// recorded and goes on.
    ///
    /// # Cancellation
    /// Dropping the future drops the job in its context and ends the span with
    /// the `error.type` `cancelled`, also if it was never polled.
    pub fn run<F, T, E>(self, future: F) -> impl Future<Output = Result<T, E>>
    where
        F: Future<Output = Result<T, E>>,
        E: Display + 'static,
    {
        JobFuture::new(self.0, future, record::by_result)
    }

    /// Runs the job like [`run`](Self::run), and lets `judge` say whether the
    /// output, of whatever type, is a failure.
    pub fn run_with<F, J>(self, future: F, judge: J) -> impl Future<Output = F::Output>
    where
        F: Future,
        J: FnOnce(&F::Output) -> Option<Failure>,
    {
        JobFuture::new(self.0, future, |output: &F::Output| {
            judge(output).map(Ending::Failed)
        })
    }

    /// Runs the job like [`run`](Self::run), and turns a panic into an error.
    /// It does so too while telemetry is off.
    pub fn run_catching<F, T, E>(self, future: F) -> impl Future<Output = Result<T, E>>
    where
        F: Future<Output = Result<T, E>>,
        E: Display + From<Panicked> + 'static,
    {
        let job = JobFuture::new(
            self.0,
            Catch::new(future),
            |output: &Result<_, Panicked>| match output {
                Ok(result) => record::by_result(result),
                Err(panicked) => Some(Ending::Panicked(panicked.clone())),
            },
        );
        async move { job.await? }
    }

    fn with(mut self, set: impl FnOnce(&mut Facts)) -> Self {
        if let Some(facts) = self.0.get_mut() {
            set(facts);
        }
        self
    }
}

/// The attempts at a job, see [`Job::attempts`]: each item is one, to be run.
///
/// The first has what the job was described with; the others do not repeat the
/// time in the queue.
///
/// ```
/// use otelier_jobs::Job;
///
/// # async fn index() -> std::io::Result<()> { Ok(()) }
/// # async fn work() {
/// for attempt in Job::new("index").with_id(7).attempts().take(3) {
///     if attempt.run(index()).await.is_ok() {
///         break;
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an attempt is made by running it"]
pub struct Attempts(Claim);

impl Attempts {
    fn new(mut claim: Claim) -> Self {
        record::join_attempts(&mut claim);
        Self(claim)
    }
}

impl Iterator for Attempts {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        let attempt = self.0.clone();
        if let Some(facts) = self.0.get_mut() {
            facts.attempt = facts.attempt.map(|number| number.saturating_add(1));
            facts.enqueued_at = None;
        }
        Some(Job(attempt))
    }
}
