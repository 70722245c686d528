//! The same requests through what others have published. They begin a new trace
//! with each request, which costs less than a parent does.

use std::time::Duration;

use measure::{Sink, meters};
use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_032::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use opentelemetry_sdk_032::trace as sdk_032;
use otelier_reqwest::ClientBuilder;
use reqwest::Client;
use reqwest_tracing::{SpanBackendWithUrl, TracingMiddleware};
use tower::Layer as _;
use tower_otel::{metrics::HttpLayer as MetricsLayer, trace::HttpLayer};
use tracing::{Level, Subscriber};
use tracing_subscriber::layer::SubscriberExt as _;

use super::{drive_client, drive_service};

pub const NAMES: [(&str, &str); 7] = [
    ("reqwest-tracing, no subscriber", "bare"),
    ("reqwest-tracing", "bare"),
    ("reqwest-tracing, with the URL", "bare"),
    ("reqwest-tracing, not sampled", "bare"),
    ("tower-otel, traces", "service, bare"),
    ("tower-otel, traces and metrics", "service, bare"),
    (
        "tower-otel, traces and metrics, not sampled",
        "service, bare",
    ),
];

pub fn run(variant: &str, client: Client) {
    assert!(
        NAMES.iter().any(|(name, _)| *name == variant),
        "there is no {variant:?}"
    );
    let is_sampled = !variant.contains("not sampled");
    if variant.starts_with("tower-otel") {
        run_tower_otel(client, is_sampled, variant.contains("metrics"));
    } else {
        if !variant.contains("no subscriber") {
            subscribe_032(is_sampled);
        }
        run_reqwest_tracing(client, variant.contains("URL"));
    }
}

fn run_tower_otel(client: Client, is_sampled: bool, has_metrics: bool) {
    use opentelemetry_sdk::propagation::TraceContextPropagator;

    global::set_text_map_propagator(TraceContextPropagator::new());
    let sampler = if is_sampled {
        Sampler::AlwaysOn
    } else {
        Sampler::AlwaysOff
    };
    let tracers = SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_span_processor(Sink::default())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(tracers.tracer("bench"));
    subscribe(tracing_subscriber::registry().with(layer));
    let traced = HttpLayer::client(Level::INFO).layer(client);
    if has_metrics {
        global::set_meter_provider(meters());
        drive_service(MetricsLayer::client(&global::meter("bench")).layer(traced));
    } else {
        drive_service(traced);
    }
}

fn run_reqwest_tracing(client: Client, has_url: bool) {
    use opentelemetry_sdk_032::propagation::TraceContextPropagator;

    opentelemetry_032::global::set_text_map_propagator(TraceContextPropagator::new());
    let client = ClientBuilder::new(client);
    let client = if has_url {
        client.with(TracingMiddleware::<SpanBackendWithUrl>::new())
    } else {
        client.with(TracingMiddleware::default())
    };
    drive_client(&client.build());
}

fn subscribe_032(is_sampled: bool) {
    let sampler = if is_sampled {
        sdk_032::Sampler::AlwaysOn
    } else {
        sdk_032::Sampler::AlwaysOff
    };
    let tracers = sdk_032::SdkTracerProvider::builder()
        .with_sampler(sampler)
        .with_span_processor(Sink032::default())
        .build();
    let layer = tracing_opentelemetry_033::layer().with_tracer(tracers.tracer("bench"));
    subscribe(tracing_subscriber::registry().with(layer));
}

/// `tracing-opentelemetry` as it comes.
fn subscribe(subscriber: impl Subscriber + Send + Sync) {
    tracing::subscriber::set_global_default(subscriber).expect("once");
}

/// The same sink, of the version before.
#[derive(Debug, Default)]
struct Sink032(Sink);

impl sdk_032::SpanProcessor for Sink032 {
    fn on_start(&self, _: &mut sdk_032::Span, _: &opentelemetry_032::Context) {}

    fn on_end(&self, span: sdk_032::SpanData) {
        if self.0.dumps() {
            println!("{span:#?}");
        }
    }

    fn force_flush(&self) -> opentelemetry_sdk_032::error::OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> opentelemetry_sdk_032::error::OTelSdkResult {
        Ok(())
    }
}
