//! A program that adds to the SDK and to the subscriber, and whose additions
//! panic or block.

use std::{
    sync::{
        Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use otelier::{
    otel::{
        Context, InstrumentationScope, KeyValue, global,
        logs::LogRecord as _,
        trace::{Link, Span as _, SpanKind, TraceId, TraceState},
    },
    sdk::{
        Hooks, Resource,
        error::OTelSdkResult,
        logs::{LogProcessor, SdkLogRecord},
        metrics::{
            Instrument, InstrumentKind, ManualReader, Pipeline, Stream, Temporality,
            data::ResourceMetrics, reader::MetricReader,
        },
        resource::ResourceDetector,
        trace::{SamplingDecision, SamplingResult, ShouldSample, Span, SpanData, SpanProcessor},
    },
};
use tracing_subscriber::layer;

use crate::tell;

/// What it is to do where a good one would work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    Panics,
    Blocks,
}

impl Fault {
    fn now(self) {
        assert!(self != Self::Panics, "a fault of the program's own");
    }

    fn at_the_end(self) -> OTelSdkResult {
        self.now();
        if self == Self::Blocks {
            loop {
                thread::park();
            }
        }
        Ok(())
    }
}

static STARTED: AtomicU64 = AtomicU64::new(0);
static ENDED: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);
static METRICS: AtomicU64 = AtomicU64::new(0);

#[derive(Debug)]
struct Spans(Fault);

impl SpanProcessor for Spans {
    fn on_start(&self, span: &mut Span, _: &Context) {
        STARTED.fetch_add(1, Relaxed);
        span.set_attribute(KeyValue::new("theirs.span", "marked"));
        self.0.now();
    }

    fn on_end(&self, _: SpanData) {
        ENDED.fetch_add(1, Relaxed);
        self.0.now();
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.at_the_end()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.0.at_the_end()
    }
}

#[derive(Debug)]
struct Logs(Fault);

impl LogProcessor for Logs {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        record.add_attribute("theirs.log", "marked");
        self.0.now();
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.at_the_end()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        self.0.at_the_end()
    }
}

#[derive(Debug)]
struct Reader(ManualReader, Fault);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.1.at_the_end()
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        let mut metrics = ResourceMetrics::default();
        self.collect(&mut metrics)?;
        let metrics = metrics.scope_metrics().flat_map(|scope| scope.metrics());
        let own = metrics.filter(|metric| metric.name().starts_with("theirs."));
        METRICS.fetch_add(own.count() as u64, Relaxed);
        self.1.at_the_end()
    }

    fn temporality(&self, _: InstrumentKind) -> Temporality {
        Temporality::Cumulative
    }
}

/// Drops spans by their name.
#[derive(Clone, Debug)]
struct Sampler(Fault);

impl ShouldSample for Sampler {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        _: &SpanKind,
        _: &[KeyValue],
        _: &[Link],
    ) -> SamplingResult {
        self.0.now();
        SamplingResult {
            decision: match name {
                "unwanted" => SamplingDecision::Drop,
                _ => SamplingDecision::RecordAndSample,
            },
            attributes: Vec::new(),
            trace_state: TraceState::default(),
        }
    }
}

struct Detector(Fault);

impl ResourceDetector for Detector {
    fn detect(&self) -> Resource {
        self.0.now();
        Resource::builder_empty()
            .with_attribute(KeyValue::new("theirs.place", "here"))
            .build()
    }
}

/// Counts events.
struct Events;

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Events {
    fn on_event(&self, _: &tracing::Event<'_>, _: layer::Context<'_, S>) {
        EVENTS.fetch_add(1, Relaxed);
    }
}

fn view(fault: Fault) -> impl Fn(&Instrument) -> Option<Stream> + Send + Sync + 'static {
    move |instrument| {
        if instrument.name() != "count" {
            return None;
        }
        fault.now();
        let named = Stream::builder().with_name("theirs.count");
        named.build().ok()
    }
}

pub(crate) fn add(fault: &str) -> anyhow::Result<()> {
    let fault = match fault {
        "panicking" => Fault::Panics,
        "blocking" => Fault::Blocks,
        _ => Fault::None,
    };
    let reader = Reader(ManualReader::builder().build(), fault);
    let hooks = Hooks::new()
        .with_span_processor(Spans(fault))
        .with_log_processor(Logs(fault))
        .with_metric_reader(reader)
        .with_sampler(Sampler(fault))
        .with_view(view(fault))
        .with_detector(Detector(fault));
    let setup = otelier::setup!().with_shutdown_timeout(match fault {
        Fault::Blocks => Duration::from_secs(2),
        _ => Duration::from_secs(20),
    });
    let setup = setup.with_hooks(hooks).with_layer(Events);
    let telemetry = setup.with_log_span_fields(["tenant"]).init();
    EVENTS.store(0, Relaxed);
    tracing::info_span!("wanted", tenant = "acme").in_scope(|| tracing::info!("seen"));
    tracing::info_span!("unwanted").in_scope(|| tracing::info!("seen"));
    let counter = global::meter("theirs").u64_counter("count").build();
    counter.add(1, &[]);
    let events = EVENTS.load(Relaxed);
    let report = telemetry.shutdown_blocking();
    tell(format_args!("started: {}", STARTED.load(Relaxed)))?;
    tell(format_args!("ended: {}", ENDED.load(Relaxed)))?;
    tell(format_args!("events: {events}"))?;
    tell(format_args!("metrics: {}", METRICS.load(Relaxed)))?;
    let books = [report.status.traces, report.status.logs];
    let books = books.map(|book| format!("{}/{}/{}", book.exported, book.dropped, book.failed));
    tell(format_args!("books: {}", books.join(" "))).map_err(Into::into)
}
