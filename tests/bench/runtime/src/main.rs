//! What watching a runtime and reading the process costs: processor time of
//! the whole process, the kernel's included, as a row for each state.

use std::{
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike as _,
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    metrics::{
        InstrumentKind, ManualReader, Pipeline, SdkMeterProvider, Temporality,
        data::ResourceMetrics, reader::MetricReader,
    },
    trace::SdkTracerProvider,
};
use otelier_core::{Conventions, Propagation, Providers};
use otelier_runtime::{Options, Watch, start, watch};
use tokio::runtime::{Builder, Runtime};

const IDLE: Duration = Duration::from_secs(20);
const COLLECTIONS: u32 = 2000;

/// The SDK takes a reader by value, and this one is asked by hand.
#[derive(Clone, Debug)]
struct Reader(Arc<ManualReader>);

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.0.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.0.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.0.temporality(kind)
    }
}

/// Microseconds of processor time, and context switches.
fn used() -> (i64, i64) {
    let used = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let time = used.user_time().num_microseconds() + used.system_time().num_microseconds();
    (time, used.voluntary_context_switches())
}

/// What an idle process uses in a minute.
fn idle(name: &str) {
    let (before, switches) = used();
    let began = Instant::now();
    thread::sleep(IDLE);
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let (after, more) = used();
    let millis = (after - before) as f64 / 1e3 / minutes;
    let switches = (more - switches) as f64 / minutes;
    println!("| {name} | {millis:.1} ms | {switches:.0} |");
}

fn collect(name: &str, reader: &Reader) {
    let mut metrics = ResourceMetrics::default();
    reader.collect(&mut metrics).unwrap();
    let (before, _) = used();
    for _ in 0..COLLECTIONS {
        reader.collect(&mut metrics).unwrap();
    }
    let micros = (used().0 - before) as f64 / f64::from(COLLECTIONS);
    println!("| {name} | {micros:.0} µs |");
}

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap()
}

fn main() {
    let reader = Reader(Arc::new(ManualReader::builder().build()));
    let meters = SdkMeterProvider::builder()
        .with_reader(reader.clone())
        .build();
    let tracers = SdkTracerProvider::builder().build();
    let providers = Providers::new(tracers, meters, Propagation::none(), Conventions::default());
    otelier_core::install(providers).unwrap();
    let runtimes: Vec<_> = (0..4).map(|_| runtime()).collect();

    println!("| processor time in a minute, idle | | context switches |\n|---|---:|---:|");
    idle("nobody watches");
    let without = Options::default().with_stall_threshold(Duration::ZERO);
    let entered = runtimes[0].enter();
    let main = start(without);
    drop(entered);
    idle("metrics, no watchdog");
    let options = [1000, 100].map(|millis| {
        let threshold = Duration::from_millis(millis);
        (millis, Options::default().with_stall_threshold(threshold))
    });
    for (millis, options) in options {
        let watch = otelier_runtime::watch_with("watched", runtimes[1].handle(), options);
        idle(&format!("a watchdog at {millis} ms"));
        drop(watch);
    }

    println!("\n| one collection | |\n|---|---:|");
    collect("the process, and one runtime of four workers", &reader);
    let more: Vec<Watch> = (1..4)
        .map(|at| watch(&format!("runtime {at}"), runtimes[at].handle()))
        .collect();
    collect("the process, and four runtimes", &reader);
    drop((main, more));
    collect("nothing but the process", &reader);
}
