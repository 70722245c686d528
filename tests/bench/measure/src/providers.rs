//! Where what is measured records to: providers that keep nothing.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    time::Duration,
};

use opentelemetry::{
    Context, TraceFlags,
    trace::{SpanContext, TraceContextExt as _, TraceState},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider},
    trace::{Sampler, SdkTracerProvider, Span, SpanData, SpanProcessor},
};

/// Drops every span, so that only its making is measured. With `DUMP=1` it prints
/// the first.
#[derive(Debug)]
pub struct Sink(AtomicBool);

impl Default for Sink {
    fn default() -> Self {
        Self(AtomicBool::new(env::var_os("DUMP").is_some()))
    }
}

impl Sink {
    /// Whether this span is to be printed.
    pub fn dumps(&self) -> bool {
        self.0.load(Relaxed) && self.0.swap(false, Relaxed)
    }
}

impl SpanProcessor for Sink {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    /// Inlined, as what it costs to drop a span hangs on who is compiled with it.
    #[inline]
    fn on_end(&self, span: SpanData) {
        if self.dumps() {
            print(&span);
        }
        drop(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[cold]
#[inline(never)]
fn print(span: &SpanData) {
    println!("{span:#?}");
}

/// Samples as the parent does, and else as the sampler says.
#[inline]
#[must_use]
pub fn tracers_by(root: Sampler) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_sampler(Sampler::ParentBased(Box::new(root)))
        .with_span_processor(Sink::default())
        .build()
}

/// Samples as the parent does, and else always.
#[inline]
#[must_use]
pub fn tracers() -> SdkTracerProvider {
    tracers_by(Sampler::AlwaysOn)
}

/// A meter provider that is never asked for anything.
#[must_use]
pub fn meters() -> SdkMeterProvider {
    let exporter = InMemoryMetricExporter::default();
    let reader = PeriodicReader::builder(exporter).with_interval(Duration::from_secs(3600));
    SdkMeterProvider::builder()
        .with_reader(reader.build())
        .build()
}

/// What is measured is below a caller elsewhere.
#[must_use]
pub fn below(flags: TraceFlags) -> Context {
    Context::new().with_remote_span_context(SpanContext::new(
        0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.into(),
        0x00f0_67aa_0ba9_02b7_u64.into(),
        flags,
        true,
        TraceState::default(),
    ))
}

/// Below a caller that is sampled, unless the variant says otherwise.
#[must_use]
pub fn below_caller(variant: &str) -> Context {
    below(flags_of(variant))
}

#[must_use]
pub fn flags_of(variant: &str) -> TraceFlags {
    TraceFlags::default().with_sampled(!variant.contains("not sampled"))
}
