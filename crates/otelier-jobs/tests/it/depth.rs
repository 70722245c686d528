//! The depth of a queue.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use opentelemetry::{
    Context,
    trace::{Tracer as _, TracerProvider as _},
};
use otelier_jobs::{queue_depth, watch_queue_depth};
use otelier_testing::{MetricKind, Telemetry};
use tokio::task::{JoinSet, yield_now};

use crate::capture;

fn depth(telemetry: &Telemetry) -> Option<f64> {
    let metrics = telemetry.metrics();
    let depth = metrics
        .iter()
        .find(|metric| metric.name == "otelier.jobs.queue.depth")?;
    depth.points.first().map(|point| point.value)
}

#[test]
fn a_closure_is_asked_at_each_collection_as_long_as_the_gauge_lives() {
    let telemetry = capture();
    let waiting = Arc::new(AtomicU64::new(3));
    let reads = Arc::clone(&waiting);
    let ovens = queue_depth("ovens", move || reads.load(Ordering::Relaxed));
    let unknown = queue_depth("mills", || None::<i64>);
    let shops = queue_depth("shops", || Some(1_usize));
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    otelier.jobs.queue.depth{messaging.destination.name=ovens} 3
    otelier.jobs.queue.depth{messaging.destination.name=shops} 1
    ");
    let gauge = telemetry.metric("otelier.jobs.queue.depth");
    assert_eq!(
        (gauge.unit.as_str(), gauge.kind),
        ("{job}", MetricKind::Gauge)
    );

    drop((shops, unknown));
    waiting.store(0, Ordering::Relaxed);
    insta::assert_snapshot!(telemetry.metrics_summary(), @"otelier.jobs.queue.depth{messaging.destination.name=ovens} 0");
    drop(ovens);
    assert_eq!(depth(&telemetry), None);
}

#[test]
fn a_gauge_that_ends_takes_its_closure_with_it() {
    let telemetry = capture();
    let held = Arc::new(());
    for _ in 0..1000 {
        let its = Arc::clone(&held);
        drop(queue_depth("ovens", move || {
            drop(Arc::clone(&its));
            1_i64
        }));
    }
    assert_eq!(Arc::strong_count(&held), 1);
    assert_eq!(depth(&telemetry), None);
}

#[tokio::test]
async fn an_asynchronous_closure_is_asked_once_for_each_collection() {
    let telemetry = capture();
    let tracer = telemetry.tracer_provider().tracer("test");
    let mut asked = 0_i64;
    let watch = watch_queue_depth("ovens", async move || {
        asked += 1;
        yield_now().await;
        assert!(Context::is_current_telemetry_suppressed());
        tracer.start("SELECT");
        Some(asked)
    });
    let mut tasks = JoinSet::new();
    let watch = tasks.spawn(watch);
    assert_eq!(depth(&telemetry), None);
    let mut depths = Vec::new();
    for _ in 0..3 {
        for _ in 0..9 {
            yield_now().await;
        }
        depths.push(depth(&telemetry));
    }
    assert_eq!(depths, [Some(1.0), Some(2.0), Some(3.0)]);
    assert_eq!(telemetry.spans().len(), 0);
    watch.abort();
    tasks.join_next().await.unwrap().unwrap_err();
    assert_eq!(depth(&telemetry), None);
}

#[tokio::test]
async fn a_depth_that_nobody_can_tell_any_more_is_left_out() {
    let telemetry = capture();
    let mut known = Some(7_u64);
    let watch = watch_queue_depth("ovens", async move || match known.take() {
        Some(depth) => depth,
        None => pending().await,
    });
    let mut tasks = JoinSet::new();
    tasks.spawn(watch);
    yield_now().await;
    let depths: Vec<_> = (0..5).map(|_| depth(&telemetry)).collect();
    assert_eq!(depths, [Some(7.0), Some(7.0), Some(7.0), None, None]);
}
