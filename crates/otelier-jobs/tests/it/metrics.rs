//! Metrics agree with spans, and their labels stay few.

use std::time::{Duration, SystemTime};

use otelier_core::semconv;
use otelier_jobs::{Job, count, measure};
use otelier_testing::MetricKind;
use tokio::task::JoinSet;

use crate::{Failed, capture};

#[tokio::test]
async fn each_job_is_observed_once() {
    let telemetry = capture();
    for id in 0..3 {
        let job = Job::new("bake")
            .with_id(id)
            .with_queue("ovens")
            .with_attribute("repo.id", id);
        let job = job.with_enqueued_at(SystemTime::now() - Duration::from_secs(40));
        job.run(async { Ok::<_, Failed>(()) }).await.unwrap();
    }
    let failing = Job::new("clone").run(async { Err::<(), _>(Failed::Disk) });
    failing.await.unwrap_err();
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    messaging.process.duration{error.type=it::Failed messaging.destination.name=clone messaging.operation.name=process messaging.system=jobs otelier.job.kind=clone} count=1
    messaging.process.duration{messaging.destination.name=ovens messaging.operation.name=process messaging.system=jobs otelier.job.kind=bake} count=3
    otelier.jobs.active{messaging.destination.name=clone otelier.job.kind=clone} 0
    otelier.jobs.active{messaging.destination.name=ovens otelier.job.kind=bake} 0
    otelier.jobs.ended{messaging.destination.name=clone otelier.job.kind=clone otelier.job.outcome=error} 1
    otelier.jobs.ended{messaging.destination.name=ovens otelier.job.kind=bake otelier.job.outcome=ok} 3
    otelier.jobs.wait{messaging.destination.name=ovens otelier.job.kind=bake} count=3
    ");
    let units = [
        ("messaging.process.duration", "s", MetricKind::Histogram),
        ("otelier.jobs.active", "{job}", MetricKind::UpDownCounter),
        ("otelier.jobs.ended", "{job}", MetricKind::Counter),
        ("otelier.jobs.wait", "s", MetricKind::Histogram),
    ];
    for (name, unit, kind) in units {
        let metric = telemetry.metric(name);
        assert_eq!((metric.unit.as_str(), metric.kind), (unit, kind), "{name}");
    }
    let duration = telemetry.metric("messaging.process.duration");
    assert_eq!(duration.points[0].bounds, semconv::HTTP_DURATION_BOUNDS);
    let wait = telemetry.metric("otelier.jobs.wait");
    assert_eq!(wait.points[0].bounds.last(), Some(&86_400.0));
    assert!((120.0..123.0).contains(&wait.total()));
}

#[tokio::test]
async fn a_job_from_the_future_has_not_waited() {
    let telemetry = capture();
    let job = Job::new("bake").with_enqueued_at(SystemTime::now() + Duration::from_secs(60));
    job.run(async { Ok::<_, Failed>(()) }).await.unwrap();
    assert_eq!(
        telemetry.span("job.bake").get("lettuce.job.wait"),
        Some(0.0.into())
    );
    assert_eq!(telemetry.metric("otelier.jobs.wait").total(), 0.0);
}

#[tokio::test]
async fn a_long_kind_is_cut() {
    let telemetry = capture();
    let job = Job::new(&"x".repeat(999)).with_queue(&"y".repeat(999));
    job.run(async { Ok::<_, Failed>(()) }).await.unwrap();
    let span = &telemetry.spans()[0];
    assert_eq!(span.name.len(), "job.".len() + 128);
    let queue = span.get("messaging.destination.name").unwrap();
    assert_eq!(queue.as_str().len(), 128);
}

#[tokio::test]
async fn a_services_own_numbers_have_the_labels_of_the_job() {
    let telemetry = capture();
    count("embeddings", 1);
    let embed = Job::new("embed").with_queue("gpu").run(async {
        count("embeddings", 40);
        count("embeddings", 2);
        measure(("tokens", "{token}"), 512.0);
        Ok::<_, Failed>(())
    });
    embed.await.unwrap();
    assert_eq!(telemetry.metric("lettuce.tokens").unit, "{token}");
    assert_eq!(telemetry.metric("lettuce.embeddings").unit, "");
    let summary = telemetry.metrics_summary().to_string();
    let own: Vec<_> = summary
        .lines()
        .filter(|line| line.starts_with("lettuce."))
        .collect();
    insta::assert_snapshot!(own.join("\n"), @r"
    lettuce.embeddings{} 1
    lettuce.embeddings{messaging.destination.name=gpu otelier.job.kind=embed} 42
    lettuce.tokens{messaging.destination.name=gpu otelier.job.kind=embed} count=1
    ");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_job_runs_after_many_endings_at_once() {
    const ROUNDS: usize = 200;
    let telemetry = capture();
    let mut tasks = JoinSet::new();
    for _ in 0..ROUNDS {
        let job = || Job::new("bake");
        tasks.spawn(telemetry.scope(job().run(async { Ok::<_, Failed>(()) })));
        tasks.spawn(telemetry.scope(job().run(async { Err(Failed::Disk) })));
        tasks.spawn(telemetry.scope(job().run(async { panic!("burnt") })));
        let endless = telemetry.scope(job().run(std::future::pending()));
        tasks.spawn(endless).abort();
    }
    while tasks.join_next().await.is_some() {}

    assert_eq!(telemetry.spans().len(), 4 * ROUNDS);
    let outcomes = telemetry.metric("otelier.jobs.ended").points;
    let outcomes: Vec<_> = outcomes.iter().map(|point| point.value as usize).collect();
    assert_eq!(outcomes, [ROUNDS; 4]);
    assert_eq!(
        telemetry.metric("messaging.process.duration").count(),
        4 * ROUNDS as u64
    );
    assert_eq!(telemetry.metric("otelier.jobs.active").total(), 0.0);
}
