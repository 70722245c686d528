//! What pools of connections say of themselves, those of one name together.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use opentelemetry::{
    KeyValue,
    metrics::{AsyncInstrument, Meter},
};

use crate::{Conventions, Observed, semconv};

/// A pool of connections, as it is asked at every collection.
///
/// See the example of [`Pools`].
pub trait Pooled: Send + Sync {
    /// `db.client.connection.pool.name`, `None` while it is not known yet.
    fn name(&self) -> Option<Arc<str>>;

    /// Which pool of the library it is: several of ours may be the same.
    fn id(&self) -> usize;

    /// What there is of it at this moment.
    fn state(&self) -> PoolState;
}

/// What a pool says of itself when it is asked.
///
/// See the example of [`Pools`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolState {
    /// Connections that wait for work.
    pub idle: i64,
    /// Connections that are out.
    pub used: i64,
    /// Callers that wait for a connection.
    pub pending: i64,
    /// How many it keeps idle at least.
    pub min: i64,
    /// How many there may be.
    pub limit: i64,
}

/// The pools of an edge, and the instruments `db.client.connection.*` that ask
/// them: made once, with the edge's other instruments.
///
/// Pools of one name are summed up, each pool of the library once. A pool that is
/// gone leaves nothing behind.
///
/// ```
/// use std::sync::Arc;
///
/// use otelier_core::{Providers, edge::{PoolState, Pooled, Pools}, scope};
///
/// struct Pool;
///
/// impl Pooled for Pool {
///     fn name(&self) -> Option<Arc<str>> {
///         Some("orders".into())
///     }
///     fn id(&self) -> usize {
///         7
///     }
///     fn state(&self) -> PoolState {
///         PoolState { idle: 3, used: 1, limit: 10, ..PoolState::default() }
///     }
/// }
///
/// fn observe(providers: &Providers, pool: &Arc<dyn Pooled>) -> Pools {
///     let meter = providers.meter(scope("bakery", "1.0.0"));
///     let pools = Pools::new(&meter, providers.conventions());
///     pools.add(pool);
///     pools
/// }
/// ```
#[derive(Debug)]
pub struct Pools(Observed<dyn Pooled>);

type Part = fn(PoolState) -> i64;

impl Pools {
    /// Makes the instruments.
    #[must_use]
    pub fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let pools = Observed::new();
        count(meter, &pools);
        let most = "The maximum number of open connections allowed.";
        let mut parts: Vec<(_, _, _, Part)> = vec![
            (
                semconv::DB_CLIENT_CONNECTION_IDLE_MAX,
                "The maximum number of idle open connections allowed.",
                "{connection}",
                |state| state.limit,
            ),
            (
                semconv::DB_CLIENT_CONNECTION_IDLE_MIN,
                "The minimum number of idle open connections allowed.",
                "{connection}",
                |state| state.min,
            ),
            (
                semconv::DB_CLIENT_CONNECTION_LIMIT,
                most,
                "{connection}",
                |state| state.limit,
            ),
            (
                semconv::DB_CLIENT_CONNECTION_PENDING_REQUESTS,
                "The number of current pending requests for an open connection.",
                "{request}",
                |state| state.pending,
            ),
        ];
        if conventions.old_database_names {
            let old = semconv::old::DB_CLIENT_CONNECTION_MAX;
            parts.push((old, most, "{connection}", |state| state.limit));
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
    pub fn add(&self, pool: &Arc<dyn Pooled>) {
        self.0.add(pool);
    }
}

fn count(meter: &Meter, pools: &Observed<dyn Pooled>) {
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
fn states(pools: &Observed<dyn Pooled>) -> BTreeMap<Arc<str>, PoolState> {
    let mut sums = BTreeMap::<Arc<str>, PoolState>::new();
    let mut seen = HashSet::new();
    pools.each(|pool| {
        let Some(name) = pool.name() else {
            return;
        };
        let sum = sums.entry(name).or_default();
        let state = pool.state();
        sum.pending = sum.pending.saturating_add(state.pending);
        if seen.insert(pool.id()) {
            sum.idle = sum.idle.saturating_add(state.idle);
            sum.used = sum.used.saturating_add(state.used);
            sum.min = sum.min.saturating_add(state.min);
            sum.limit = sum.limit.saturating_add(state.limit);
        }
    });
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(&'static str, usize);

    impl Pooled for Fixed {
        fn name(&self) -> Option<Arc<str>> {
            Some(self.0.into())
        }

        fn id(&self) -> usize {
            self.1
        }

        fn state(&self) -> PoolState {
            PoolState {
                idle: 1,
                used: 2,
                pending: 3,
                min: 4,
                limit: 5,
            }
        }
    }

    #[test]
    fn pools_of_one_name_are_summed_up_and_each_is_counted_once() {
        let pools = Observed::<dyn Pooled>::new();
        let made = [("a", 1), ("a", 1), ("a", 2), ("b", 3), ("gone", 4)];
        let mut made: Vec<Arc<dyn Pooled>> = made
            .map(|(name, id)| Arc::new(Fixed(name, id)) as Arc<dyn Pooled>)
            .into();
        for pool in &made {
            pools.add(pool);
        }
        made.pop();
        let states: Vec<_> = states(&pools).into_iter().collect();
        let [(a, of_a), (b, of_b)] = states.as_slice() else {
            panic!("two names: {states:?}");
        };
        assert_eq!((&**a, &**b), ("a", "b"));
        let twice = PoolState {
            idle: 2,
            used: 4,
            pending: 9,
            min: 8,
            limit: 10,
        };
        assert_eq!((*of_a, *of_b), (twice, Fixed("b", 3).state()));
    }
}
