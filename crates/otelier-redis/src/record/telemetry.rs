//! What is made once: for all connections, and for those of one.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    metrics::{Counter, Meter},
    trace::TraceContextExt as _,
};
use otelier_core::{
    Conventions, Providers,
    edge::{self, Durations, Known, Leaf, Pools, Recorder},
    semconv,
};

use super::{
    series::{Origin, Server},
    shape::Shape,
};
use crate::config::Config;

const TIMEOUTS: &str = "otelier.db.client.operation.timeouts";
const READS: &str = "otelier.cache.reads";
const ERRORS: &str = "otelier.db.client.connection.errors";

/// Servers of which more than these are not remembered between connections.
const MAX_SERVERS: usize = 64;
/// More codes than these are no labels: somebody makes them up.
const MAX_CODES: usize = 64;

/// The instruments of all connections and pools.
pub(super) struct Instruments {
    pub(super) duration: Durations,
    pub(super) timeouts: Counter<u64>,
    pub(super) reads: Counter<u64>,
    pub(super) wait_time: Durations,
    pub(super) use_time: Durations,
    pub(super) pool_timeouts: Counter<u64>,
    pub(super) pool_errors: Counter<u64>,
    pub(super) pools: Pools,
    servers: Known<Server, Origin>,
    codes: Mutex<BTreeSet<Box<str>>>,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        otelier_core::scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let bounds = &semconv::DB_DURATION_BOUNDS;
        let seconds =
            |name, description| Self::seconds(meter, conventions, name, description, bounds);
        let counter = |name, description, unit| {
            let counter = meter.u64_counter(name).with_description(description);
            counter.with_unit(unit).build()
        };
        Self {
            duration: seconds(
                semconv::DB_CLIENT_OPERATION_DURATION,
                "Duration of database client operations.",
            ),
            timeouts: counter(
                TIMEOUTS,
                "Commands that were not answered in time, those that block among them.",
                "{timeout}",
            ),
            reads: counter(
                READS,
                "Keys and fields whose value was asked for, by whether there was one.",
                "{key}",
            ),
            wait_time: seconds(
                semconv::DB_CLIENT_CONNECTION_WAIT_TIME,
                "The time it took to obtain an open connection from the pool.",
            ),
            use_time: seconds(
                semconv::DB_CLIENT_CONNECTION_USE_TIME,
                "The time between borrowing a connection and returning it to the pool.",
            ),
            pool_timeouts: counter(
                semconv::DB_CLIENT_CONNECTION_TIMEOUTS,
                "The number of connection timeouts that have occurred trying to obtain a connection from the pool.",
                "{timeout}",
            ),
            pool_errors: counter(
                ERRORS,
                "Connections that could not be had, by what went wrong.",
                "{error}",
            ),
            pools: Pools::new(meter, conventions),
            servers: Known::new(MAX_SERVERS),
            codes: Mutex::default(),
        }
    }
}

impl Instruments {
    /// Tells whether a code may be a label.
    #[cold]
    pub(super) fn keeps_code(&self, code: &str) -> bool {
        let mut codes = self.codes.lock().unwrap_or_else(PoisonError::into_inner);
        codes.contains(code) || (codes.len() < MAX_CODES && codes.insert(code.into()))
    }
}

/// What a connection or pool, and its clones, record with.
#[derive(Debug)]
pub(crate) struct Telemetry {
    pub(super) recorder: Arc<Recorder<Instruments>>,
    pub(super) origin: Arc<Origin>,
    pub(super) shapes: Box<[Shape]>,
    root_spans: bool,
}

impl Telemetry {
    pub(super) fn new(providers: &Providers, config: &Config, database: i64) -> Self {
        let recorder = Recorder::<Instruments>::of(providers);
        let server = Server::new(config, database);
        let servers = &recorder.instruments.servers;
        let origin = servers.get(&server, || Origin::new(&server));
        let shapes = config.key_shapes.iter();
        Self {
            shapes: shapes.filter_map(|shape| Shape::parse(shape)).collect(),
            root_spans: config.root_spans,
            origin,
            recorder,
        }
    }

    /// Starts a span below what is current, if there is to be one.
    #[inline]
    pub(super) fn start(&self) -> Leaf {
        start(&self.recorder, self.root_spans)
    }
}

/// Starts a span below what is current: outside of a span only if it is asked for.
#[inline]
pub(super) fn start(recorder: &Recorder<Instruments>, root_spans: bool) -> Leaf {
    Context::map_current(|parent| {
        let is_wanted = root_spans || parent.has_active_span();
        // Asked here as well, so that the clock need not be read.
        if is_wanted && !recorder.never_samples(parent) {
            Leaf::start(recorder, parent, SystemTime::now())
        } else {
            Leaf::default()
        }
    })
}

/// An `error.type` as a label.
pub(super) fn error_type(kind: &str) -> KeyValue {
    KeyValue::new(semconv::ERROR_TYPE, kind.to_owned())
}
