//! What durations and requests under way are counted with.

use opentelemetry::{
    InstrumentationScope,
    metrics::{Histogram, Meter, UpDownCounter},
};
use otelier_core::{
    Conventions, edge, name_error, scope,
    semconv::{self, old},
};

pub(super) type Recorder = edge::Recorder<Instruments>;

pub(super) struct Instruments {
    pub(super) duration: Histogram<f64>,
    /// As it was before the conventions were stable, in milliseconds, if the
    /// environment asks for the old names, too.
    pub(super) old_duration: Option<Histogram<f64>>,
    pub(super) active: UpDownCounter<i64>,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        name_error::<reqwest::Error>();
        name_error::<reqwest_middleware::Error>();
        let old_duration = || {
            meter
                .f64_histogram(old::HTTP_CLIENT_DURATION)
                .with_description("Duration of HTTP client requests.")
                .with_unit("ms")
                .build()
        };
        Self {
            duration: meter
                .f64_histogram(semconv::HTTP_CLIENT_REQUEST_DURATION)
                .with_description("Duration of HTTP client requests.")
                .with_unit("s")
                .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec())
                .build(),
            old_duration: conventions.old_http_names.then(old_duration),
            active: meter
                .i64_up_down_counter(semconv::HTTP_CLIENT_ACTIVE_REQUESTS)
                .with_description("Number of active HTTP client requests.")
                .with_unit("{request}")
                .build(),
        }
    }
}
