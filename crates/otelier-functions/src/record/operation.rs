//! The record of one call.

use std::{
    fmt::Display,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    metrics::Meter,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Conventions, Message, Outcome, Record, Run, Source,
    edge::{self, Clock, Recorder, Scope as _, Shared, Span},
    error_name, error_name_of, scope, semconv,
};

use super::{
    attributes::Attributes,
    names::{Names, names},
};

/// The `error.type` of a call whose end nobody waited for.
const CANCELLED: &str = "cancelled";

static TELEMETRY: Shared<Telemetry> = Shared::new();

/// Made once for the process.
#[derive(Debug)]
struct Telemetry(Arc<Recorder<Calls>>);

/// There are spans alone.
#[derive(Debug)]
pub(crate) struct Calls;

impl edge::Instruments for Calls {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(_: &Meter, _: &Conventions) -> Self {
        Self
    }
}

/// A call that is to be recorded, once its body runs.
#[derive(Debug)]
pub(crate) struct Prepared {
    telemetry: Arc<Telemetry>,
    parent: Context,
    attributes: Vec<KeyValue>,
}

/// `None` where nothing is recorded.
pub(crate) fn prepare(describe: impl FnOnce(Attributes) -> Attributes) -> Option<Prepared> {
    let telemetry = TELEMETRY.of(&Source::current(), |providers| {
        Telemetry(Recorder::of(providers))
    })?;
    let parent = Context::current();
    if parent.is_telemetry_suppressed() || telemetry.0.never_samples(&parent) {
        return None;
    }
    let Attributes(attributes) = describe(Attributes::default());
    Some(Prepared {
        telemetry,
        parent,
        attributes,
    })
}

pub(crate) type Running = Run<Operation>;

#[derive(Debug)]
pub(crate) struct Operation {
    span: Span,
}

impl AsRef<Span> for Operation {
    fn as_ref(&self) -> &Span {
        &self.span
    }
}

impl Record for Operation {
    fn record(&mut self, outcome: &Outcome, elapsed: Duration) {
        match outcome {
            Outcome::Dropped => self.span.end(Some(CANCELLED.into()), elapsed),
            outcome => self.span.end_by(outcome, elapsed),
        }
    }
}

pub(crate) fn begin(
    prepared: Option<Prepared>,
    called: &'static Names,
    of: Option<&'static str>,
) -> Option<Running> {
    let Prepared {
        telemetry,
        parent,
        mut attributes,
    } = prepared?;
    let (path, name) = names(called, of);
    attributes.push(KeyValue::new(semconv::CODE_FUNCTION_NAME, path));
    let span = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Internal)
        .with_attributes(attributes);
    let clock = Clock::now();
    let span = telemetry.0.start(span, &parent, clock);
    Some(Run::start_at(clock.ticks, Operation { span }))
}

pub(crate) fn enter<T>(run: &mut Option<Running>, body: impl FnOnce() -> T) -> T {
    match run {
        Some(run) => run.enter(body),
        None => body(),
    }
}

/// Ends a call that came to its end, well or not.
pub(crate) fn end(run: Option<Running>, judge: impl FnOnce() -> Option<Failed>) {
    let Some(run) = run else { return };
    let outcome = match judge() {
        None => Outcome::Done,
        Some(failed) => {
            run.record().span.fail(failed.message, failed.kind);
            Outcome::Failed(failed.kind.into())
        }
    };
    run.finish(outcome);
}

/// What is known of an error.
#[derive(Debug)]
pub(crate) struct Failed {
    kind: &'static str,
    message: Message,
}

#[cold]
pub(crate) fn failed<E: Display>(error: &E) -> Failed {
    failed_as(error_name::<E>(), error)
}

#[cold]
pub(crate) fn failed_in_box<E: Display + 'static>(error: &E) -> Failed {
    failed_as(error_name_of(error), error)
}

fn failed_as(kind: &'static str, error: &impl Display) -> Failed {
    // What it says is the service's own code, which may panic.
    let message = catch_unwind(AssertUnwindSafe(|| Message::of(error)));
    Failed {
        kind,
        message: message.unwrap_or_default(),
    }
}

#[cold]
pub(crate) fn failed_by_type<E>(_: PhantomData<E>) -> Failed {
    Failed {
        kind: error_name::<E>(),
        message: Message::default(),
    }
}
