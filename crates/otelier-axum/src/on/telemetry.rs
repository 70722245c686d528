//! What is made once per layer: tracer, instruments and what they share.

use std::{sync::OnceLock, time::Duration};

use opentelemetry::{
    KeyValue,
    metrics::{BoundUpDownCounter, Histogram, Meter, UpDownCounter},
};
use otelier_core::{Methods, Providers, SpanStarter, scope, semconv};

use super::{
    config::Config,
    exchange::Exchange,
    exclude::Exclusions,
    labels::{Labels, Scheme},
    route::Routes,
};

#[derive(Debug)]
pub(super) struct Telemetry {
    pub(super) providers: Providers,
    pub(super) spans: SpanStarter,
    pub(super) methods: Methods,
    pub(super) routes: Routes,
    pub(super) exclusions: Exclusions,
    pub(super) old_names: bool,
    pub(super) access_log: bool,
    duration: Histogram<f64>,
    old_duration: Option<Histogram<f64>>,
    active: UpDownCounter<i64>,
    /// By method and scheme.
    bound_active: Box<[OnceLock<BoundUpDownCounter<i64>>]>,
    sizes: Option<Sizes>,
}

#[derive(Debug)]
struct Sizes {
    request: Histogram<u64>,
    response: Histogram<u64>,
}

impl Telemetry {
    pub(super) fn new(providers: Providers, config: &Config) -> Self {
        let scope = scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
        let meter = providers.meter(scope.clone());
        let conventions = providers.conventions();
        let methods = Methods::new(conventions.known_methods.as_deref());
        let old_names = conventions.old_http_names;
        Self {
            spans: providers.span_starter(scope),
            routes: Routes::new(&methods),
            exclusions: Exclusions::new(config, conventions.excluded_paths.as_deref()),
            duration: duration(&meter),
            old_duration: old_names.then(|| old_duration(&meter)),
            active: meter
                .i64_up_down_counter(semconv::HTTP_SERVER_ACTIVE_REQUESTS)
                .with_description("Number of active HTTP server requests.")
                .with_unit("{request}")
                .build(),
            bound_active: (0..2 * (methods.count() + 1))
                .map(|_| OnceLock::new())
                .collect(),
            sizes: config.body_sizes.then(|| Sizes::new(&meter)),
            access_log: config.access_log || conventions.access_log,
            old_names,
            methods,
            providers,
        }
    }

    /// Moves the in-flight gauge; these labels of an exchange never change.
    pub(super) fn count(&self, change: i64, method: u16, scheme: Scheme) {
        let place = 2 * usize::from(method) + usize::from(scheme == Scheme::Https);
        let bind = || {
            self.active.bind(&[
                KeyValue::new(
                    semconv::HTTP_REQUEST_METHOD,
                    self.methods.label(usize::from(method)),
                ),
                KeyValue::new(semconv::URL_SCHEME, scheme.as_str()),
            ])
        };
        match self.bound_active.get(place) {
            Some(bound) => bound.get_or_init(bind).add(change),
            None => bind().add(change),
        }
    }

    /// Records the end of an exchange.
    pub(super) fn took(&self, exchange: &Exchange, labels: Labels<'_>, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        let bind = || self.duration.bind(&labels.list());
        if !labels.extra.is_empty() || !exchange.route.record(labels.series(), seconds, bind) {
            self.duration.record(seconds, &labels.list());
        }
        if let Some(old) = &self.old_duration {
            old.record(seconds * 1000.0, &labels.old_list());
        }
        if let Some(sizes) = &self.sizes {
            let labels = labels.list();
            if let Some(bytes) = exchange.request_bytes() {
                sizes.request.record(bytes, &labels);
            }
            sizes.response.record(exchange.response_bytes, &labels);
        }
    }
}

fn duration(meter: &Meter) -> Histogram<f64> {
    meter
        .f64_histogram(semconv::HTTP_SERVER_REQUEST_DURATION)
        .with_description("Duration of HTTP server requests.")
        .with_unit("s")
        .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec())
        .build()
}

fn old_duration(meter: &Meter) -> Histogram<f64> {
    meter
        .f64_histogram(semconv::old::HTTP_SERVER_DURATION)
        .with_description("Measures the duration of inbound HTTP requests.")
        .with_unit("ms")
        .build()
}

impl Sizes {
    fn new(meter: &Meter) -> Self {
        let size = |name, description: &'static str| {
            meter
                .u64_histogram(name)
                .with_description(description)
                .with_unit("By")
                .build()
        };
        Self {
            request: size(
                semconv::HTTP_SERVER_REQUEST_BODY_SIZE,
                "Size of HTTP server request bodies.",
            ),
            response: size(
                semconv::HTTP_SERVER_RESPONSE_BODY_SIZE,
                "Size of HTTP server response bodies.",
            ),
        }
    }
}
