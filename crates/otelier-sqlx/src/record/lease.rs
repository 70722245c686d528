//! The time for which a connection is out of the pool.

use std::{sync::Arc, time::Instant};

use otelier_core::edge::Sampled;

use super::{pool::Handle, telemetry::Telemetry};
use crate::driver::Driver;

/// What a connection records with, and since when it is out.
pub(crate) struct Lease<DB: Driver> {
    pool: Handle<DB>,
    /// `None` where its use is not recorded.
    since: Option<Instant>,
}

/// Starts the time of a connection that nobody had to wait for.
pub(crate) fn lease<DB: Driver>(pool: &Handle<DB>) -> Lease<DB> {
    Lease::new(pool, pool.on().map(|_| Instant::now()))
}

impl<DB: Driver> Lease<DB> {
    pub(super) fn new(pool: &Handle<DB>, since: Option<Instant>) -> Self {
        Self {
            pool: Arc::clone(pool),
            since,
        }
    }

    #[inline]
    pub(super) fn on(&self) -> Option<&Arc<Telemetry>> {
        self.pool.on()
    }
}

/// What a statement on a connection is recorded with.
pub(crate) type Lent<'a> = &'a Arc<Telemetry>;

/// `None` while telemetry is off.
#[inline]
pub(crate) fn lent<DB: Driver>(lease: &Lease<DB>) -> Option<Lent<'_>> {
    lease.on()
}

/// Counts that the connection does not return to the pool.
pub(crate) fn ends_by<DB: Driver>(lease: &Lease<DB>, how: &'static str) {
    if let Some(telemetry) = lease.on() {
        telemetry.instruments.closed(how);
    }
}

/// The connection leaves our sight: its return cannot be seen.
pub(crate) fn cancel<DB: Driver>(mut lease: Lease<DB>) {
    lease.since = None;
}

impl<DB: Driver> Drop for Lease<DB> {
    fn drop(&mut self) {
        if let (Some(telemetry), Some(since)) = (self.pool.made(), self.since) {
            let use_time = &telemetry.instruments.use_time;
            let used = since.elapsed();
            use_time.record(used.as_secs_f64(), || Sampled::current(used));
        }
    }
}
