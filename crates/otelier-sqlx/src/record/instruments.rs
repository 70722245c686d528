//! The instruments of all pools, and those of one.

use std::sync::Arc;

use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{BoundCounter, Counter, Histogram, Meter},
};
use otelier_core::{
    Conventions, Providers,
    edge::{self, BoundDurations, Durations, Recorder},
    name_error, semconv,
};

const ERRORS: &str = "otelier.db.client.connection.errors";
const CLOSED: &str = "otelier.db.client.connection.closed";

const ROWS_BOUNDS: [f64; 13] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0,
];

/// Made once for each set of providers.
pub(super) struct Instruments {
    pub(super) duration: Durations,
    pub(super) rows: Histogram<u64>,
    create_time: Durations,
    wait_time: Durations,
    use_time: Durations,
    timeouts: Counter<u64>,
    errors: Counter<u64>,
    closed: Counter<u64>,
    pools: edge::Pools,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        otelier_core::scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        name_error::<sqlx::Error>();
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
            rows: meter
                .u64_histogram(semconv::DB_CLIENT_RESPONSE_RETURNED_ROWS)
                .with_description(
                    "The actual number of records returned by the database operation.",
                )
                .with_unit("{row}")
                .with_boundaries(ROWS_BOUNDS.to_vec())
                .build(),
            create_time: seconds(
                semconv::DB_CLIENT_CONNECTION_CREATE_TIME,
                "The time it took to create a new connection.",
            ),
            wait_time: seconds(
                semconv::DB_CLIENT_CONNECTION_WAIT_TIME,
                "The time it took to obtain an open connection from the pool.",
            ),
            use_time: seconds(
                semconv::DB_CLIENT_CONNECTION_USE_TIME,
                "The time between borrowing a connection and returning it to the pool.",
            ),
            timeouts: counter(
                semconv::DB_CLIENT_CONNECTION_TIMEOUTS,
                "The number of connection timeouts that have occurred trying to obtain a connection from the pool.",
                "{timeout}",
            ),
            errors: counter(
                ERRORS,
                "Connections that could not be had, by what went wrong.",
                "{error}",
            ),
            closed: counter(
                CLOSED,
                "Connections that were closed by hand or taken out of the pool.",
                "{connection}",
            ),
            pools: edge::Pools::new(meter, conventions),
        }
    }
}

/// What one pool records with.
#[derive(Debug)]
pub(super) struct PoolInstruments {
    pub(super) recorder: Arc<Recorder<Instruments>>,
    pub(super) create_time: BoundDurations,
    pub(super) wait_time: BoundDurations,
    pub(super) use_time: BoundDurations,
    pub(super) timeouts: BoundCounter<u64>,
    /// The pool's name.
    pub(super) name: KeyValue,
}

impl PoolInstruments {
    pub(super) fn new(providers: &Providers, name: Arc<str>) -> Self {
        let recorder = Recorder::<Instruments>::of(providers);
        let name = KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, name);
        let labels = std::slice::from_ref(&name);
        let all = &recorder.instruments;
        Self {
            create_time: all.create_time.bind(labels),
            wait_time: all.wait_time.bind(labels),
            use_time: all.use_time.bind(labels),
            timeouts: all.timeouts.bind(labels),
            recorder,
            name,
        }
    }

    /// Has a pool asked at every collection, until it is gone.
    pub(super) fn observe(&self, pool: &Arc<dyn edge::Pooled>) {
        self.recorder.instruments.pools.add(pool);
    }

    /// Counts a connection that could not be had.
    pub(super) fn failed(&self, error_type: String) {
        let error = KeyValue::new(semconv::ERROR_TYPE, error_type);
        let errors = &self.recorder.instruments.errors;
        errors.add(1, &[self.name.clone(), error]);
    }

    /// Counts a connection that does not return to the pool, by how that was done.
    pub(super) fn closed(&self, how: &'static str) {
        let how = KeyValue::new("otelier.reason", how);
        let closed = &self.recorder.instruments.closed;
        closed.add(1, &[self.name.clone(), how]);
    }
}
