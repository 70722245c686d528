//! What jobs are counted with.

use opentelemetry::{
    InstrumentationScope,
    metrics::{Counter, Meter, UpDownCounter},
};
use otelier_core::{
    Conventions,
    edge::{self, Durations},
    scope, semconv,
};

const ACTIVE: &str = "otelier.jobs.active";
const ENDED: &str = "otelier.jobs.ended";
const WAIT: &str = "otelier.jobs.wait";

/// Bucket bounds of the time in the queue, in seconds: up to a day.
const WAIT_BOUNDS: [f64; 15] = [
    0.005, 0.025, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0,
    86_400.0,
];

pub(super) type Recorder = edge::Recorder<Instruments>;

pub(super) struct Instruments {
    /// For those that the service names.
    pub(super) meter: Meter,
    pub(super) duration: Durations,
    pub(super) active: UpDownCounter<i64>,
    pub(super) ended: Counter<u64>,
    pub(super) wait: Durations,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let seconds = |name, description, bounds: &[f64]| {
            Self::seconds(meter, conventions, name, description, bounds)
        };
        Self {
            meter: meter.clone(),
            duration: seconds(
                semconv::MESSAGING_PROCESS_DURATION,
                "Duration of processing a job.",
                &semconv::HTTP_DURATION_BOUNDS,
            ),
            active: meter
                .i64_up_down_counter(ACTIVE)
                .with_description("Number of jobs that are running.")
                .with_unit("{job}")
                .build(),
            ended: meter
                .u64_counter(ENDED)
                .with_description("Number of jobs that ended, by outcome.")
                .with_unit("{job}")
                .build(),
            wait: seconds(WAIT, "Time that jobs spent in the queue.", &WAIT_BOUNDS),
        }
    }
}
