//! What is made once per pool: tracer and instruments.

use std::fmt;

use opentelemetry::{
    Context, InstrumentationScope, KeyValue, StringValue,
    global::BoxedTracer,
    metrics::{BoundCounter, BoundHistogram, Histogram, Meter},
    trace::TraceContextExt as _,
};
use otelier_core::{Providers, SpanStarter, semconv};

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
}

/// What a pool says of itself when it is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct PoolState {
    pub(super) idle: i64,
    pub(super) used: i64,
    pub(super) pending: i64,
    pub(super) min: i64,
    pub(super) max: i64,
}

impl Telemetry {
    /// Makes the instruments. `state` is asked at every collection, and is `None`
    /// once the pool is gone.
    pub(super) fn new(
        providers: &Providers,
        pool_name: StringValue,
        state: impl Fn() -> Option<PoolState> + Clone + Send + Sync + 'static,
    ) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let tracer = providers.tracer(scope.clone());
        let spans = providers.span_starter(scope.clone());
        let meter = providers.meter(scope);
        let pool = KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, pool_name);
        observe(&meter, &pool, state);
        let labels = [pool];
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
        }
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

/// Registers what the pool itself counts: it is asked, so it is always right.
fn observe(
    meter: &Meter,
    pool: &KeyValue,
    state: impl Fn() -> Option<PoolState> + Clone + Send + Sync + 'static,
) {
    let with_state = |value| {
        [
            pool.clone(),
            KeyValue::new(semconv::DB_CLIENT_CONNECTION_STATE, value),
        ]
    };
    let (idle, used) = (with_state("idle"), with_state("used"));
    let ask = state.clone();
    // The instruments live in the meter; the handles are not needed.
    let _count = meter
        .i64_observable_up_down_counter(semconv::DB_CLIENT_CONNECTION_COUNT)
        .with_description(
            "The number of connections that are currently in state described by the state attribute.",
        )
        .with_unit("{connection}")
        .with_callback(move |observer| {
            if let Some(state) = ask() {
                observer.observe(state.idle, &idle);
                observer.observe(state.used, &used);
            }
        })
        .build();
    type Part = fn(PoolState) -> i64;
    let parts: [(_, _, _, Part); 4] = [
        (
            semconv::DB_CLIENT_CONNECTION_IDLE_MAX,
            "The maximum number of idle open connections allowed.",
            "{connection}",
            |state| state.max,
        ),
        (
            semconv::DB_CLIENT_CONNECTION_IDLE_MIN,
            "The minimum number of idle open connections allowed.",
            "{connection}",
            |state| state.min,
        ),
        (
            semconv::DB_CLIENT_CONNECTION_MAX,
            "The maximum number of open connections allowed.",
            "{connection}",
            |state| state.max,
        ),
        (
            semconv::DB_CLIENT_CONNECTION_PENDING_REQUESTS,
            "The number of current pending requests for an open connection.",
            "{request}",
            |state| state.pending,
        ),
    ];
    for (name, description, unit, part) in parts {
        let ask = state.clone();
        let labels = [pool.clone()];
        let _instrument = meter
            .i64_observable_up_down_counter(name)
            .with_description(description)
            .with_unit(unit)
            .with_callback(move |observer| {
                if let Some(state) = ask() {
                    observer.observe(part(state), &labels);
                }
            })
            .build();
    }
}
