//! What is made once per pool: tracer and instruments.

use std::fmt;

use opentelemetry::{
    Context, InstrumentationScope, KeyValue, StringValue,
    global::BoxedTracer,
    metrics::{BoundCounter, BoundHistogram, Counter, Histogram},
    trace::TraceContextExt as _,
};
use otelier_core::{Providers, SpanStarter, name_error, semconv};

const ERRORS: &str = "otelier.db.client.connection.errors";
const CLOSED: &str = "otelier.db.client.connection.closed";

/// Bucket bounds of `db.client.operation.duration`, in seconds.
const DURATION_BOUNDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
const ROWS_BOUNDS: [f64; 13] = [
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0,
];

pub(super) struct Telemetry {
    /// The sampler follows the parent.
    is_parent_based: bool,
    pub(super) tracer: BoxedTracer,
    /// For spans that are recorded when they are over.
    pub(super) spans: SpanStarter,
    pub(super) duration: Histogram<f64>,
    pub(super) rows: Histogram<u64>,
    pub(super) create_time: BoundHistogram<f64>,
    pub(super) wait_time: BoundHistogram<f64>,
    pub(super) use_time: BoundHistogram<f64>,
    pub(super) timeouts: BoundCounter<u64>,
    pool: KeyValue,
    errors: Counter<u64>,
    closed: Counter<u64>,
}

/// The scope of all that is recorded here.
pub(super) fn scope() -> InstrumentationScope {
    otelier_core::scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

impl Telemetry {
    /// Makes the instruments that pools record to.
    pub(super) fn new(providers: &Providers, pool_name: StringValue) -> Self {
        name_error::<sqlx::Error>();
        let scope = scope();
        let tracer = providers.tracer(scope.clone());
        let spans = providers.span_starter(scope.clone());
        let meter = providers.meter(scope);
        let pool = KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, pool_name);
        let labels = [pool.clone()];
        let seconds = |name, description| {
            let histogram = meter
                .f64_histogram(name)
                .with_description(description)
                .with_unit("s")
                .with_boundaries(DURATION_BOUNDS.to_vec())
                .build();
            histogram.bind(&labels)
        };
        Self {
            is_parent_based: providers.is_parent_based(),
            tracer,
            spans,
            duration: meter
                .f64_histogram(semconv::DB_CLIENT_OPERATION_DURATION)
                .with_description("Duration of database client operations.")
                .with_unit("s")
                .with_boundaries(DURATION_BOUNDS.to_vec())
                .build(),
            rows: meter
                .u64_histogram(semconv::DB_CLIENT_RESPONSE_RETURNED_ROWS)
                .with_description("The actual number of records returned by the database operation.")
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
            timeouts: meter
                .u64_counter(semconv::DB_CLIENT_CONNECTION_TIMEOUTS)
                .with_description(
                    "The number of connection timeouts that have occurred trying to obtain a connection from the pool.",
                )
                .with_unit("{timeout}")
                .build()
                .bind(&labels),
            errors: meter
                .u64_counter(ERRORS)
                .with_description("Connections that could not be had, by what went wrong.")
                .with_unit("{error}")
                .build(),
            closed: meter
                .u64_counter(CLOSED)
                .with_description("Connections that were closed by hand or taken out of the pool.")
                .with_unit("{connection}")
                .build(),
            pool,
        }
    }

    /// Counts a connection that could not be had.
    pub(super) fn failed(&self, error_type: String) {
        let error = KeyValue::new(semconv::ERROR_TYPE, error_type);
        self.errors.add(1, &[self.pool.clone(), error]);
    }

    /// Counts a connection that does not return to the pool, by how that was done.
    pub(super) fn closed(&self, how: &'static str) {
        let how = KeyValue::new("otelier.reason", how);
        self.closed.add(1, &[self.pool.clone(), how]);
    }
}

impl Telemetry {
    /// Tells whether no span below this parent would be sampled.
    pub(super) fn never_samples(&self, parent: &Context) -> bool {
        self.is_parent_based && {
            let above = parent.span();
            let above = above.span_context();
            above.is_valid() && !above.is_sampled()
        }
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry").finish_non_exhaustive()
    }
}
