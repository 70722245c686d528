//! The set-up of sqlx-otel, on the OpenTelemetry that it needs.

use std::time::Duration;

use opentelemetry_032::{
    Context, ContextGuard, TraceFlags, global,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceId, TraceState},
};
use opentelemetry_sdk_032::{
    error::OTelSdkResult,
    metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider},
    trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor},
};

#[derive(Debug)]
struct Sink;

impl SpanProcessor for Sink {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if std::env::var_os("DUMP").is_some() {
            println!("{span:#?}");
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Installs providers as ours are, and makes the request current.
pub fn install(variant: &str) -> ContextGuard {
    if !variant.ends_with("no providers") {
        let reader = PeriodicReader::builder(InMemoryMetricExporter::default())
            .with_interval(Duration::from_secs(3600));
        global::set_meter_provider(
            SdkMeterProvider::builder()
                .with_reader(reader.build())
                .build(),
        );
        global::set_tracer_provider(
            SdkTracerProvider::builder()
                .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
                .with_span_processor(Sink)
                .build(),
        );
    }
    let is_sampled = !variant.ends_with("not sampled");
    let parent = SpanContext::new(
        TraceId::from(1),
        SpanId::from(2),
        TraceFlags::default().with_sampled(is_sampled),
        true,
        TraceState::default(),
    );
    Context::new().with_remote_span_context(parent).attach()
}
