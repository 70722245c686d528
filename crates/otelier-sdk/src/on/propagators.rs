//! From `OTEL_PROPAGATORS` to propagation, ours and the global one.

use otelier_core::Propagation;

use super::config::Propagator;

/// What instrumentations propagate by, and the global propagator, too.
pub(crate) fn propagation(propagators: &[Propagator]) -> Propagation {
    propagators
        .iter()
        .fold(Propagation::none(), |all, propagator| match propagator {
            Propagator::TraceContext => all.with_trace_context(),
            Propagator::Baggage => all.with_baggage(),
            Propagator::B3 => all.with_b3(),
            Propagator::B3Multi => all.with_b3_multi(),
        })
}
