//! Jobs record to the providers of the process, from when there are any.
#![cfg(test)]

use std::{convert::Infallible, pin::pin, thread};

use futures_util::FutureExt as _;
use otelier_jobs::{Context, Job, count, queue_depth, watch_queue_depth};

/// On a thread of its own, where nothing is captured.
fn bake() -> Option<Result<bool, Infallible>> {
    let run = Job::new("bake").run(async {
        count("loaves", 2);
        Ok(Context::current().is_empty())
    });
    thread::spawn(|| run.now_or_never()).join().unwrap()
}

#[test]
fn jobs_record_to_the_process_as_soon_as_telemetry_is_on() {
    assert_eq!(bake(), Some(Ok(true)));
    let _early = queue_depth("ovens", || 3);
    drop(queue_depth("mills", || 9));
    let mut watch = pin!(watch_queue_depth("shops", async || 2));
    assert!(watch.as_mut().now_or_never().is_none());

    let telemetry = otelier_testing::capture();
    otelier_core::install(telemetry.providers().clone()).unwrap();
    let ended = thread::spawn(|| {
        let _depth = queue_depth("stores", || 1);
        [bake(), bake()]
    });
    assert_eq!(ended.join().unwrap(), [Some(Ok(false)); 2]);

    assert_eq!(telemetry.spans().len(), 2);
    // A depth that must be asked for is one collection old.
    let depths = |telemetry: &otelier_testing::Telemetry| {
        let depth = telemetry.metric("otelier.jobs.queue.depth");
        depth.points.iter().map(|point| point.value).sum::<f64>()
    };
    assert_eq!(depths(&telemetry), 3.0);
    assert!(watch.as_mut().now_or_never().is_none());
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    loaves{messaging.destination.name=bake otelier.job.kind=bake} 4
    messaging.process.duration{messaging.destination.name=bake messaging.operation.name=process messaging.system=jobs otelier.job.kind=bake} count=2
    otelier.jobs.active{messaging.destination.name=bake otelier.job.kind=bake} 0
    otelier.jobs.ended{messaging.destination.name=bake otelier.job.kind=bake otelier.job.outcome=ok} 2
    otelier.jobs.queue.depth{messaging.destination.name=ovens} 3
    otelier.jobs.queue.depth{messaging.destination.name=shops} 2
    ");
}
