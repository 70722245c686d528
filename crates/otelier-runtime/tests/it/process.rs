//! The process, as `start` observes it.

use otelier_runtime::{Watch, start};
use otelier_testing::{Metric, MetricKind, Telemetry, capture};

use crate::without_watchdog;

fn observed() -> (Telemetry, Watch) {
    let telemetry = capture();
    let watch = start(without_watchdog());
    (telemetry, watch)
}

/// The value of the point with this label.
fn of(metric: &Metric, label: &str) -> f64 {
    let point = metric
        .points
        .iter()
        .find(|point| point.attributes.to_string() == label);
    point.unwrap_or_else(|| panic!("{metric:?}")).value
}

#[test]
fn outside_of_a_runtime_the_process_is_observed_all_the_same() {
    let (telemetry, watch) = observed();
    assert!(!watch.is_watching());
    assert!(telemetry.metric("process.uptime").total() >= 0.0);
}

#[cfg(target_os = "linux")]
#[test]
fn every_metric_of_the_conventions_is_told_with_its_unit_and_kind() {
    let (telemetry, _watch) = observed();
    let metrics = telemetry.metrics();
    let told: Vec<_> = metrics
        .iter()
        .filter(|metric| metric.name.starts_with("process."))
        .map(|metric| (metric.name.as_str(), metric.unit.as_str(), metric.kind))
        .collect();
    assert_eq!(
        told,
        [
            (
                "process.context_switches",
                "{context_switch}",
                MetricKind::Counter
            ),
            ("process.cpu.time", "s", MetricKind::Counter),
            ("process.cpu.utilization", "1", MetricKind::Gauge),
            ("process.disk.io", "By", MetricKind::Counter),
            ("process.memory.usage", "By", MetricKind::UpDownCounter),
            ("process.memory.virtual", "By", MetricKind::UpDownCounter),
            ("process.paging.faults", "{fault}", MetricKind::Counter),
            (
                "process.thread.count",
                "{thread}",
                MetricKind::UpDownCounter
            ),
            (
                "process.unix.file_descriptor.count",
                "{file_descriptor}",
                MetricKind::UpDownCounter
            ),
            ("process.uptime", "s", MetricKind::Gauge),
        ]
    );
}

#[cfg(unix)]
#[test]
fn processor_time_is_told_by_mode_and_faults_by_type() {
    let (telemetry, _watch) = observed();
    for name in ["process.cpu.time", "process.cpu.utilization"] {
        let metric = telemetry.metric(name);
        assert_eq!(metric.points.len(), 2);
        assert!(of(&metric, "cpu.mode=system") >= 0.0);
        assert!(of(&metric, "cpu.mode=user") >= 0.0);
    }
    let faults = telemetry.metric("process.paging.faults");
    assert!(of(&faults, "system.paging.fault.type=minor") > 0.0);
    let switches = telemetry.metric("process.context_switches");
    assert!(of(&switches, "process.context_switch.type=voluntary") >= 0.0);
}

#[cfg(target_os = "linux")]
#[test]
fn an_open_file_is_counted_as_long_as_it_is_open() {
    let (telemetry, _watch) = observed();
    let count = || {
        telemetry
            .metric("process.unix.file_descriptor.count")
            .total()
    };
    // Other tests open and close files meanwhile, but not so many.
    let before = count();
    let path = std::env::current_exe().unwrap();
    let files: Vec<_> = (0..500)
        .map(|_| std::fs::File::open(&path).unwrap())
        .collect();
    let while_open = count();
    assert!(while_open > before + 300.0, "{before} {while_open}");
    drop(files);
    let after = count();
    assert!(after < while_open - 300.0, "{while_open} {after}");
}
