//! Tasks of apalis.

use std::{
    future::{Ready, ready},
    task::{self, Poll},
    time::{Duration, SystemTime},
};

use apalis_core::{
    backend::{TaskSink as _, memory::MemoryStorage},
    error::BoxDynError,
    task::{Task, builder::TaskBuilder},
    worker::{builder::WorkerBuilder, context::WorkerContext},
};
use futures_util::future::poll_fn;
use opentelemetry::trace::{Tracer as _, TracerProvider as _};
use otelier_jobs::{Context, Correlation, apalis::layer};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::{Failed, capture, enqueue};

/// Makes its span when it is called, not when it is polled.
struct Oven(opentelemetry_sdk::trace::SdkTracer);

impl Service<Task<u8>> for Oven {
    type Response = u8;
    type Error = Failed;
    type Future = Ready<Result<u8, Failed>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<u8>) -> Self::Future {
        self.0.start("heat");
        ready(match task.args {
            0 => Err(Failed::Disk),
            loaves => Ok(loaves),
        })
    }
}

#[tokio::test]
async fn each_task_is_a_job() {
    let telemetry = capture();
    let tracer = telemetry.tracer_provider().tracer("test");
    let mut oven = layer("bake")
        .with_correlation(Correlation::Parent)
        .layer(Oven(tracer));
    let context = enqueue(&telemetry, "POST /loaves");
    for loaves in [3, 0] {
        let task = TaskBuilder::new(loaves)
            .task_id(7_u64.into())
            .queue("ovens".into())
            .attempt(1)
            .run_at_time(SystemTime::now() - Duration::from_secs(60))
            .metadata(&context)
            .build();
        poll_fn(|cx| oven.poll_ready(cx)).await.unwrap();
        assert_eq!(oven.call(task).await.ok(), (loaves > 0).then_some(loaves));
    }
    insta::assert_snapshot!(telemetry.tree(), @r"
    POST /loaves [internal]
      job.bake [consumer]
        heat [internal]
      job.bake [consumer] ERROR: disk is full it::Failed
        heat [internal]
        ERROR job failed exception.type=it::Failed exception.message=disk is full otelier.job.kind=bake
    ");
    let mut span = telemetry.span("job.bake").attributes.to_string();
    let wait = span.split_off(span.find(" lettuce.job.wait=").unwrap());
    assert!(wait.starts_with(" lettuce.job.wait=6"), "{wait}");
    insta::assert_snapshot!(span, @"messaging.system=apalis messaging.operation.name=process messaging.operation.type=process messaging.destination.name=ovens lettuce.job.kind=bake messaging.message.id=7 lettuce.job.id=7 lettuce.job.attempt=2");
}

#[tokio::test]
async fn metadata_of_others_is_left_alone() {
    let telemetry = capture();
    let tracer = telemetry.tracer_provider().tracer("test");
    let mut oven = layer("bake").layer(Oven(tracer));
    let mut task = TaskBuilder::new(1).metadata(&Context::default());
    for (name, value) in [("traceparent", "hello"), ("owner", "me")] {
        let field: Context = [(name, value)].into_iter().collect();
        task = task.metadata(&field);
    }
    oven.call(task.build()).await.unwrap();
    let job = telemetry.span("job.bake");
    assert_eq!((job.links.len(), job.parent_span_id), (0, None));
}

#[tokio::test]
async fn a_worker_records_what_was_pushed_with_a_context() {
    async fn bake(loaves: u8, worker: WorkerContext) -> Result<(), BoxDynError> {
        if loaves == 0 {
            worker.stop()?;
            return Err("no flour".into());
        }
        Ok(())
    }

    let telemetry = capture();
    let context = enqueue(&telemetry, "POST /loaves");
    let mut queue = MemoryStorage::new();
    for loaves in [3, 0] {
        let task = TaskBuilder::new(loaves).metadata(&context).build();
        queue.push_task(task).await.unwrap();
    }
    let worker = WorkerBuilder::new("baker")
        .backend(queue)
        .layer(layer("bake"))
        .build(bake);
    worker.run().await.unwrap();

    let tree = telemetry.tree().with_attributes(&["lettuce.job.attempt"]);
    insta::assert_snapshot!(tree, @r"
    POST /loaves [internal]
    job.bake [consumer] lettuce.job.attempt=1
      -> POST /loaves
    job.bake [consumer] ERROR: no flour _OTHER lettuce.job.attempt=1
      -> POST /loaves
      ERROR job failed exception.message=no flour otelier.job.kind=bake
    ");
}
