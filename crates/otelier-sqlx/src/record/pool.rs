//! A pool whose use is recorded.

use std::sync::Arc;

use otelier_core::edge::{Edge, PoolState, Pooled};

use super::telemetry::Telemetry;
use crate::{
    config::Config,
    driver::{Driver, sealed::Server},
};

/// What a pool and its clones have in common.
pub(crate) type Handle<DB> = Arc<Recorded<DB>>;

pub(crate) struct Recorded<DB: Driver> {
    pub(super) raw: sqlx::Pool<DB>,
    server: Server,
    config: Config,
    edge: Edge<Arc<Telemetry>>,
}

pub(crate) fn handle<DB: Driver>(raw: sqlx::Pool<DB>, config: Config) -> Handle<DB> {
    Arc::new(Recorded {
        server: DB::server(&raw.connect_options()),
        config,
        edge: Edge::new(),
        raw,
    })
}

pub(crate) fn raw<DB: Driver>(pool: &Handle<DB>) -> &sqlx::Pool<DB> {
    &pool.raw
}

/// What a statement on a pool is recorded with.
pub(crate) type On = Arc<Telemetry>;

/// `None` while telemetry is off.
#[inline]
pub(crate) fn on<DB: Driver>(pool: &Handle<DB>) -> Option<On> {
    pool.on().map(Arc::clone)
}

impl<DB: Driver> Recorded<DB> {
    /// What to record with, made at the first use, or `None` while telemetry is
    /// off or suppressed.
    #[inline]
    pub(super) fn on(self: &Arc<Self>) -> Option<&Arc<Telemetry>> {
        self.edge.on(|providers| {
            let telemetry = Telemetry::new::<DB>(providers, &self.server, &self.config);
            let pool: Arc<dyn Pooled> = Arc::<Self>::clone(self);
            telemetry.instruments.observe(&pool);
            Arc::new(telemetry)
        })
    }

    /// What was recorded with so far.
    #[inline]
    pub(super) fn made(&self) -> Option<&Arc<Telemetry>> {
        self.edge.made()
    }
}

impl<DB: Driver> Pooled for Recorded<DB> {
    fn name(&self) -> Option<Arc<str>> {
        Some(Arc::clone(&self.made()?.pool_name))
    }

    fn id(&self) -> usize {
        // They lie in the pool itself.
        std::ptr::from_ref(self.raw.options()).addr()
    }

    fn state(&self) -> PoolState {
        let options = self.raw.options();
        let size = i64::from(self.raw.size());
        let idle = i64::try_from(self.raw.num_idle())
            .unwrap_or(i64::MAX)
            .min(size);
        PoolState {
            idle,
            used: size - idle,
            pending: self.made().map_or(0, |telemetry| telemetry.pending()),
            min: options.get_min_connections().into(),
            limit: options.get_max_connections().into(),
        }
    }
}
