//! Runtimes, their stalls and the process, on the wire.

use std::{fs, sync::Arc};

use otelier_collector::{Metric, MetricKind, Store};

use crate::harness::{collector, get, scenario, wait};

const THRESHOLD: &str = "OTELIER_RUNTIME_STALL_THRESHOLD";
const STALL: &str = "otelier.runtime.stall";
const SAID: &str = "has run no task for";

async fn metric(store: &Store, name: &str) -> Arc<Metric> {
    wait(store, |store| store.metrics_named(name).pop()).await
}

#[tokio::test]
async fn a_blocked_runtime_is_one_stall_and_one_warning_on_console_and_wire() {
    for (flavor, workers) in [("multi-thread", 2), ("current-thread", 1)] {
        let collector = collector().await;
        let program = scenario(["stall", flavor]).to(&collector);
        let program = program.with(THRESHOLD, "500").start();
        let stall = metric(collector.store(), STALL).await;
        let ended = program.stop().await.well();

        assert_eq!((stall.unit(), stall.kind()), ("s", MetricKind::Histogram));
        assert_eq!(stall.count(), Some(1), "{flavor}");
        assert!(stall.sum().unwrap() >= 0.5, "{flavor}: {stall:?}");
        assert_eq!(stall.attribute_text("tokio.runtime.name").unwrap(), "main");
        let line = ended.one_line_with(SAID);
        assert!(line.contains("WARN otelier_runtime"), "{line}");
        let states = format!("{flavor}, {workers} of {workers} workers");
        assert!(line.contains(&states), "{line}");

        let logs = collector.store().logs();
        let warnings: Vec<_> = logs
            .iter()
            .filter(|log| log.body().contains(SAID))
            .collect();
        let [warning] = warnings.as_slice() else {
            panic!("{warnings:?}");
        };
        assert_eq!(warning.severity(), 13);
        assert_eq!(
            warning.attribute_text("tokio.runtime.name").unwrap(),
            "main"
        );
        ended.one_line_with("runs again after");
    }
}

#[tokio::test]
async fn a_process_that_was_stopped_has_not_stalled() {
    let collector = collector().await;
    let mut program = scenario(["no stall"])
        .to(&collector)
        .with(THRESHOLD, "500")
        .start();
    program.says("ready").await;
    metric(collector.store(), "tokio.runtime.worker.parks").await;
    program.signal("STOP").await;
    // Nothing tells how long it has been stopped. Longer than the threshold, and than what its
    // watchdog may oversleep.
    tokio::time::sleep(std::time::Duration::from_millis(2000)).await;
    program.signal("CONT").await;
    let before = metric(collector.store(), "process.uptime").await.updates();
    // The watchdog asks more often than metrics are sent.
    wait(collector.store(), |store| {
        let uptime = store.metrics_named("process.uptime").pop()?;
        (uptime.updates() > before + 10).then_some(())
    })
    .await;
    let ended = program.stop().await.well();
    assert_eq!(ended.lines_with(SAID), [""; 0]);
    assert!(collector.store().metrics_named(STALL).is_empty());
}

#[tokio::test]
async fn zero_turns_the_watchdog_off_and_leaves_the_metrics() {
    let collector = collector().await;
    let footprint = |threshold| {
        scenario(["footprint", "with"])
            .to(&collector)
            .with(THRESHOLD, threshold)
            .run()
    };
    let (on, off) = (footprint("").await.well(), footprint("0").await.well());
    assert!(on.told("names").contains("otelier-watch"));
    assert!(!off.told("names").contains("otelier-watch"));
    let collector = crate::harness::collector().await;
    let program = scenario(["stall", "multi-thread"]).to(&collector);
    let program = program.with(THRESHOLD, "0").start();
    metric(collector.store(), "tokio.runtime.worker.parks").await;
    assert_eq!(program.stop().await.well().lines_with(SAID), [""; 0]);
}

