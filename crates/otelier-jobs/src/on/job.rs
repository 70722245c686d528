//! What is known about a job when it is claimed.

use std::{
    borrow::Cow,
    fmt::{self, Display},
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use opentelemetry::{StringValue, Value, trace::SpanContext};
use otelier_core::{Source, cut};

use super::{
    attempts::Attempts,
    context::Context,
    future::JobFuture,
    seen,
    telemetry::{Names, Telemetry},
};
use crate::{Attribute, AttributeValue, Correlation, Failure, Panicked, SpanName, catch::Catch};

/// Longer kinds and queues are cut: they are labels.
const MAX_LABEL: usize = 128;
/// A span keeps 128 links by default.
const MAX_LINKS: usize = 128;

/// A job that was claimed, before it is run; see the [crate] root.
///
/// It is made where a job *was* claimed: polling an empty queue makes none.
/// The span starts when [`run`](Self::run) is called.
///
/// # Cost
/// While telemetry is off nothing is kept or copied, only branched upon.
#[derive(Clone, Debug)]
#[must_use = "a job is recorded by running it"]
pub struct Job(pub(super) State);

#[derive(Clone, Debug)]
pub(super) enum State {
    /// Nothing is known of it.
    Off,
    /// Nothing but who enqueued it, whose context passes through.
    Passing(Option<Box<Context>>),
    Recording(Box<Facts>),
}

#[derive(Clone)]
pub(super) struct Facts {
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) kind: StringValue,
    pub(super) queue: Option<StringValue>,
    pub(super) system: StringValue,
    /// Unless they are those of the service.
    pub(super) names: Option<Names>,
    pub(super) id: Option<String>,
    pub(super) attributes: Vec<(Cow<'static, str>, Value)>,
    pub(super) enqueued_by: Vec<SpanContext>,
    /// Who enqueued it, where that is one.
    pub(super) enqueued: Option<Context>,
    pub(super) batch: Option<usize>,
    pub(super) enqueued_at: Option<SystemTime>,
    pub(super) attempt: Option<u32>,
    pub(super) first_attempt: Option<SpanContext>,
    /// Where the attempts of one loop tell each other about the first.
    pub(super) attempts: Option<Arc<OnceLock<SpanContext>>>,
    pub(super) correlation: Correlation,
    pub(super) span_name: SpanName,
    pub(super) is_announced: bool,
}

impl Job {
    /// Describes a job of a kind, which names the span and is a label of the
    /// metrics: there should be few of them. 128 bytes of it are kept.
    pub fn new(kind: &str) -> Self {
        // Looked for once: while telemetry is off this is all that is done.
        let source = Source::current();
        let Some(telemetry) = Telemetry::of(&source) else {
            return Self(if source.passing().is_some() {
                State::Passing(None)
            } else {
                State::Off
            });
        };
        Self(State::Recording(Box::new(Facts {
            telemetry,
            kind: label(kind),
            queue: None,
            system: "jobs".into(),
            names: None,
            id: None,
            attributes: Vec::new(),
            enqueued_by: Vec::new(),
            enqueued: None,
            batch: None,
            enqueued_at: None,
            attempt: None,
            first_attempt: None,
            attempts: None,
            correlation: Correlation::default(),
            span_name: SpanName::default(),
            is_announced: false,
        })))
    }

    /// Sets the job's id: `messaging.message.id` and `<namespace>.job.id`.
    pub fn id(self, id: impl Display) -> Self {
        self.with(|facts| facts.id = Some(id.to_string()))
    }

    /// Adds an attribute under the service's namespace: `repo.id` becomes
    /// `lettuce.repo.id`.
    pub fn attribute(self, key: impl Into<Cow<'static, str>>, value: impl AttributeValue) -> Self {
        self.with(|facts| {
            let value = match value.into_attribute() {
                None => return,
                Some(Attribute::Bool(value)) => Value::from(value),
                Some(Attribute::Int(value)) => Value::from(value),
                Some(Attribute::Float(value)) => Value::from(value),
                Some(Attribute::Text(value)) => Value::from(value),
            };
            facts.attributes.push((key.into(), value));
        })
    }

    /// Joins the job to the span that enqueued it, as [`correlation`] says,
    /// and lets it run with that one's baggage.
    ///
    /// While nothing is recorded but context passes through, it runs in the
    /// context of who enqueued it, unless a span is current: there is no span
    /// that could be linked.
    ///
    /// [`correlation`]: Self::correlation
    pub fn enqueued_by(mut self, context: &Context) -> Self {
        match &mut self.0 {
            State::Off => {}
            State::Passing(enqueued) => *enqueued = Some(Box::new(context.clone())),
            State::Recording(facts) => {
                facts.enqueued_by.clear();
                facts.enqueued_by.extend(context.span_context());
                facts.enqueued = Some(context.clone());
            }
        }
        self
    }

    /// Says that the job is a batch, and links it to all spans that enqueued
    /// its parts, 128 at most. It runs without their baggage.
    pub fn batch<'a>(mut self, contexts: impl IntoIterator<Item = &'a Context>) -> Self {
        if let State::Passing(enqueued) = &mut self.0 {
            *enqueued = None;
        }
        self.with(|facts| {
            let mut size = 0;
            facts.enqueued = None;
            facts.enqueued_by.clear();
            for context in contexts {
                size += 1;
                if let Some(span) = context.span_context()
                    && facts.enqueued_by.len() < MAX_LINKS
                    && !facts.enqueued_by.contains(&span)
                {
                    facts.enqueued_by.push(span);
                }
            }
            facts.batch = Some(size);
        })
    }

    /// Chooses between a link and a parent, see [`Correlation`].
    pub fn correlation(self, correlation: Correlation) -> Self {
        self.with(|facts| facts.correlation = correlation)
    }

    /// Tells since when the job could have run: the time in the queue becomes
    /// an attribute, in seconds, and a metric. Zero if the clock went back.
    pub fn enqueued_at(self, time: impl Into<SystemTime>) -> Self {
        self.with(|facts| facts.enqueued_at = Some(time.into()))
    }

    /// Names the queue that the job came from, by default its kind. It is a
    /// label; 128 bytes of it are kept.
    pub fn queue(self, name: &str) -> Self {
        self.with(|facts| facts.queue = Some(label(name)))
    }

    /// Names what holds the queue (`messaging.system`), such as `postgresql`;
    /// `jobs` by default.
    pub fn system(self, name: &'static str) -> Self {
        self.with(|facts| facts.system = name.into())
    }

    /// Replaces the service's namespace for this job's attributes.
    pub fn namespace(self, namespace: &str) -> Self {
        self.with(|facts| facts.names = Some(Names::new(namespace)))
    }

    /// Chooses the name of the span, see [`SpanName`].
    pub fn span_name(self, span_name: SpanName) -> Self {
        self.with(|facts| facts.span_name = span_name)
    }

    /// Sets the number of the attempt; the first one is 1.
    pub fn attempt(self, number: u32) -> Self {
        self.with(|facts| facts.attempt = Some(number))
    }

    /// Links the job to its first attempt, if that was another process's: what
    /// [`Context::current`] gave there. [`attempts`](Self::attempts) does it
    /// within a process.
    pub fn first_attempt(self, context: &Context) -> Self {
        self.with(|facts| facts.first_attempt = context.span_context())
    }

    /// Makes a job of each attempt: numbered, with a span of its own, linked to
    /// the first. There is no end to them.
    pub fn attempts(self) -> Attempts {
        Attempts::new(self)
    }

    /// Has an empty span, `started job.<kind>`, and a log record, `job started`,
    /// sent right away, so that the job is known even if the worker dies before
    /// it ends.
    pub fn announced(self) -> Self {
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
        JobFuture::start(self, future, by_result)
    }

    /// Runs the job like [`run`](Self::run), and lets `judge` say whether the
    /// output, of whatever type, is a failure.
    pub fn run_with<F, J>(self, future: F, judge: J) -> impl Future<Output = F::Output>
    where
        F: Future,
        J: FnOnce(&F::Output) -> Option<Failure>,
    {
        JobFuture::start(self, future, |output: &F::Output| {
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
        let job = JobFuture::start(self, Catch::new(future), |output| match output {
            Ok(result) => by_result(result),
            Err(panicked) => Some(Ending::Panicked(panicked.clone())),
        });
        async move { job.await? }
    }

    fn with(mut self, set: impl FnOnce(&mut Facts)) -> Self {
        if let State::Recording(facts) = &mut self.0 {
            set(facts);
        }
        self
    }
}

/// How a job ended, other than well.
pub(super) enum Ending {
    Failed(Failure),
    Panicked(Panicked),
}

pub(super) fn by_result<T, E: Display + 'static>(result: &Result<T, E>) -> Option<Ending> {
    let error = result.as_ref().err()?;
    let mut failure = Failure::new(seen::name(error)).with_message(error);
    failure.stack = seen::stack(error);
    Some(Ending::Failed(failure))
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("kind", &self.kind)
            .field("queue", &self.queue)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn label(text: &str) -> StringValue {
    Arc::<str>::from(cut(text, MAX_LABEL)).into()
}
