//! Waiting for a connection.

use std::{
    future::poll_fn,
    marker::PhantomData,
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, Status},
};
use otelier_core::{Message, Run, context, edge::Sampled, semconv};
use sqlx::{Error, SqlStr};

use super::{
    begin::{Started, begin_own},
    claim::{Claimed, claim},
    error::Failure,
    lease::Lease,
    operation::Operation,
    pool::Handle,
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
pub(crate) async fn acquire<DB: Driver>(pool: &Handle<DB>) -> Result<(Raw<DB>, Lease<DB>), Error> {
    let telemetry = pool.on();
    let mut waited = None;
    let mut raw = take(pool, telemetry.map(Arc::as_ref), None, &mut waited).await?;
    let lease = Lease::new(pool, waited.map(|_| Instant::now()));
    if let Some(telemetry) = telemetry {
        telemetry.identify::<DB>(&mut raw).await;
    }
    Ok((raw, lease))
}

/// Takes a connection for a statement, which is started with the wait.
///
/// # Cancellation
/// As that of [`acquire`].
pub(crate) async fn acquire_for<DB: Driver>(
    pool: &Handle<DB>,
    sql: impl FnOnce() -> SqlStr,
) -> Result<(Raw<DB>, Lease<DB>, Started<DB>), Error> {
    let mut run = None;
    let (raw, since) = match pool.on() {
        None => (pool.raw.acquire().await?, None),
        Some(telemetry) => {
            let sql = sql();
            let begin = |waited| begin_own(telemetry, sql.as_str(), waited);
            let raw = begin_on(pool, telemetry, &mut run, begin).await?;
            (raw, Some(Instant::now()))
        }
    };
    // The connection stays out when the statement has ended.
    if let Some(run) = &mut run {
        run.record_mut().has_connection(None);
    }
    let started = Started {
        run,
        database: PhantomData,
    };
    Ok((raw, Lease::new(pool, since), started))
}

/// Begins an operation in `run`, by a function that is told how long it has waited already, and
/// takes a connection for it. If there is none, the operation has failed.
///
/// # Cancellation
/// As that of [`acquire`].
pub(super) async fn begin_on<DB: Driver>(
    pool: &Handle<DB>,
    telemetry: &Telemetry,
    run: &mut Option<Run<Operation>>,
    begin: impl FnOnce(Duration) -> Run<Operation>,
) -> Result<Raw<DB>, Error> {
    let result = if telemetry.is_identified() {
        let run = run.insert(begin(Duration::ZERO));
        let mut waited = None;
        let result = take(pool, Some(telemetry), Some(run), &mut waited).await;
        run.record_mut().has_connection(waited);
        result
    } else {
        // The pool's first one: who it is that answers is asked before it is recorded.
        let mut unknown = Unknown {
            run,
            begin: Some(begin),
            since: Instant::now(),
            waited: None,
        };
        let mut result = take(pool, Some(telemetry), None, &mut unknown.waited).await;
        if let Ok(raw) = &mut result {
            telemetry.identify::<DB>(raw).await;
        }
        result
    };
    if let (Some(run), Err(error)) = (run, &result) {
        Operation::fail::<DB>(run, error);
    }
    result
}

/// An operation that begins when it is known who answers, or nobody waits for that any more.
struct Unknown<'a, F: FnOnce(Duration) -> Run<Operation>> {
    run: &'a mut Option<Run<Operation>>,
    begin: Option<F>,
    since: Instant,
    waited: Option<Duration>,
}

impl<F: FnOnce(Duration) -> Run<Operation>> Drop for Unknown<'_, F> {
    fn drop(&mut self) {
        if let Some(begin) = self.begin.take() {
            let run = self.run.insert(begin(self.since.elapsed()));
            run.record_mut().has_connection(self.waited);
        }
    }
}

