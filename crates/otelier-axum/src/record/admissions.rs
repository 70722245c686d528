//! What is told of requests at the gate.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram},
};
use otelier_core::{
    Observed, Providers,
    edge::{Edge, Gauged},
    semconv,
};

use super::meter;
use crate::places::{Outcome, Places, Refusal};

const NAME: &str = "otelier.admission.name";

static GATES: Gauged<Places> = Gauged::new(observe);

pub(crate) fn observe_admissions(places: &Arc<Places>) {
    GATES.add(places);
}

/// What a gate records with.
#[derive(Debug)]
pub(crate) struct Admissions {
    edge: Edge<Arc<Instruments>>,
    name: KeyValue,
}

#[derive(Debug)]
struct Instruments {
    refused: Counter<u64>,
    wait_time: Histogram<f64>,
}

impl Admissions {
    pub(crate) fn new(name: Cow<'static, str>) -> Self {
        Self {
            edge: Edge::new(),
            name: KeyValue::new(NAME, name),
        }
    }
}

#[cold]
pub(crate) fn refused(by: &Admissions, refusal: Refusal) {
    if let Some(instruments) = by.edge.on(Instruments::of) {
        let reason = match refusal {
            Refusal::Full => "full",
            Refusal::Timeout => "timeout",
        };
        let reason = KeyValue::new("otelier.admission.reason", reason);
        instruments.refused.add(1, &[by.name.clone(), reason]);
    }
}

#[cold]
pub(crate) fn waited(at: &Admissions, (waited, outcome): (Duration, Outcome)) {
    if let Some(instruments) = at.edge.on(Instruments::of) {
        let outcome = match outcome {
            Outcome::Admitted => "admitted",
            Outcome::Refused => "refused",
            Outcome::Cancelled => "cancelled",
        };
        let outcome = KeyValue::new("otelier.admission.outcome", outcome);
        let labels = [at.name.clone(), outcome];
        instruments.wait_time.record(waited.as_secs_f64(), &labels);
    }
}

impl Instruments {
    fn of(providers: &Providers) -> Arc<Self> {
        providers.once(|providers| {
            let meter = providers.meter(meter::scope());
            let refused = meter
                .u64_counter("otelier.http.server.admission.refused")
                .with_description("Number of requests for which there was no place.")
                .with_unit("{request}");
            let wait_time = meter
                .f64_histogram("otelier.http.server.admission.wait_time")
                .with_description("Time that requests waited for a place.")
                .with_unit("s")
                .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec());
            Self {
                refused: refused.build(),
                wait_time: wait_time.build(),
            }
        })
    }
}

fn observe(providers: &Providers, gates: &Observed<Places>) {
    let meter = providers.meter(meter::scope());
    let asked = gates.clone();
    // The instruments live in the meter; the handles are not needed.
    let _requests = meter
        .i64_observable_up_down_counter("otelier.http.server.admission.requests")
        .with_description("Number of requests that are inside or wait for a place.")
        .with_unit("{request}")
        .with_callback(move |requests| {
            let all = sums(&asked, |gate| [gate.inside(), gate.waiting()]);
            for (name, [inside, waiting]) in all {
                let name = KeyValue::new(NAME, name);
                for (state, count) in [("inside", inside), ("waiting", waiting)] {
                    let state = KeyValue::new("otelier.admission.state", state);
                    requests.observe(count, &[name.clone(), state]);
                }
            }
        })
        .build();
    let asked = gates.clone();
    let _limit = meter
        .i64_observable_up_down_counter("otelier.http.server.admission.limit")
        .with_description("Number of requests that may be inside at a time.")
        .with_unit("{request}")
        .with_callback(move |limit| {
            for (name, [most]) in sums(&asked, |gate| [gate.limit]) {
                limit.observe(most, &[KeyValue::new(NAME, name)]);
            }
        })
        .build();
}

/// Gates of one name are summed up.
fn sums<const N: usize>(
    gates: &Observed<Places>,
    counts: impl Fn(&Places) -> [usize; N],
) -> BTreeMap<Cow<'static, str>, [i64; N]> {
    let mut sums = BTreeMap::new();
    gates.each(|gate| {
        let sum = sums.entry(gate.name.clone()).or_insert([0_i64; N]);
        for (sum, count) in sum.iter_mut().zip(counts(gate)) {
            *sum = sum.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
        }
    });
    sums
}