#[tokio::test]
async fn a_runtime_tells_of_its_workers_and_tasks() {
    for (arguments, workers) in [
        (["api", "one worker"], 1.0),
        (["api", "current thread"], 1.0),
    ] {
        let collector = collector().await;
        let mut api = scenario(arguments).to(&collector).start();
        get(&format!("{}/repos/7", api.url().await)).await;
        let store = collector.store();
        let count = metric(store, "tokio.runtime.worker.count").await;
        assert_eq!((count.value(), count.unit()), (Some(workers), "{worker}"));
        // The server is one, and the heartbeat.
        wait(store, |store| {
            let tasks = store.metrics_named("tokio.runtime.task.count").pop()?;
            (tasks.value()? >= 1.0).then_some(())
        })
        .await;
        for name in [
            "tokio.runtime.worker.parks",
            "tokio.runtime.worker.busy.time",
        ] {
            wait(store, |store| {
                (store.metrics_named(name).pop()?.value()? > 0.0).then_some(())
            })
            .await;
        }
        let ended = api.stop().await.well();
        assert_eq!(ended.lines_with(SAID), [""; 0]);
    }
}

#[tokio::test]
async fn runtimes_that_are_named_are_told_of_to_the_end() {
    let collector = collector().await;
    let ended = scenario(["several runtimes"]).to(&collector).run();
    assert_eq!(ended.await.well().told("watching"), "2");
    let counts = collector
        .store()
        .metrics_named("tokio.runtime.worker.count");
    let mut counts: Vec<_> = counts
        .iter()
        .map(|count| {
            let name = count.attribute_text("tokio.runtime.name").unwrap();
            (name.to_string(), count.value().unwrap())
        })
        .collect();
    counts.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(counts, [("cpu".to_owned(), 1.0), ("io".to_owned(), 3.0)]);
}

/// A number in a file of `/proc/<id>`, the first word of the line that starts
/// so.
#[cfg(target_os = "linux")]
fn status(id: u32, start: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let mut lines = status.lines().filter_map(|line| line.strip_prefix(start));
    let number = lines.next().unwrap().split_whitespace().next().unwrap();
    number.parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_process_uses_is_what_the_system_says() {
    let collector = collector().await;
    let mut api = scenario(["api"]).to(&collector).start();
    get(&format!("{}/repos/7", api.url().await)).await;
    let (store, id) = (collector.store(), api.id());
    // It does little now, so both come to agree.
    let agrees = |name: &'static str, theirs: &dyn Fn() -> f64, within: f64| {
        let theirs = theirs();
        let ours = store
            .metrics_named(name)
            .pop()
            .and_then(|ours| ours.value());
        ours.is_some_and(|ours| (ours - theirs).abs() <= theirs * within)
    };
    let pairs: [(&'static str, &dyn Fn() -> f64, f64); 4] = [
        ("process.thread.count", &|| status(id, "Threads:"), 0.0),
        (
            "process.unix.file_descriptor.count",
            &|| fs::read_dir(format!("/proc/{id}/fd")).unwrap().count() as f64,
            0.0,
        ),
        (
            "process.memory.usage",
            &|| status(id, "VmRSS:") * 1024.0,
            0.2,
        ),
        (
            "process.memory.virtual",
            &|| status(id, "VmSize:") * 1024.0,
            0.2,
        ),
    ];
    for (name, theirs, within) in pairs {
        wait(store, |_| agrees(name, theirs, within).then_some(())).await;
    }
    for name in ["process.cpu.time", "process.paging.faults"] {
        let points = store.metrics_named(name);
        assert_eq!(points.len(), 2, "{points:?}");
        let total: f64 = points.iter().filter_map(|point| point.value()).sum();
        assert!(total > 0.0, "{points:?}");
    }
    for share in store.metrics_named("process.cpu.utilization") {
        assert!((0.0..=1.0).contains(&share.value().unwrap()), "{share:?}");
    }
    let uptime = metric(store, "process.uptime").await;
    assert!(uptime.value().unwrap() > 0.0, "{uptime:?}");
    api.stop().await.well();
}
