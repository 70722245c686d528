//! Spans at a steady rate, more than most services ever record, at the default
//! queue sizes: how many of them are dropped.

use std::{
    panic::Location,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use bench_check::program;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, SdkTracerProvider, SpanData},
};

use crate::{Sink, work};

/// Spans a second.
const RATE: u64 = 200_000;
const SECONDS: u64 = 10;
const KINDS: [&str; 4] = ["stock http", "own http", "stock grpc", "own grpc"];

pub(crate) fn table() {
    println!(
        "| {RATE} spans a second, {SECONDS} s | recorded | dropped | of all | CPU of the process, s |"
    );
    println!("|---|---:|---:|---:|---:|");
    for kind in KINDS {
        let sink = Sink::start();
        let grpc = kind.contains("grpc");
        let output = Command::new(program())
            .args(["pour", kind])
            .env(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                if grpc { &sink.grpc } else { &sink.http },
            )
            .env(
                "OTEL_EXPORTER_OTLP_PROTOCOL",
                if grpc { "grpc" } else { "http/protobuf" },
            )
            .env("OTEL_METRICS_EXPORTER", "none")
            .env("OTEL_LOGS_EXPORTER", "none")
            .output()
            .expect("to run");
        assert!(output.status.success(), "{kind}: {output:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().expect("a line");
        let numbers: Vec<f64> = line
            .split(' ')
            .map(|number| number.parse().expect("a number"))
            .collect();
        let [recorded, exported, seconds] = numbers[..] else {
            panic!("{kind}: {line}");
        };
        let dropped = recorded - exported;
        let share = 100.0 * dropped / recorded;
        println!("| {kind} | {recorded} | {dropped} | {share:.2} % | {seconds:.1} |");
    }
}

/// Counts what an exporter is given, which is what its queue did not drop.
#[derive(Debug)]
struct Counted<E>(E, Arc<AtomicU64>);

impl<E: opentelemetry_sdk::trace::SpanExporter> opentelemetry_sdk::trace::SpanExporter
    for Counted<E>
{
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len() as u64;
        let exported = self.0.export(batch).await;
        if exported.is_ok() {
            self.1.fetch_add(count, Relaxed);
        }
        exported
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Prints what was recorded and exported, and the seconds of CPU that took.
pub(crate) fn pour(kind: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    let _entered = (kind == "stock grpc").then(|| runtime.enter());
    let (recorded, exported) = if kind.contains("own") {
        let telemetry = otelier_sdk::start(&work::setup(), Location::caller());
        let tracer = opentelemetry::global::tracer_provider().tracer("bench");
        let recorded = steadily(|| work::span(&tracer));
        (
            recorded,
            telemetry.shutdown_blocking().status.traces.exported,
        )
    } else {
        let count = Arc::new(AtomicU64::new(0));
        let exporter = if kind.contains("grpc") {
            SpanExporter::builder().with_tonic().build()
        } else {
            SpanExporter::builder().with_http().build()
        };
        let exporter = Counted(exporter.expect("an exporter"), Arc::clone(&count));
        let processor = BatchSpanProcessor::builder(exporter).build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .build();
        let tracer = provider.tracer("bench");
        let recorded = steadily(|| work::span(&tracer));
        provider.shutdown().ok();
        (recorded, count.load(Relaxed))
    };
    println!("{recorded} {exported} {}", cpu());
    std::process::exit(0);
}

fn steadily(record: impl Fn()) -> u64 {
    let start = Instant::now();
    let (mut recorded, mut skipped) = (0, 0);
    loop {
        let elapsed = start.elapsed();
        if elapsed >= Duration::from_secs(SECONDS) {
            return recorded;
        }
        let due = u64::try_from(elapsed.as_nanos() * u128::from(RATE) / 1_000_000_000);
        let due = due.expect("a small number");
        // What was missed while the machine did something else is not made up for
        // at once: the rate is to be steady.
        skipped = skipped.max(due.saturating_sub(recorded + RATE / 1000));
        let before = recorded;
        while recorded + skipped < due {
            record();
            recorded += 1;
        }
        if recorded == before {
            thread::sleep(Duration::from_micros(50));
        }
    }
}

/// User and system time of this process, where Linux tells it.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after_name
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<u64>().ok())
        .sum();
    ticks as f64 / 100.0
}
