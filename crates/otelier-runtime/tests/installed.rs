//! Runtimes are watched on the providers of the process, and only so many.
#![cfg(test)]

use std::thread;

use otelier_runtime::{Options, Watch, start, watch};
use tokio::runtime::{Builder, Handle};

/// On a thread of its own, where nothing is captured.
fn uncaptured<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    thread::scope(|threads| threads.spawn(run).join().unwrap())
}

/// The runtimes that are told of.
fn told(telemetry: &otelier_testing::Telemetry) -> usize {
    let metrics = telemetry.metrics();
    let mut counts = metrics
        .iter()
        .filter(|metric| metric.name == "tokio.runtime.worker.count");
    counts.next().map_or(0, |metric| metric.points.len())
}

#[test]
fn the_process_watches_sixteen_runtimes_each_under_a_name_of_its_own() {
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let handle = runtime.handle();
    let started = || {
        uncaptured(|| {
            let _entered = handle.enter();
            start(Options::default())
        })
    };
    assert!(!started().is_watching());

    // What is to be watched before is watched from then on.
    let early = uncaptured(|| watch("early", handle));
    drop(uncaptured(|| watch("gone", handle)));
    assert!(!early.is_watching());

    let telemetry = otelier_testing::capture();
    otelier_core::install(telemetry.providers().clone()).unwrap();
    let main = started();
    assert!(main.is_watching() && early.is_watching());
    assert_eq!(told(&telemetry), 2);
    drop(early);
    assert_eq!([told(&telemetry), told(&telemetry)], [2, 1]);
    // Once for the process.
    assert!(!started().is_watching());
    assert_eq!(telemetry.metric("process.uptime").points.len(), 1);

    let watched = |name: &str, handle: &Handle| uncaptured(|| watch(name, handle));
    assert!(!watched("main", handle).is_watching());
    let others: Vec<_> = (1..20)
        .map(|number| watched(&format!("runtime {number}"), handle))
        .collect();
    let watching = |watch: &&Watch| watch.is_watching();
    assert_eq!(others.iter().filter(watching).count(), 15);
    assert_eq!(told(&telemetry), 16);

    // A place that becomes free can be taken.
    drop(main);
    // It is told of once more.
    assert_eq!(told(&telemetry), 16);
    assert_eq!(told(&telemetry), 15);
    let long = "é".repeat(100);
    let long = watched(&long, handle);
    assert!(long.is_watching());
    assert_eq!(told(&telemetry), 16);
    let counts = telemetry.metric("tokio.runtime.worker.count");
    let names = counts.points.iter();
    let names = names.map(|point| point.attributes.get("tokio.runtime.name").unwrap());
    let longest = names.map(|name| name.as_str().len()).max();
    assert_eq!(longest, Some(64));
    drop((long, others));
    assert_eq!([told(&telemetry), told(&telemetry)], [16, 0]);
}
