//! What pools say of themselves, those of one name together.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};
use otelier_core::{Conventions, Observed, semconv};

/// A pool, as it is asked at every collection.
pub(super) trait Counted: Send + Sync {
    /// `None` while it is not yet known by what it is recorded.
    fn name(&self) -> Option<Arc<str>>;

    /// Which pool of sqlx it is: several of ours may be the same.
    fn id(&self) -> usize;

    fn state(&self) -> PoolState;
}

/// What a pool says of itself when it is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PoolState {
    pub(super) idle: i64,
    pub(super) used: i64,
    pub(super) pending: i64,
    pub(super) min: i64,
    pub(super) max: i64,
}

/// The instruments that ask, made once for all pools.
pub(super) struct Pools(Observed<dyn Counted>);

type Part = fn(PoolState) -> i64;

impl Pools {
    pub(super) fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let pools = Observed::new();
        count(meter, &pools);
        let mut parts: Vec<(_, _, _, Part)> = vec![
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
                semconv::DB_CLIENT_CONNECTION_LIMIT,
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
        if conventions.old_database_names {
            parts.push((
                semconv::old::DB_CLIENT_CONNECTION_MAX,
                "The maximum number of open connections allowed.",
                "{connection}",
                |state| state.max,
            ));
        }
        for (name, description, unit, part) in parts {
            let asked = pools.clone();
            // The instrument lives in the meter; the handle is not needed.
            let _instrument = meter
                .i64_observable_up_down_counter(name)
                .with_description(description)
                .with_unit(unit)
                .with_callback(move |observer| {
                    for (name, state) in states(&asked) {
                        observer.observe(part(state), &[pool(name)]);
                    }
                })
                .build();
        }
        Self(pools)
    }

    /// Asks a pool from now on, until it is gone.
    pub(super) fn add(&self, pool: &Arc<dyn Counted>) {
        self.0.add(pool);
    }
}

fn count(meter: &Meter, pools: &Observed<dyn Counted>) {
    let asked = pools.clone();
    let _count = meter
        .i64_observable_up_down_counter(semconv::DB_CLIENT_CONNECTION_COUNT)
        .with_description(
            "The number of connections that are currently in state described by the state attribute.",
        )
        .with_unit("{connection}")
        .with_callback(move |observer| {
            for (name, state) in states(&asked) {
                observe(observer, &name, "idle", state.idle);
                observe(observer, &name, "used", state.used);
            }
        })
        .build();
}

fn observe(
    observer: &dyn AsyncInstrument<i64>,
    name: &Arc<str>,
    state: &'static str,
    connections: i64,
) {
    let state = KeyValue::new(semconv::DB_CLIENT_CONNECTION_STATE, state);
    observer.observe(connections, &[pool(Arc::clone(name)), state]);
}

fn pool(name: Arc<str>) -> KeyValue {
    KeyValue::new(semconv::DB_CLIENT_CONNECTION_POOL_NAME, name)
}

/// The sum over all pools of one name, each once. Who waits is known to that one
/// alone through which it waits.
fn states(pools: &Observed<dyn Counted>) -> BTreeMap<Arc<str>, PoolState> {
    let mut sums = BTreeMap::<Arc<str>, PoolState>::new();
    let mut seen = HashSet::new();
    pools.each(|pool| {
        let Some(name) = pool.name() else {
            return;
        };
        let sum = sums.entry(name).or_default();
        let state = pool.state();
        sum.pending += state.pending;
        if seen.insert(pool.id()) {
            sum.idle += state.idle;
            sum.used += state.used;
            sum.min += state.min;
            sum.max += state.max;
        }
    });
    sums
}
