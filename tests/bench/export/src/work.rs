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
    metrics::MeterProvider as _,
    trace::{Span as _, SpanId, SpanKind, TraceFlags, TraceId, Tracer, TracerProvider as _},
};
use opentelemetry_otlp::{
    Compression, LogExporter, SpanExporter, WithHttpConfig as _, WithTonicConfig as _,
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{BatchLogProcessor, LogBatch, SdkLoggerProvider},
    metrics::{
        PeriodicReader, SdkMeterProvider, Temporality, data::ResourceMetrics,
        exporter::PushMetricExporter,
    },
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

impl PushMetricExporter for Null {
    async fn export(&self, _: &ResourceMetrics) -> OTelSdkResult {
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

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
    if kind.starts_with("metrics") {
        metrics(kind, batches);
        println!("{}", ALLOCATIONS.load(Relaxed));
        std::process::exit(0);
    }
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

/// Collections of 200 series: counters, gauges, histograms of the default buckets.
fn metrics(kind: &str, collections: u64) {
    let (flush, meter): (Box<dyn Fn()>, _) = if kind.contains("own") {
        let telemetry = otelier_sdk::start(&setup(), Location::caller());
        let meter = opentelemetry::global::meter("bench");
        (Box::new(move || drop(telemetry.flush_blocking())), meter)
    } else {
        let provider = SdkMeterProvider::builder()
            .with_reader(PeriodicReader::builder(Null).build())
            .build();
        let meter = provider.meter("bench");
        (Box::new(move || drop(provider.force_flush())), meter)
    };
    let counter = meter.u64_counter("requests").with_unit("{request}").build();
    let gauge = meter.f64_gauge("temperature").with_unit("Cel").build();
    let histogram = meter.f64_histogram("duration").with_unit("s").build();
    for _ in 0..collections {
        for series in 0..100 {
            let labels = [
                KeyValue::new("http.route", format!("/orders/{}", series / 4)),
                KeyValue::new("http.request.method", "GET"),
                KeyValue::new("http.response.status_code", 200 + series % 4),
            ];
            match series % 4 {
                0 | 1 => counter.add(1, &labels),
                2 => gauge.record(21.5, &labels),
                _ => {}
            }
            histogram.record(0.25, &labels);
        }
        for series in 0..25 {
            counter.add(1, &[KeyValue::new("queue", series)]);
        }
        flush();
    }
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

fn tracer_provider(kind: &str) -> SdkTracerProvider {
    let gzip = kind.contains("gzip");
    let processor = if kind.contains("null") {
        BatchSpanProcessor::builder(Null).build()
    } else {
        let exporter = if kind.contains("grpc") {
            let builder = SpanExporter::builder().with_tonic();
            match gzip {
                true => builder.with_compression(Compression::Gzip).build(),
                false => builder.build(),
            }
        } else {
            let builder = SpanExporter::builder().with_http();
            match gzip {
                true => builder.with_compression(Compression::Gzip).build(),
                false => builder.build(),
            }
        };
        BatchSpanProcessor::builder(exporter.expect("an exporter")).build()
    };
    let builder = SdkTracerProvider::builder();
    builder.with_span_processor(processor).build()
}

fn logger_provider(kind: &str) -> SdkLoggerProvider {
    let gzip = kind.contains("gzip");
    let processor = if kind.contains("null") {
        BatchLogProcessor::builder(Null).build()
    } else {
        let exporter = if kind.contains("grpc") {
            let builder = LogExporter::builder().with_tonic();
            match gzip {
                true => builder.with_compression(Compression::Gzip).build(),
                false => builder.build(),
            }
        } else {
            let builder = LogExporter::builder().with_http();
            match gzip {
                true => builder.with_compression(Compression::Gzip).build(),
                false => builder.build(),
            }
        };
        BatchLogProcessor::builder(exporter.expect("an exporter")).build()
    };
    let builder = SdkLoggerProvider::builder();
    builder.with_log_processor(processor).build()
}

/// As a server layer makes them: ten attributes, of which five differ between
/// spans, and each span the root of its trace.
pub(crate) fn span(tracer: &impl Tracer) {
    let id = dice(100_000);
    let (name, method, route, path) = match dice(4) {
        0 => ("POST /orders", "POST", "/orders", "/orders".to_owned()),
        1 => (
            "GET /orders/{id}",
            "GET",
            "/orders/{id}",
            format!("/orders/{id}"),
        ),
        _ => (
            "GET /users/{id}",
            "GET",
            "/users/{id}",
            format!("/users/{id}"),
        ),
    };
    let agent = match dice(3) {
        0 => "curl/8.5.0",
        1 => "okhttp/4.12.0",
        _ => "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
    };
    let status = match dice(20) {
        0 => 404,
        1 => 500,
        _ => 200,
    };
    let attributes = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("url.path", path),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("http.route", route),
        KeyValue::new("server.address", "api.example.com"),
        KeyValue::new("server.port", 8080),
        KeyValue::new("network.protocol.version", "1.1"),
        KeyValue::new("client.address", format!("203.0.113.{}", dice(256))),
        KeyValue::new("user_agent.original", agent.to_owned()),
        KeyValue::new("http.response.status_code", status),
    ];
    let ended = opentelemetry::time::now();
    let took = Duration::from_nanos(dice(50_000_000));
    let builder = tracer
        .span_builder(name)
        .with_kind(SpanKind::Server)
        .with_start_time(ended - took)
        .with_attributes(attributes);
    tracer.build(builder).end_with_timestamp(ended);
}

/// Inside of a span, five attributes, of which three differ between records, and a
/// body of some 60 bytes.
fn log(logger: &impl Logger) {
    let user = dice(100_000);
    let mut record = logger.create_log_record();
    record.set_target("api::users");
    record.set_timestamp(opentelemetry::time::now());
    record.set_severity_number(Severity::Info);
    record.set_severity_text("INFO");
    record.set_trace_context(
        TraceId::from(u128::from(dice(u64::MAX)) << 64 | u128::from(dice(u64::MAX))),
        SpanId::from(dice(u64::MAX)),
        Some(TraceFlags::SAMPLED),
    );
    record.set_body(AnyValue::from(format!(
        "user {user} was loaded from the database and sent to the client"
    )));
    record.add_attribute("user.id", i64::try_from(user).expect("a small number"));
    record.add_attribute("code.file.path", "src/users.rs");
    record.add_attribute("code.line.number", 117);
    record.add_attribute("db.rows", if dice(9) == 0 { 2 } else { 1 });
    let cache = if dice(5) == 0 { "hit" } else { "miss" };
    record.add_attribute("cache", cache.to_owned());
    logger.emit(record);
}

/// A number below `end`, by chance, but the same ones in each run: splitmix64.
fn dice(end: u64) -> u64 {
    static STATE: AtomicU64 = AtomicU64::new(0);
    let mut bits = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Relaxed);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) % end
}
