//! What a pool tells of itself, and what its callers wait for.

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use opentelemetry::{KeyValue, StringValue, metrics::BoundCounter, trace::SpanBuilder};
use otelier_core::{
    Message, Providers,
    edge::{BoundDurations, Edge, Leaf, PoolState, Pooled, Recorder, Sampled},
    semconv,
};

use super::{
    error::{Failure, TIMEOUT},
    series::system_name,
    telemetry::{Instruments, error_type, start},
};
use crate::{
    config::Config,
    connection_pool::{ConnectionPool, Refusal},
};

/// The name of the span of a long wait.
const NAME: &str = "acquire connection";
/// Shorter waits are in the metric only.
const LONG: Duration = Duration::from_millis(1);

/// A pool, as long as somebody may take connections out of it.
pub(crate) struct Watched<P>(Arc<Shared<P>>);

struct Shared<P> {
    pool: P,
    core: Arc<Core>,
}

/// The part that does not depend on the pool's type.
#[derive(Debug)]
struct Core {
    edge: Edge<Measured>,
    name: Arc<str>,
    root_spans: bool,
    /// How many wait for a connection.
    pending: AtomicI64,
}

/// What a pool is measured with.
#[derive(Debug)]
struct Measured {
    recorder: Arc<Recorder<Instruments>>,
    wait_time: BoundDurations,
    use_time: BoundDurations,
    timeouts: BoundCounter<u64>,
    pool: KeyValue,
}

impl Measured {
    fn new(providers: &Providers, pool: &Arc<dyn Pooled>) -> Self {
        let recorder = Recorder::<Instruments>::of(providers);
        let instruments = &recorder.instruments;
        instruments.pools.add(pool);
        let name = StringValue::from(pool.name().unwrap_or_default());
        let label = KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, name);
        let labels = [label.clone()];
        Self {
            wait_time: instruments.wait_time.bind(&labels),
            use_time: instruments.use_time.bind(&labels),
            timeouts: instruments.pool_timeouts.bind(&labels),
            pool: label,
            recorder,
        }
    }
}

pub(crate) fn watch<P: ConnectionPool>(pool: &P, config: &Config) -> Watched<P> {
    let name: Cow<'_, str> = match (&config.pool_name, &config.address, config.port) {
        (Some(name), ..) => name.as_ref().into(),
        (None, Some(address), Some(port)) => format!("{address}:{port}").into(),
        (None, Some(address), None) => address.as_ref().into(),
        (None, None, _) => system_name(config),
    };
    Watched(Arc::new(Shared {
        pool: pool.clone(),
        core: Arc::new(Core {
            edge: Edge::new(),
            name: name.into(),
            root_spans: config.root_spans,
            pending: AtomicI64::new(0),
        }),
    }))
}

/// Somebody begins to wait.
pub(crate) fn wait<P: ConnectionPool>(watched: &Watched<P>) -> Option<Wait<'_>> {
    let Shared { core, .. } = &*watched.0;
    let measured = core.edge.on(|providers| {
        let pool: Arc<dyn Pooled> = Arc::<Shared<P>>::clone(&watched.0);
        Measured::new(providers, &pool)
    })?;
    core.pending.fetch_add(1, Ordering::Relaxed);
    Some(Wait {
        core,
        measured,
        since: Instant::now(),
        span: start(&measured.recorder, core.root_spans),
        is_over: false,
    })
}

impl<P> Clone for Watched<P> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<P: ConnectionPool> Pooled for Shared<P> {
    fn name(&self) -> Option<Arc<str>> {
        Some(Arc::clone(&self.core.name))
    }

    fn id(&self) -> usize {
        Arc::as_ptr(&self.core).addr()
    }

    fn state(&self) -> PoolState {
        let size = self.pool.size();
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        PoolState {
            idle: number(size.idle),
            used: number(size.used),
            pending: self.core.pending.load(Ordering::Relaxed),
            min: number(size.min),
            limit: number(size.limit),
        }
    }
}

/// One wait. It may be given up.
pub(crate) struct Wait<'a> {
    core: &'a Arc<Core>,
    measured: &'a Measured,
    since: Instant,
    span: Leaf,
    is_over: bool,
}

/// A wait was not in vain, or it was.
pub(crate) fn lent<C>(wait: Option<Wait<'_>>, taken: Result<&C, Refusal<'_>>) -> Option<Lease> {
    let mut wait = wait?;
    wait.is_over = true;
    let waited = wait.since.elapsed();
    match taken {
        Ok(_) => {
            let sampled = || wait.span.above();
            let wait_time = &wait.measured.wait_time;
            wait_time.record(waited.as_secs_f64(), sampled);
            if waited > LONG {
                wait.tell(waited, None);
            }
            Some(Lease(Some((Arc::clone(wait.core), Instant::now()))))
        }
        Err(refusal) => {
            wait.fail(waited, refusal);
            None
        }
    }
}

impl Wait<'_> {
    #[cold]
    fn fail(&mut self, waited: Duration, refusal: Refusal<'_>) {
        let (kind, message) = match refusal {
            Refusal::TimedOut => (TIMEOUT.into(), Message::default()),
            Refusal::Closed => ("pool_closed".into(), Message::default()),
            Refusal::Failed(error) => (Failure::of(error).kind, Failure::message(error)),
            Refusal::Other => ("_OTHER".into(), Message::default()),
        };
        if matches!(refusal, Refusal::TimedOut) {
            self.measured.timeouts.add(1);
        }
        let labels = [self.measured.pool.clone(), error_type(&kind)];
        let errors = &self.measured.recorder.instruments.pool_errors;
        errors.add(1, &labels);
        self.tell(waited, Some((&kind, message)));
    }

    #[cold]
    fn tell(&mut self, waited: Duration, error: Option<(&str, Message)>) {
        let pool = &self.measured.pool;
        let describe = || SpanBuilder::from_name(NAME).with_attributes([pool.clone()]);
        let recorder = &self.measured.recorder;
        self.span.end(recorder, waited, error, describe, |_| {});
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.core.pending.fetch_sub(1, Ordering::Relaxed);
        if !self.is_over {
            let waited = self.since.elapsed();
            if waited > LONG {
                self.tell(waited, None);
            }
        }
    }
}

/// The time for which a connection is out of the pool.
pub(crate) struct Lease(Option<(Arc<Core>, Instant)>);

/// The connection leaves our sight: its return cannot be seen.
pub(crate) fn cancel(lease: Option<Lease>) {
    if let Some(mut lease) = lease {
        lease.0 = None;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some((core, since)) = &self.0
            && let Some(measured) = core.edge.made()
        {
            let used = since.elapsed();
            let sampled = || Sampled::current(used);
            measured.use_time.record(used.as_secs_f64(), sampled);
        }
    }
}
