//! Waiting for a connection.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanBuilder, Tracer as _},
};
use otelier_core::{Message, Run, semconv};
use sqlx::Error;

use super::{
    call::Call,
    connection::PoolConnection,
    failure::Failure,
    shared::{Core, Shared},
    telemetry::Telemetry,
};
use crate::driver::Driver;

/// The name of the span of a long wait.
const NAME: &str = "acquire connection";
/// Shorter waits are in the metric only.
const LONG: Duration = Duration::from_millis(1);

type Raw<DB> = sqlx::pool::PoolConnection<DB>;

/// Takes a connection from the pool; a long wait becomes a child of the current span.
///
/// # Cancellation
/// Safe, as the pool's own; the wait is recorded all the same.
pub(super) async fn acquire<DB: Driver>(
    shared: &Arc<Shared<DB>>,
) -> Result<PoolConnection<DB>, Error> {
    let mut waited = None;
    let mut raw = take(shared, shared.telemetry(), None, &mut waited).await?;
    shared.identify(&mut raw).await;
    let since = waited.map(|_| Instant::now());
    Ok(PoolConnection::new(raw, shared, since))
}

/// Starts a call in `run`, by a function that is told how long it has waited already, and takes
/// a connection for it. If there is none, the call has failed.
///
/// # Cancellation
/// As that of [`acquire`].
pub(super) async fn acquire_for<DB: Driver>(
    shared: &Arc<Shared<DB>>,
    run: &mut Option<Run<Call>>,
    start: impl FnOnce(Duration) -> Option<Run<Call>>,
) -> Result<Raw<DB>, Error> {
    let mut waited = None;
    let result = if shared.core.is_identified() {
        *run = start(Duration::ZERO);
        let telemetry = shared.core.telemetry().filter(|_| run.is_some());
        take(shared, telemetry, run.as_mut(), &mut waited).await
    } else {
        // The pool's first one: who it is that answers is asked before it is recorded.
        let began = Instant::now();
        let mut result = take(shared, shared.telemetry(), None, &mut waited).await;
        if let Ok(raw) = &mut result {
            shared.identify(raw).await;
        }
        *run = start(began.elapsed());
        result
    };
    if let Some(run) = run {
        run.record_mut().has_connection(waited);
        if let Err(error) = &result {
            Call::fail::<DB>(run, error);
        }
    }
    result
}

async fn take<DB: Driver>(
    shared: &Arc<Shared<DB>>,
    telemetry: Option<&Arc<Telemetry>>,
    call: Option<&mut Run<Call>>,
    waited: &mut Option<Duration>,
) -> Result<Raw<DB>, Error> {
    let mut wait = telemetry.map(|telemetry| Wait::start(&shared.core, telemetry, call));
    let mut acquired = pin!(shared.raw.acquire());
    let result = poll_fn(|cx| {
        let before = shared.raw.size();
        let polled = acquired.as_mut().poll(cx);
        // sqlx tells nobody when it opens a connection, but the pool grows in the
        // very poll that begins to.
        if let Some(wait) = &mut wait
            && shared.raw.size() > before
        {
            wait.opened = Some(Instant::now());
        }
        polled
    })
    .await;
    if let Some(wait) = wait {
        match &result {
            Ok(_) => *waited = Some(wait.succeed()),
            Err(error) => wait.fail::<DB>(error),
        }
    }
    result
}

/// One wait, that of somebody who gives up included.
struct Wait<'a> {
    core: &'a Core,
    telemetry: &'a Telemetry,
    began: Began<'a>,
    /// When the pool began to open a connection for it.
    opened: Option<Instant>,
    is_over: bool,
}

enum Began<'a> {
    /// With a call: next to nothing has happened since.
    With(&'a mut Run<Call>),
    At(Instant),
}

impl Began<'_> {
    fn elapsed(&self) -> Duration {
        match self {
            Self::With(call) => call.elapsed(),
            Self::At(then) => then.elapsed(),
        }
    }
}

impl<'a> Wait<'a> {
    fn start(core: &'a Core, telemetry: &'a Telemetry, call: Option<&'a mut Run<Call>>) -> Self {
        core.pending.fetch_add(1, Ordering::Relaxed);
        Self {
            core,
            telemetry,
            began: match call {
                Some(call) => Began::With(call),
                None => Began::At(Instant::now()),
            },
            opened: None,
            is_over: false,
        }
    }

    /// Tells how long it took.
    fn succeed(mut self) -> Duration {
        self.is_over = true;
        let waited = self.began.elapsed();
        self.telemetry.wait_time.record(waited.as_secs_f64());
        if let Some(opened) = self.opened {
            let took = opened.elapsed().as_secs_f64();
            self.telemetry.create_time.record(took);
        }
        if waited > LONG {
            self.span(waited, None);
        }
        waited
    }

    fn fail<DB: Driver>(mut self, error: &Error) {
        self.is_over = true;
        if matches!(error, Error::PoolTimedOut) {
            self.telemetry.timeouts.add(1);
        }
        let failure = Failure::of::<DB>(error);
        if let Some(failure) = &failure {
            self.telemetry.failed(failure.kind.clone().into_owned());
        }
        let failure = failure.map(|failure| (failure, Failure::message(error)));
        self.span(self.began.elapsed(), failure);
    }

    #[cold]
    fn span(&mut self, waited: Duration, failure: Option<(Failure, Message)>) {
        let now = SystemTime::now();
        let builder = SpanBuilder::from_name(NAME)
            .with_start_time(now.checked_sub(waited).unwrap_or(now))
            .with_attributes([self.core.pool_name()]);
        let cx = Context::current();
        let cx = match &mut self.began {
            Began::With(call) => call.record_mut().below(&cx),
            Began::At(_) => cx,
        };
        let mut span = self.telemetry.tracer.build_with_context(builder, &cx);
        if let Some((failure, message)) = failure {
            span.set_status(message.status(&failure.kind));
            let kind = failure.kind.into_owned();
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, kind));
        }
        span.end_with_timestamp(now);
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.core.pending.fetch_sub(1, Ordering::Relaxed);
        if !self.is_over {
            let waited = self.began.elapsed();
            if waited > LONG {
                self.span(waited, None);
            }
        }
    }
}

/// The time for which a connection is out of the pool.
#[derive(Debug)]
pub(super) struct Lease {
    core: Arc<Core>,
    since: Option<Instant>,
}

impl Lease {
    pub(super) fn new(core: &Arc<Core>, since: Instant) -> Self {
        Self {
            core: Arc::clone(core),
            since: Some(since),
        }
    }

    /// The connection leaves our sight: its return cannot be seen.
    pub(super) fn cancel(mut self) {
        self.since = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let (Some(telemetry), Some(since)) = (self.core.telemetry(), self.since) {
            telemetry.use_time.record(since.elapsed().as_secs_f64());
        }
    }
}
