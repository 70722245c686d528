//! Waiting for a connection.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    trace::{Span as _, SpanBuilder, SpanContext, Status, TraceContextExt as _, Tracer as _},
};
use otelier_core::{Run, semconv};
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

/// Takes a connection from the pool, for a call if there is one; a long wait becomes
/// a child of that, or of the current span.
///
/// # Cancellation
/// Safe, as the pool's own; the wait is recorded all the same.
pub(super) async fn acquire<DB: Driver>(
    shared: &Arc<Shared<DB>>,
    call: Option<&Call>,
) -> Result<PoolConnection<DB>, Error> {
    let is_on = shared.is_on();
    let Some(telemetry) = shared.core.telemetry().filter(|_| is_on) else {
        return Ok(PoolConnection::new(
            shared.raw.acquire().await?,
            shared,
            None,
        ));
    };
    let mut wait = Wait::start(&shared.core, telemetry, call);
    let mut acquired = pin!(shared.raw.acquire());
    let result = poll_fn(|cx| {
        let before = shared.raw.size();
        let polled = acquired.as_mut().poll(cx);
        // sqlx tells nobody when it opens a connection, but the pool grows in the
        // very poll that begins to.
        if shared.raw.size() > before {
            wait.opened = Some(Instant::now());
        }
        polled
    })
    .await;
    match result {
        Ok(raw) => {
            let now = wait.succeed();
            Ok(PoolConnection::new(raw, shared, Some(now)))
        }
        Err(error) => {
            wait.fail::<DB>(&error);
            Err(error)
        }
    }
}

/// Takes a connection for a call; if there is none, the call has failed.
pub(super) async fn acquire_for<DB: Driver>(
    shared: &Arc<Shared<DB>>,
    run: &mut Option<Run<Call>>,
) -> Result<PoolConnection<DB>, Error> {
    let call = run.as_ref().map(Run::record);
    let result = acquire(shared, call).await;
    if let Err(error) = &result
        && let Some(run) = run.take()
    {
        Call::fail::<DB>(run, error);
    }
    result
}

/// One wait; its end is recorded when it is dropped.
struct Wait<'a> {
    core: &'a Core,
    telemetry: &'a Telemetry,
    parent: Option<&'a SpanContext>,
    started: Instant,
    ended: Option<Instant>,
    /// When the pool began to open a connection for it.
    opened: Option<Instant>,
    failure: Option<Failure>,
}

impl<'a> Wait<'a> {
    fn start(core: &'a Core, telemetry: &'a Telemetry, call: Option<&'a Call>) -> Self {
        core.pending.fetch_add(1, Ordering::Relaxed);
        Self {
            core,
            telemetry,
            parent: call.map(Call::span_context),
            // Next to nothing has happened since the call started.
            started: call.map_or_else(Instant::now, Call::clock),
            ended: None,
            opened: None,
            failure: None,
        }
    }

    /// Returns when it ended.
    fn succeed(&mut self) -> Instant {
        let now = Instant::now();
        self.ended = Some(now);
        let waited = now.duration_since(self.started);
        self.telemetry.wait_time.record(waited.as_secs_f64());
        if let Some(opened) = self.opened {
            let took = now.duration_since(opened);
            self.telemetry.create_time.record(took.as_secs_f64());
        }
        now
    }

    fn fail<DB: Driver>(&mut self, error: &Error) {
        if matches!(error, Error::PoolTimedOut) {
            self.telemetry.timeouts.add(1);
        }
        self.failure = Failure::of::<DB>(error);
    }

    #[cold]
    fn span(&self, waited: Duration) {
        let now = SystemTime::now();
        let builder = SpanBuilder::from_name(NAME)
            .with_start_time(now.checked_sub(waited).unwrap_or(now))
            .with_attributes([self.core.pool_name()]);
        let cx = Context::current();
        let cx = match self.parent {
            Some(parent) => cx.with_remote_span_context(parent.clone()),
            None => cx,
        };
        let mut span = self.telemetry.tracer.build_with_context(builder, &cx);
        if let Some(failure) = &self.failure {
            let kind = failure.kind.clone().into_owned();
            span.set_attribute(KeyValue::new(semconv::ERROR_TYPE, kind));
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(now);
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.core.pending.fetch_sub(1, Ordering::Relaxed);
        let ended = self.ended.unwrap_or_else(Instant::now);
        let waited = ended.duration_since(self.started);
        if waited > LONG || self.failure.is_some() {
            self.span(waited);
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
