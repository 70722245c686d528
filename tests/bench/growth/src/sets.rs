//! What a measurement costs where there are many label sets, and what they take.

use std::process::exit;

use axum::{Router, routing::get};
use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Histogram},
};

use crate::service::{answer, resident, start};

/// What is measured with a label set of its own in turn.
enum Measured {
    Counter(Counter<u64>, Vec<[KeyValue; 2]>),
    Histogram(Histogram<f64>, Vec<[KeyValue; 2]>),
    /// A route each.
    Request(Router, Vec<String>),
}

impl Measured {
    fn new(kind: &str, sets: usize) -> Self {
        let meter = global::meter("bench");
        let labels = || {
            let each = (0..sets).map(|set| {
                let customer = KeyValue::new("customer", format!("customer {set:05}"));
                [customer, KeyValue::new("kind", "book")]
            });
            each.collect()
        };
        match kind {
            "counter" => Self::Counter(meter.u64_counter("orders").build(), labels()),
            "histogram" => Self::Histogram(meter.f64_histogram("waited").build(), labels()),
            "request" => {
                let mut router = Router::new();
                for set in 0..sets {
                    let route = format!("/of/{set}/users/{{id}}");
                    router = router.route(&route, get(async || "a user"));
                }
                let router = otelier_axum::instrument(router).with_state(());
                let paths = (0..sets).map(|set| format!("/of/{set}/users/42"));
                Self::Request(router, paths.collect())
            }
            kind => panic!("unknown: {kind}"),
        }
    }

    /// So often, with the sets in turn.
    fn run(&self, count: usize) {
        match self {
            Self::Counter(counter, sets) => {
                let turns = sets.iter().cycle().take(count);
                turns.for_each(|labels| counter.add(1, labels));
            }
            Self::Histogram(histogram, sets) => {
                let turns = sets.iter().cycle().take(count);
                turns.for_each(|labels| histogram.record(0.25, labels));
            }
            Self::Request(router, paths) => {
                answer(router, paths.iter().cycle().take(count).map(String::as_str));
            }
        }
    }
}

/// Measures each set once, and then so often in turn.
pub(crate) fn again(kind: &str, sets: usize, count: usize) {
    let telemetry = start();
    let measured = Measured::new(kind, sets);
    measured.run(sets);
    measured.run(count);
    drop(telemetry);
    // The end is not measured.
    exit(0);
}

/// How many data points are exported of so many sets, and the KiB that they take.
pub(crate) fn kept(kind: &str, sets: usize) {
    let telemetry = start();
    let measured = Measured::new(kind, sets);
    measured.run(1);
    let before = resident();
    measured.run(sets);
    let kibibytes = (resident() - before) as f64 / 1024.0;
    let report = telemetry.shutdown_blocking();
    println!("{} {kibibytes}", report.status.metrics.exported);
}