async fn take<DB: Driver>(
    pool: &Handle<DB>,
    telemetry: Option<&Telemetry>,
    run: Option<&mut Run<Operation>>,
    waited: &mut Option<Duration>,
) -> Result<Raw<DB>, Error> {
    let mut wait = telemetry.map(|telemetry| Wait::start(telemetry, run));
    // Not even moved without need, as the pool's future is large.
    let result = match claim::<DB>() {
        // What a connection asks when it opens belongs to the wait for it.
        Some(claim) => {
            let acquired = pin!(Claimed::new(pool.raw.acquire(), Some(claim)));
            watched(pool, &mut wait, acquired).await
        }
        None => watched(pool, &mut wait, pin!(pool.raw.acquire())).await,
    };
    if let Some(wait) = wait {
        match &result {
            Ok(_) => *waited = Some(wait.succeed()),
            Err(error) => wait.fail::<DB>(error),
        }
    }
    result
}

/// Waits, and looks whether a connection is opened for it.
async fn watched<DB: Driver>(
    pool: &Handle<DB>,
    wait: &mut Option<Wait<'_>>,
    mut acquired: Pin<&mut impl Future<Output = Result<Raw<DB>, Error>>>,
) -> Result<Raw<DB>, Error> {
    poll_fn(|cx| {
        let before = pool.raw.size();
        let polled = acquired.as_mut().poll(cx);
        // sqlx tells nobody when it opens a connection, but the pool grows in the
        // very poll that begins to.
        if let Some(wait) = wait
            && pool.raw.size() > before
        {
            wait.opened = Some(Instant::now());
        }
        polled
    })
    .await
}

/// One wait, that of somebody who gives up included.
struct Wait<'a> {
    telemetry: &'a Telemetry,
    began: Began<'a>,
    /// When the pool began to open a connection for it.
    opened: Option<Instant>,
    is_over: bool,
}

enum Began<'a> {
    /// With an operation: next to nothing has happened since.
    With(&'a mut Run<Operation>),
    At(Instant),
}

impl Began<'_> {
    fn elapsed(&self) -> Duration {
        match self {
            Self::With(run) => run.elapsed(),
            Self::At(then) => then.elapsed(),
        }
    }
}

impl<'a> Wait<'a> {
    fn start(telemetry: &'a Telemetry, run: Option<&'a mut Run<Operation>>) -> Self {
        telemetry.waits(1);
        Self {
            telemetry,
            began: match run {
                Some(run) => Began::With(run),
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
        let instruments = &self.telemetry.instruments;
        let sampled = || match &self.began {
            Began::With(run) => run.record().above(),
            Began::At(_) => Sampled::current(waited),
        };
        instruments.wait_time.record(waited.as_secs_f64(), sampled);
        if let Some(opened) = self.opened {
            let took = opened.elapsed().as_secs_f64();
            instruments.create_time.record(took, sampled);
        }
        if waited > LONG {
            self.span(waited, None);
        }
        waited
    }

    fn fail<DB: Driver>(mut self, error: &Error) {
        self.is_over = true;
        if matches!(error, Error::PoolTimedOut) {
            self.telemetry.instruments.timeouts.add(1);
        }
        let failure = Failure::of::<DB>(error);
        if let Some(failure) = &failure {
            self.telemetry
                .instruments
                .failed(failure.kind.clone().into_owned());
        }
        let failure = failure.map(|failure| (failure, Failure::message(error)));
        self.span(self.began.elapsed(), failure);
    }

    #[cold]
    fn span(&mut self, waited: Duration, failure: Option<(Failure, Message)>) {
        let instruments = &self.telemetry.instruments;
        let above = match &mut self.began {
            Began::With(run) => run.record_mut().context().map(context::carried),
            Began::At(_) => None,
        };
        let above = above.unwrap_or_else(|| Context::map_current(context::carried));
        if instruments.recorder.never_samples(&above) {
            return;
        }
        let now = SystemTime::now();
        let mut attributes = vec![instruments.name.clone()];
        let mut status = Status::Unset;
        if let Some((failure, message)) = failure {
            status = message.status(&failure.kind);
            let kind = failure.kind.into_owned();
            attributes.push(KeyValue::new(semconv::ERROR_TYPE, kind));
        }
        let span = SpanBuilder::from_name(NAME)
            .with_start_time(now.checked_sub(waited).unwrap_or(now))
            .with_attributes(attributes);
        instruments.recorder.record(span, &above, status, now);
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.telemetry.waits(-1);
        if !self.is_over {
            let waited = self.began.elapsed();
            if waited > LONG {
                self.span(waited, None);
            }
        }
    }
}
