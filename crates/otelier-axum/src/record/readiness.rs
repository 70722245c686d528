//! What gauges tell of readiness.

use std::sync::Arc;

use opentelemetry::KeyValue;
use otelier_core::{Observed, Providers, edge::Gauged};

use super::meter;
use crate::machine::{Shared, State, Status};

static READINESS: Gauged<Shared> = Gauged::new(observe);

const STATES: [State; 6] = [
    State::Starting,
    State::Warming,
    State::Ready,
    State::Degraded,
    State::Draining,
    State::Manual,
];

pub(crate) fn observe_readiness(shared: &Arc<Shared>) {
    READINESS.add(shared);
}

fn observe(providers: &Providers, readiness: &Observed<Shared>) {
    let meter = providers.meter(meter::scope());
    let asked = readiness.clone();
    // The instruments live in the meter; the handles are not needed.
    let _status = meter
        .u64_observable_gauge("otelier.readiness.status")
        .with_description("1 for the state in which the service is, 0 for the others.")
        .with_unit("1")
        .with_callback(move |gauge| {
            if let Some(status) = first(&asked) {
                for state in STATES {
                    let label = KeyValue::new("otelier.readiness.state", state.as_str());
                    gauge.observe(u64::from(state == status.state), &[label]);
                }
            }
        })
        .build();
    let asked = readiness.clone();
    let _degraded = meter
        .u64_observable_gauge("otelier.readiness.degraded")
        .with_description("1 for each reason for which the service is degraded, 0 for the others.")
        .with_unit("1")
        .with_callback(move |gauge| {
            let status = first(&asked);
            for (key, counts) in status.into_iter().flat_map(|status| status.reasons) {
                let label = KeyValue::new("otelier.readiness.reason", key);
                gauge.observe(u64::from(counts), &[label]);
            }
        })
        .build();
}

/// One speaks for the process.
fn first(readiness: &Observed<Shared>) -> Option<Status> {
    let mut first = None;
    readiness.each(|shared| {
        if first.is_none() {
            first = Some(shared.status());
        }
    });
    first
}
