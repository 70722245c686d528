//! Records batches, each when the one before has been answered.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    panic::Location,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use opentelemetry::{
    KeyValue,
    logs::{AnyValue, LogRecord as _, Logger, LoggerProvider as _, Severity},
    trace::{Span as _, SpanKind, Tracer, TracerProvider as _},
};
use opentelemetry_otlp::{
    Compression, LogExporter, SpanExporter, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{BatchLogProcessor, LogBatch, SdkLoggerProvider},
    trace::{BatchSpanProcessor, SdkTracerProvider, SpanData},
};
use otelier_sdk::Setup;

use crate::BATCH;

#[global_allocator]
static ALLOCATOR: Counting = Counting;
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// What the recording thread allocates is not the exporter's.
    static RECORDS: Cell<bool> = const { Cell::new(false) };
}

struct Counting;

fn count() {
    if !RECORDS.get() {
        ALLOCATIONS.fetch_add(1, Relaxed);
    }
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(at, layout, size) }
    }
}

#[derive(Debug)]
struct Null;

impl opentelemetry_sdk::trace::SpanExporter for Null {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

impl opentelemetry_sdk::logs::LogExporter for Null {
    async fn export(&self, _: LogBatch<'_>) -> OTelSdkResult {
        Ok(())
    }
}

/// Runs, then prints the allocations, and ends at once: the end is not
/// measured.
pub(crate) fn run(kind: &str, batches: u64) {
    RECORDS.set(true);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let _entered = kind.contains("stock grpc").then(|| runtime.enter());
    let spans = kind.starts_with("spans");
    match (spans, kind.contains("own")) {
        (true, true) => {
            let telemetry = otelier_sdk::start(&setup(), Location::caller());
            let tracer = opentelemetry::global::tracer_provider().tracer("bench");
            each(
                batches,
                || span(&tracer),
                |sent| {
                    while telemetry.status().traces.exported < sent {
                        std::thread::sleep(Duration::from_micros(300));
                    }
                },
            );
        }
        (false, true) => {
            let telemetry = otelier_sdk::start(&setup(), Location::caller());
            let logger = telemetry.logger_provider().expect("logs").logger("bench");
            each(
                batches,
                || log(&logger),
                |sent| {
                    while telemetry.status().logs.exported < sent {
                        std::thread::sleep(Duration::from_micros(300));
                    }
                },
            );
        }
        (true, false) => {
            let provider = tracer_provider(kind);
            let tracer = provider.tracer("bench");
            each(
                batches,
                || span(&tracer),
                |_| provider.force_flush().expect("a flush"),
            );
        }
        (false, false) => {
            let provider = logger_provider(kind);
            let logger = provider.logger("bench");
            each(
                batches,
                || log(&logger),
                |_| provider.force_flush().expect("a flush"),
            );
        }
    }
    println!("{}", ALLOCATIONS.load(Relaxed));
    std::process::exit(0);
}

fn each(batches: u64, record: impl Fn(), wait: impl Fn(u64)) {
    for batch in 1..=batches {
        for _ in 0..BATCH {
            record();
        }
        wait(batch * BATCH);
    }
}

pub(crate) fn setup() -> Setup {
    Setup::new("bench", "1.0.0")
}

fn compression(kind: &str) -> Option<Compression> {
    kind.contains("gzip").then_some(Compression::Gzip)
}

fn tracer_provider(kind: &str) -> SdkTracerProvider {
    let builder = SdkTracerProvider::builder();
    let processor = if kind.contains("null") {
        BatchSpanProcessor::builder(Null).build()
    } else if kind.contains("grpc") {
        let mut exporter = SpanExporter::builder().with_tonic();
        if let Some(how) = compression(kind) {
            exporter = exporter.with_compression(how);
        }
        BatchSpanProcessor::builder(exporter.build().expect("an exporter")).build()
    } else {
        let mut exporter = SpanExporter::builder().with_http();
        if let Some(how) = compression(kind) {
            exporter = exporter.with_compression(how);
        }
        BatchSpanProcessor::builder(exporter.build().expect("an exporter")).build()
    };
    builder.with_span_processor(processor).build()
}

fn logger_provider(kind: &str) -> SdkLoggerProvider {
    let builder = SdkLoggerProvider::builder();
    let processor = if kind.contains("null") {
        BatchLogProcessor::builder(Null).build()
    } else if kind.contains("grpc") {
        let exporter = LogExporter::builder().with_tonic().build();
        BatchLogProcessor::builder(exporter.expect("an exporter")).build()
    } else {
        let exporter = LogExporter::builder().with_http().build();
        BatchLogProcessor::builder(exporter.expect("an exporter")).build()
    };
    builder.with_log_processor(processor).build()
}

/// As a server layer makes them: ten attributes.
pub(crate) fn span(tracer: &impl Tracer) {
    let attributes = vec![
        KeyValue::new("http.request.method", "GET"),
        KeyValue::new("url.path", "/users/42".to_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("http.route", "/users/{id}"),
        KeyValue::new("server.address", "api.example.com"),
        KeyValue::new("server.port", 8080),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new("client.address", "203.0.113.7".to_owned()),
        KeyValue::new("user_agent.original", "curl/8.5.0".to_owned()),
        KeyValue::new("http.response.status_code", 200),
    ];
    let builder = tracer
        .span_builder("GET /users/{id}")
        .with_kind(SpanKind::Server)
        .with_attributes(attributes);
    tracer.build(builder).end();
}

/// Five attributes, a body of 60 bytes.
fn log(logger: &impl Logger) {
    let mut record = logger.create_log_record();
    record.set_target("api::users");
    record.set_timestamp(opentelemetry::time::now());
    record.set_severity_number(Severity::Info);
    record.set_severity_text("INFO");
    record.set_body(AnyValue::from(
        "user 42 was loaded from the database and sent to the client.".to_owned(),
    ));
    record.add_attribute("user.id", 42);
    record.add_attribute("code.file.path", "src/users.rs");
    record.add_attribute("code.line.number", 117);
    record.add_attribute("db.rows", 1);
    record.add_attribute("cache", "miss".to_owned());
    logger.emit(record);
}
