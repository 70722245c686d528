//! What travels with a job, from who enqueues it to who runs it.

use std::fmt;

use otelier_core::edge::Traced;

use crate::{
    carrier::{Carrier, FIELDS},
    current::enter,
    record::{self, Around, Fields},
};

/// The fields as variables, in the same order.
const VARIABLES: [&str; 3] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"];

/// The trace and the baggage that a job belongs to.
///
/// In a row or message it is an object of W3C headers (serde), or one text
/// (`Display` and `FromStr`); a service that is off or compiled without
/// telemetry writes the empty one. Nothing that it is made from is an error:
/// what is malformed, or longer than 128 bytes (`traceparent`), 512 bytes
/// (`tracestate`) or 8 KiB (`baggage`), is left out, and a job without a valid
/// `traceparent` begins a new trace.
///
/// It is also made of what services in other languages write: an object whose
/// values are lists, as Go's headers are; a list of pairs, or of objects with `key`
/// or `name` and `value`; such JSON within a
/// text, and within JSON; and fields of the propagators that are set when it is
/// read, such as `{"b3": ".."}`, where it has no `traceparent`. Of JSON within a
/// text 64 KiB are read.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Context(pub(crate) Fields);

impl Context {
    /// Captures the current span and its baggage, the empty context where
    /// there is none, while telemetry is off and nothing passes through, and
    /// where nothing is propagated (`OTEL_PROPAGATORS=none`).
    ///
    /// The form is W3C's whatever else is configured.
    #[must_use]
    pub fn current() -> Self {
        Self(record::current())
    }

    /// Reads the environment of the process, where its parent put a context into
    /// `TRACEPARENT`, `TRACESTATE` and `BAGGAGE`, or into the variables of the
    /// propagators that are set (`B3`, `X_B3_TRACEID`): for programs that run
    /// once for a job, such as those of a scheduler or a pipeline.
    ///
    /// ```
    /// # use otelier_jobs::{Context, Job};
    /// # async fn migrate() -> std::io::Result<()> { Ok(()) }
    /// # async fn main_of_a_program() -> std::io::Result<()> {
    /// let parent = Context::from_env();
    /// Job::new("migrate").with_context(&parent).run(migrate()).await
    /// # }
    /// # drop(main_of_a_program());
    /// ```
    #[must_use]
    pub fn from_env() -> Self {
        Self(record::from_env())
    }

    /// Runs a future in this context, without a span or a metric of its own: what
    /// it records is below the span that the context names, what it sends has that
    /// one's trace and baggage. For what is no job: a message that is answered, a
    /// task that goes on for a request that is over.
    ///
    /// ```
    /// # use otelier_jobs::Context;
    /// # async fn answer() {}
    /// # async fn serve(header: &str) {
    /// let context: Context = header.into();
    /// context.run(answer()).await;
    /// # }
    /// # drop(serve(""));
    /// ```
    /// The context is entered whenever the future runs, and takes the place of the
    /// one around it; an empty one changes nothing, nor does any while telemetry is
    /// off and nothing passes through.
    ///
    /// # Cancellation
    /// Dropping the future drops what it holds in the context, too, also if it was
    /// never polled, or panicked.
    #[inline]
    pub fn run<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        let around: Option<Around> = record::around(&self.0);
        Traced::new(future, around)
    }

    /// Runs a closure in this context, as [`run`](Self::run) does a future.
    #[inline]
    pub fn enter<T>(&self, run: impl FnOnce() -> T) -> T {
        let around: Option<Around> = record::around(&self.0);
        enter(around, run)
    }

    /// Takes what names a span and its baggage out of a carrier.
    pub(crate) fn from_carrier(carrier: &Carrier) -> Self {
        Self(record::from_carrier(carrier))
    }

    /// Goes through the variables of [`from_env`](Self::from_env), for a program
    /// that is started: `Command::new("migrate").envs(Context::current().env())`.
    pub fn env(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.named(VARIABLES)
    }

    /// Tells whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Goes through names and values of the fields that are there, for the
    /// headers or attributes of a message; `collect` makes a context of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.named(FIELDS)
    }

    fn named(&self, names: [&'static str; 3]) -> impl Iterator<Item = (&'static str, &str)> {
        let all: [&str; 3] = record::all(&self.0);
        let fields = names.into_iter().zip(all);
        fields.filter(|(_, value)| !value.is_empty())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
