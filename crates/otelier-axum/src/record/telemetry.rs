//! What is made once: the instruments, and what a layer knows before a request
//! comes.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::http::HeaderName;
use opentelemetry::{
    InstrumentationScope, KeyValue,
    metrics::{BoundUpDownCounter, Histogram, Meter, UpDownCounter},
};
use otelier_core::{
    Conventions, Methods, Providers,
    edge::{self, Durations, Recorder, Sampled},
    semconv,
};

use super::{
    exclude::Exclusions, labels::Labels, listed::Listed, meter, protocol::Scheme, route::Routes,
    streams::Streams,
};
use crate::config::Config;

/// What a layer records with.
#[derive(Debug)]
pub(super) struct Telemetry {
    pub(super) recorder: Arc<Recorder<Instruments>>,
    pub(super) routes: Routes,
    pub(super) streams: Arc<Streams>,
    pub(super) exclusions: Exclusions,
    pub(super) has_access_log: bool,
    pub(super) request_headers: Vec<Listed<HeaderName>>,
    pub(super) response_headers: Vec<Listed<HeaderName>>,
    pub(super) body_fields: Vec<Listed<String>>,
    pub(super) config: Config,
}

impl Telemetry {
    pub(super) fn new(providers: &Providers, config: &Config) -> Self {
        let recorder = Recorder::<Instruments>::of(providers);
        let conventions = recorder.conventions();
        let headers = |namespace: &str, names: &[HeaderName]| {
            let names = names.iter().cloned();
            names.map(|name| Listed::new(namespace, name)).collect()
        };
        let fields = config.body_fields.iter().cloned();
        let fields = fields.map(|name| Listed::new(semconv::HTTP_REQUEST_BODY, name));
        Self {
            streams: Streams::of(providers),
            routes: Routes::new(&recorder.instruments.methods),
            exclusions: Exclusions::new(config, conventions),
            has_access_log: config.access_log || conventions.access_log,
            request_headers: headers(semconv::HTTP_REQUEST_HEADER, &config.request_headers),
            response_headers: headers(semconv::HTTP_RESPONSE_HEADER, &config.response_headers),
            body_fields: fields.map(apart_from_the_size).collect(),
            config: config.clone(),
            recorder,
        }
    }
}

/// The conventions have a name for the bytes of a body.
fn apart_from_the_size(mut field: Listed<String>) -> Listed<String> {
    if field.key.as_str() == semconv::HTTP_REQUEST_BODY_SIZE {
        field.key = ["otelier", field.key.as_str()].join(".").into();
    }
    field
}

/// One set for each set of providers.
#[derive(Debug)]
pub(super) struct Instruments {
    pub(super) methods: Methods,
    duration: Durations,
    old_duration: Option<Histogram<f64>>,
    active: UpDownCounter<i64>,
    /// By method and scheme.
    bound_active: Box<[OnceLock<BoundUpDownCounter<i64>>]>,
    pub(super) request_size: Histogram<u64>,
    pub(super) response_size: Histogram<u64>,
}

impl edge::Instruments for Instruments {
    fn scope() -> InstrumentationScope {
        meter::scope()
    }

    fn new(meter: &Meter, conventions: &Conventions) -> Self {
        let methods = Methods::new(conventions.known_methods.as_deref());
        let duration = meter
            .f64_histogram(semconv::HTTP_SERVER_REQUEST_DURATION)
            .with_description("Duration of HTTP server requests.")
            .with_unit("s")
            .with_boundaries(semconv::HTTP_DURATION_BOUNDS.to_vec());
        let old_duration = || {
            meter
                .f64_histogram(semconv::old::HTTP_SERVER_DURATION)
                .with_description("Measures the duration of inbound HTTP requests.")
                .with_unit("ms")
        };
        let active = meter
            .i64_up_down_counter(semconv::HTTP_SERVER_ACTIVE_REQUESTS)
            .with_description("Number of active HTTP server requests.")
            .with_unit("{request}");
        let size = |name, description: &'static str| {
            let size = meter.u64_histogram(name).with_description(description);
            size.with_unit("By").build()
        };
        Self {
            duration: Durations::new(duration, Self::scope(), conventions),
            old_duration: conventions.old_http_names.then(|| old_duration().build()),
            active: active.build(),
            bound_active: (0..2 * (methods.count() + 1))
                .map(|_| OnceLock::new())
                .collect(),
            request_size: size(
                semconv::HTTP_SERVER_REQUEST_BODY_SIZE,
                "Size of HTTP server request bodies.",
            ),
            response_size: size(
                semconv::HTTP_SERVER_RESPONSE_BODY_SIZE,
                "Size of HTTP server response bodies.",
            ),
            methods,
        }
    }
}

impl Instruments {
    /// Moves the in-flight gauge; these labels of a request never change.
    pub(super) fn count(&self, change: i64, labels: &Labels) {
        let Labels { method, scheme, .. } = *labels;
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

    /// Records the duration of a request that is over, in which span, with entries
    /// of its context that are labels, too.
    pub(super) fn took(
        &self,
        elapsed: Duration,
        sampled: impl Fn() -> Option<Sampled>,
        labels: &Labels,
        entries: &[KeyValue],
    ) {
        let seconds = elapsed.as_secs_f64();
        let list = || labels.list(&self.methods, entries);
        let series = &labels.route.series;
        let is_bound = entries.is_empty()
            && series.with(
                labels.series(),
                || self.duration.bind(&list()),
                |bound| bound.record(seconds, &sampled),
            );
        if !is_bound {
            self.duration.record(seconds, sampled, &list());
        }
        if let Some(old) = &self.old_duration {
            old.record(seconds * 1000.0, &labels.old_list(&self.methods, entries));
        }
    }
}
