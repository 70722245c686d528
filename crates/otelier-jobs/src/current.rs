//! What code within a job calls.

use otelier_core::edge::{Scope, Traced};

use crate::{
    quantity::Quantity,
    record::{self, Around},
};

/// Adds to a counter of the service's own, such as `lettuce.embeddings`.
///
/// The name may come with a unit, as [`Quantity`] shows. It has the kind and the
/// queue of the job that runs as labels, none outside a job; backends make a
/// throughput of it. The name is made under the service's namespace.
///
/// # Cost
/// One look-up by name under a lock that only a new name holds exclusively.
#[inline]
pub fn count(what: impl Into<Quantity>, n: u64) {
    record::count(what, n);
}

/// Records a value in a histogram of the service's own, as [`count`] does in a
/// counter.
#[inline]
pub fn measure(what: impl Into<Quantity>, value: f64) {
    record::measure(what, value);
}

/// Runs a future without recording its spans and log records: for polling,
/// which would otherwise leave a trace of every query that found no job.
#[inline]
pub fn unrecorded<F: Future>(future: F) -> impl Future<Output = F::Output> {
    Traced::<F, Around>::new(future, record::quiet())
}

/// Runs a closure in a scope, if there is one.
#[inline]
pub(crate) fn enter<S: Scope, T>(scope: Option<S>, run: impl FnOnce() -> T) -> T {
    match scope {
        Some(mut scope) => scope.enter(run),
        None => run(),
    }
}
