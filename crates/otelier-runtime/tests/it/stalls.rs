//! The watchdog.

use std::{
    sync::mpsc::{self, Receiver, Sender},
    time::Duration,
};

use otelier_runtime::{Options, Watch, watch_with};
use otelier_testing::{Log, Telemetry, capture};
use tokio::runtime::{Handle, Runtime};

use crate::{
    current_thread, multi_thread, soon,
    wait::{block_for, until, until_true, until_true_in_task},
};

const STALL: &str = "otelier.runtime.stall";

/// Blocks workers until it is dropped.
struct Block(#[expect(dead_code, reason = "what counts is its drop")] Sender<()>);

/// A task that blocks its thread as long as the sender lives.
fn block(until_dropped: &Receiver<()>) {
    assert!(until_dropped.recv().is_err());
}

/// Blocks so many workers, and returns when they are.
fn block_workers(runtime: &Runtime, workers: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    for _ in 0..workers {
        let (sender, receiver) = mpsc::channel();
        let (begins, begun) = mpsc::channel();
        runtime.spawn(async move {
            begins.send(()).unwrap();
            block(&receiver);
        });
        begun.recv().unwrap();
        blocks.push(Block(sender));
    }
    blocks
}

/// What is logged at this level.
fn said(telemetry: &Telemetry, level: &str) -> Vec<Log> {
    let mut logs = telemetry.logs();
    logs.retain(|log| log.level == level);
    logs
}

/// Number and sum of the stalls that have ended.
fn stalls(telemetry: &Telemetry) -> (u64, f64) {
    let metrics = telemetry.metrics();
    let stalls = metrics.iter().find(|metric| metric.name == STALL);
    stalls.map_or((0, 0.0), |stalls| (stalls.count(), stalls.total()))
}

fn watched(runtime: &Runtime) -> Watch {
    let watch = watch_with("ovens", runtime.handle(), soon());
    // The first beat tells that there is someone to ask.
    runtime.block_on(tokio::task::yield_now());
    watch
}

#[test]
fn a_block_of_all_workers_is_one_stall_and_said_while_it_lasts() {
    let telemetry = capture();
    let runtime = multi_thread(2);
    let _watch = watched(&runtime);
    let blocks = block_workers(&runtime, 2);
    let warnings = until(|| Some(said(&telemetry, "WARN")).filter(|said| !said.is_empty()));
    assert_eq!(stalls(&telemetry), (0, 0.0));
    drop(blocks);
    let (count, lasted) = until(|| Some(stalls(&telemetry)).filter(|(count, _)| *count > 0));
    assert_eq!(count, 1);
    assert!(lasted >= 0.1, "{lasted}");

    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    let body = warning.message.as_str();
    assert!(body.contains("\"ovens\""), "{body}");
    assert!(body.contains("multi-thread, 2 of 2 workers"), "{body}");
    assert_eq!(
        warning
            .attributes
            .get("tokio.runtime.name")
            .unwrap()
            .to_string(),
        "ovens"
    );
    until_true(|| said(&telemetry, "INFO").len() == 1);
    assert_eq!(said(&telemetry, "WARN").len(), 1);
}

#[test]
fn a_current_thread_runtime_that_is_blocked_stalls() {
    let telemetry = capture();
    let runtime = current_thread();
    let _watch = watched(&runtime);
    runtime.block_on(async {
        until_true(|| said(&telemetry, "WARN").len() == 1);
        assert_eq!(stalls(&telemetry).0, 0);
    });
    runtime.block_on(until_true_in_task(|| stalls(&telemetry).0 > 0));
    let (count, lasted) = stalls(&telemetry);
    assert!((count, lasted >= 0.1) == (1, true), "{count} {lasted}");
}

#[test]
fn a_second_stall_within_the_minute_is_counted_and_not_said() {
    let telemetry = capture();
    let runtime = current_thread();
    let _watch = watched(&runtime);
    for stall in 1..=3 {
        runtime.block_on(async { block_for(Duration::from_millis(300)) });
        runtime.block_on(until_true_in_task(|| stalls(&telemetry).0 >= stall));
    }
    assert_eq!(said(&telemetry, "WARN").len(), 1);
    assert_eq!(said(&telemetry, "INFO").len(), 1);
}

#[test]
fn only_what_is_blocked_is_reported() {
    let telemetry = capture();
    let options = Options::default().with_stall_threshold(Duration::from_secs(2));
    let watch = |name, runtime: &Runtime| {
        let watch = watch_with(name, runtime.handle(), options);
        runtime.block_on(tokio::task::yield_now());
        watch
    };
    let [half, idle, dropped] = [multi_thread(2), multi_thread(1), multi_thread(1)];
    let _watches = [
        watch("half", &half),
        watch("idle", &idle),
        watch("dropped", &dropped),
    ];
    // Nobody drives this one, now or later.
    let undriven = current_thread();
    let _undriven = watch_with("undriven", undriven.handle(), options);
    let _blocks = block_workers(&half, 1);
    drop(dropped);
    // When this one is reported, the others would have been, too.
    let blocked = current_thread();
    let _blocked = watch("blocked", &blocked);
    blocked.block_on(async { until_true(|| !said(&telemetry, "WARN").is_empty()) });
    let warnings = said(&telemetry, "WARN");
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}");
    };
    let name = warning.get("tokio.runtime.name").unwrap();
    assert_eq!(name.as_str(), "blocked");
}

#[tokio::test(start_paused = true)]
async fn a_paused_clock_goes_its_own_way() {
    let telemetry = capture();
    let _watch = watch_with("ovens", &Handle::current(), soon());
    let start = tokio::time::Instant::now();
    tokio::time::sleep(Duration::from_secs(3600)).await;
    // The heartbeat has no timer that would move the clock.
    assert_eq!(start.elapsed(), Duration::from_secs(3600));
    assert_eq!(said(&telemetry, "WARN").len(), 0);
}
