//! Tasks that a job spawns.

use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use otelier_jobs::{Job, JoinSetExt as _, count, spawn, spawn_blocking};
use tokio::task::JoinSet;

use crate::{Failed, capture};

#[tokio::test]
async fn what_a_job_spawns_runs_in_its_context() {
    let telemetry = capture();
    let tracers = telemetry.tracer_provider().clone();
    let run = Job::new("bake").run(async {
        let step = |name: &'static str| {
            let tracer = tracers.tracer("test");
            move || {
                tracer.start(name);
                count("steps", 1);
            }
        };
        let (knead, sift) = (step("knead"), step("sift"));
        spawn(async move { knead() }).await.unwrap();
        spawn_blocking(sift).await.unwrap();
        let mut steps = JoinSet::new();
        let prove = step("prove");
        steps.spawn_in_context(async move { prove() });
        steps.join_next().await.unwrap().unwrap();
        steps.spawn_blocking_in_context(step("weigh"));
        steps.join_next().await.unwrap().unwrap();
        Ok::<_, Failed>(())
    });
    run.await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer]
      knead [internal]
      sift [internal]
      prove [internal]
      weigh [internal]
    ");
    let steps = telemetry.metric("lettuce.steps");
    assert_eq!((steps.points.len(), steps.total()), (1, 4.0));
}

#[tokio::test]
async fn a_task_may_outlive_its_job() {
    let telemetry = capture();
    let tracer = telemetry.tracer_provider().tracer("test");
    let run = Job::new("bake").run(async {
        Ok::<_, Failed>(spawn(async move {
            tokio::task::yield_now().await;
            tracer.start("clean");
        }))
    });
    let task = run.await.unwrap();
    assert_eq!(telemetry.spans().len(), 1);
    task.await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer]
      clean [internal]
    ");
}

#[tokio::test]
async fn a_task_knows_what_was_said_about_its_job() {
    let telemetry = capture();
    let user = || {
        Some(
            otelier_core::context::current()?
                .get("user.id")?
                .to_string(),
        )
    };
    let run = Job::new("bake").run(async {
        otelier_core::context::set("user.id", 7);
        let task = spawn(async move { user() }).await.unwrap();
        Ok::<_, Failed>([task, spawn_blocking(user).await.unwrap()])
    });
    let seven = || Some("7".to_owned());
    assert_eq!(run.await, Ok([seven(), seven()]));
    drop(telemetry);
}
