//! The metrics of runtimes.

use std::{future::pending, sync::mpsc, time::Duration};

use otelier_runtime::{watch, watch_with};
use otelier_testing::{Telemetry, capture};
use tokio::runtime::Handle;

use crate::{current_thread, multi_thread, wait::until_true, without_watchdog};

/// What is told of a runtime, `None` if nothing is.
fn told(telemetry: &Telemetry, metric: &str, runtime: &str) -> Option<f64> {
    let metrics = telemetry.metrics();
    let metric = metrics.iter().find(|known| known.name == metric)?;
    let label = format!("tokio.runtime.name={runtime}");
    let mut points = metric.points.iter();
    let point = points.find(|point| point.attributes.to_string() == label)?;
    Some(point.value)
}

/// What the runtime tells itself.
fn parks(runtime: &Handle) -> u64 {
    let metrics = runtime.metrics();
    let workers = 0..metrics.num_workers();
    workers.map(|at| metrics.worker_park_count(at)).sum()
}

fn busy(runtime: &Handle) -> Duration {
    let metrics = runtime.metrics();
    let workers = 0..metrics.num_workers();
    workers
        .map(|at| metrics.worker_total_busy_duration(at))
        .sum()
}

#[test]
fn workers_tasks_and_queues_are_told_of_each_runtime_by_its_name() {
    let telemetry = capture();
    let [one, three] = [current_thread(), multi_thread(3)];
    let watches = [
        watch_with("one", one.handle(), without_watchdog()),
        watch_with("three", three.handle(), without_watchdog()),
    ];
    assert!(watches.iter().all(|watch| watch.is_watching()));
    for _ in 0..5 {
        three.spawn(pending::<()>());
    }
    // Nobody drives this one, so what is spawned waits with its heartbeat.
    one.spawn(pending::<()>());
    let told = |metric, runtime| told(&telemetry, metric, runtime).unwrap();
    assert_eq!(told("tokio.runtime.worker.count", "one"), 1.0);
    assert_eq!(told("tokio.runtime.worker.count", "three"), 3.0);
    assert_eq!(told("tokio.runtime.task.count", "one"), 2.0);
    assert_eq!(told("tokio.runtime.task.count", "three"), 6.0);
    assert_eq!(told("tokio.runtime.global_queue.depth", "one"), 2.0);
    until_true(|| told("tokio.runtime.global_queue.depth", "three") == 0.0);
}

#[test]
fn parks_and_busy_time_agree_with_the_runtime_s_own() {
    let telemetry = capture();
    let runtime = multi_thread(2);
    let handle = runtime.handle();
    let first = (parks(handle), busy(handle));
    let _watch = watch_with("ovens", handle, without_watchdog());
    let begun = (parks(handle), busy(handle));
    for round in 1..=3 {
        runtime.block_on(async {
            for _ in 0..50 {
                runtime.spawn(tokio::task::yield_now()).await.unwrap();
            }
        });
        // The watch began and is read between two looks of ours.
        let before = (parks(handle), busy(handle));
        let told = |metric| told(&telemetry, metric, "ovens").unwrap();
        let parked = told("tokio.runtime.worker.parks");
        let was_busy = told("tokio.runtime.worker.busy.time");
        let after = (parks(handle), busy(handle));
        let parks = (before.0 - begun.0) as f64..=(after.0 - first.0) as f64;
        assert!(parks.contains(&parked), "{round}: {parked} in {parks:?}");
        let times = (before.1 - begun.1).as_secs_f64()..=(after.1 - first.1).as_secs_f64();
        assert!(
            times.contains(&was_busy),
            "{round}: {was_busy} in {times:?}"
        );
    }
}

#[test]
fn the_busiest_worker_s_share_is_between_nothing_and_all() {
    let telemetry = capture();
    let runtime = multi_thread(2);
    let _watch = watch_with("ovens", runtime.handle(), without_watchdog());
    let share = || told(&telemetry, "tokio.runtime.worker.max_utilization", "ovens").unwrap();
    for _ in 0..20 {
        runtime.block_on(async { runtime.spawn(async {}).await.unwrap() });
        let share = share();
        assert!((0.0..=1.0).contains(&share), "{share}");
    }
}

#[test]
fn metrics_and_heartbeat_end_with_the_guard() {
    let telemetry = capture();
    let runtime = multi_thread(1);
    let watch = watch("ovens", runtime.handle());
    assert!(told(&telemetry, "tokio.runtime.task.count", "ovens").is_some());
    drop(watch);
    // What has been counted until then is told once more.
    assert!(told(&telemetry, "tokio.runtime.worker.parks", "ovens").is_some());
    assert_eq!(told(&telemetry, "tokio.runtime.task.count", "ovens"), None);
    until_true(|| runtime.metrics().num_alive_tasks() == 0);
}

#[test]
fn metrics_end_with_the_runtime() {
    let telemetry = capture();
    for runtime in [multi_thread(2), current_thread()] {
        let watch = watch("ovens", runtime.handle());
        assert!(watch.is_watching());
        drop(runtime);
        assert!(!watch.is_watching());
        assert_eq!(
            told(&telemetry, "tokio.runtime.task.count", "ovens"),
            Some(0.0)
        );
        assert_eq!(told(&telemetry, "tokio.runtime.task.count", "ovens"), None);
    }
}

#[test]
fn a_runtime_that_has_ended_before_is_not_watched() {
    let _telemetry = capture();
    let runtime = multi_thread(1);
    let handle = runtime.handle().clone();
    drop(runtime);
    assert!(!watch("ovens", &handle).is_watching());
}

#[test]
fn a_watched_runtime_shuts_down_as_any_other() {
    let _telemetry = capture();
    let (done, shut_down) = mpsc::channel();
    let runtime = multi_thread(2);
    let watch = watch("ovens", runtime.handle());
    std::thread::spawn(move || {
        runtime.shutdown_timeout(Duration::from_secs(3600));
        done.send(()).unwrap();
    });
    shut_down.recv_timeout(Duration::from_secs(60)).unwrap();
    assert!(!watch.is_watching());
}

#[test]
fn every_metric_is_documented_with_its_labels() {
    let telemetry = capture();
    let runtime = multi_thread(1);
    let _watch = watch("ovens", runtime.handle());
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/signals.md");
    let document = std::fs::read_to_string(file).unwrap();
    let metrics = telemetry.metrics();
    // As many as this tokio was compiled to tell.
    let expected = if cfg!(tokio_unstable) { 17 } else { 6 };
    assert_eq!(metrics.len(), expected, "{}", telemetry.metrics_summary());
    for metric in metrics {
        let attributes = metric
            .points
            .iter()
            .flat_map(|point| point.attributes.iter());
        for name in attributes.map(|(key, _)| key).chain([metric.name.as_str()]) {
            assert!(document.contains(&format!("`{name}`")), "{name}");
        }
    }
}
