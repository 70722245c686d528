//! What is made once per layer: tracer, instruments and what they share.

use std::{fmt, time::Duration};

use opentelemetry::{
    InstrumentationScope, KeyValue, StringValue,
    global::BoxedTracer,
    metrics::{Histogram, UpDownCounter},
};
use otelier_core::{Providers, semconv};

use super::method::Methods;

pub(super) struct Telemetry {
    pub(super) providers: Providers,
    pub(super) tracer: BoxedTracer,
    pub(super) methods: Methods,
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
}

impl Telemetry {
    pub(super) fn new(providers: Providers) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
            .with_version(env!("CARGO_PKG_VERSION"))
            .build();
        let tracer = providers.tracer(scope.clone());
        let meter = providers.meter(scope);
        Self {
            tracer,
            duration: meter
                .f64_histogram(semconv::HTTP_SERVER_REQUEST_DURATION)
                .with_description("Duration of HTTP server requests.")
                .with_unit("s")
                .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec())
                .build(),
            active: meter
                .i64_up_down_counter(semconv::HTTP_SERVER_ACTIVE_REQUESTS)
                .with_description("Number of active HTTP server requests.")
                .with_unit("{request}")
                .build(),
            methods: Methods::new(providers.conventions().known_methods.as_deref()),
            providers,
        }
    }

    /// Moves the in-flight gauge; the labels of an exchange never change.
    pub(super) fn count(&self, change: i64, method: &StringValue, scheme: &'static str) {
        let labels = [
            KeyValue::new(semconv::HTTP_REQUEST_METHOD, method.clone()),
            KeyValue::new(semconv::URL_SCHEME, scheme),
        ];
        self.active.add(change, &labels);
    }

    pub(super) fn took(&self, elapsed: Duration, labels: &[KeyValue]) {
        self.duration.record(elapsed.as_secs_f64(), labels);
    }
}

impl fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Telemetry")
            .field("providers", &self.providers)
            .finish_non_exhaustive()
    }
}
