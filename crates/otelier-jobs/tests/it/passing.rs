//! While telemetry is disabled, or exports nothing, the context of who enqueued
//! a job passes through it.

use std::sync::mpsc;

use futures_util::FutureExt as _;
use http::HeaderMap;
use opentelemetry::{Context as Current, ContextGuard, trace::TraceContextExt as _};
use otelier_core::{Propagation, Providers, Source};
use otelier_jobs::{Context, Correlation, Job};

use crate::Failed;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02";

fn passing() -> ContextGuard {
    let propagation = Propagation::none().with_trace_context().with_baggage();
    let providers = Providers::passing(propagation);
    providers.capture_in(&Current::current()).attach()
}

fn enqueued() -> Context {
    let fields = [
        ("traceparent", PARENT),
        ("tracestate", "a@very-long-name-of-a-system=1"),
        ("baggage", "k=%FF;p=%20,k2=a=b=="),
    ];
    fields.into_iter().collect()
}

/// What another job would be told here.
async fn told() -> Result<Context, Failed> {
    tokio::task::yield_now().await;
    Ok(Context::current())
}

#[tokio::test]
async fn a_job_runs_in_the_context_of_who_enqueued_it() {
    let _passing = passing();
    assert!(Source::current().providers().is_none());
    let context = enqueued();
    for correlation in [Correlation::Link, Correlation::Parent] {
        let job = Job::new("bake").with_id(7).with_context(&context);
        let job = job.with_correlation(correlation).with_announcement();
        assert_eq!(job.run(told()).await, Ok(context.clone()));
    }
    for attempt in Job::new("bake").with_context(&context).attempts().take(2) {
        assert_eq!(attempt.run_catching(told()).await, Ok(context.clone()));
    }
    assert!(!Current::current().has_active_span());
}

#[tokio::test]
async fn a_job_that_nobody_enqueued_has_no_context() {
    let _passing = passing();
    let nobody = Ok(Context::default());
    assert_eq!(Job::new("bake").run(told()).await, nobody);
    let empty = Job::new("bake").with_context(&Context::default());
    assert_eq!(empty.run(told()).await, nobody);
    let context = enqueued();
    let batch = Job::new("bake")
        .with_context(&context)
        .with_batch([&context]);
    assert_eq!(batch.run(told()).await, nobody);
}

#[tokio::test]
async fn a_span_that_is_current_stays_and_gets_the_baggage() {
    let _passing = passing();
    let here = PARENT.replace("00f067aa0ba902b7", "b7ad6b7169203331");
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", here.parse().unwrap());
    let propagation = Propagation::none().with_trace_context();
    let _attached = propagation.extract(&headers, &Current::current()).attach();
    let told = Job::new("bake").with_context(&enqueued()).run(told()).await;
    let expected = format!("{here}\n\nk=%FF;p=%20,k2=a=b==");
    assert_eq!(told.unwrap().to_string(), expected);
}

#[tokio::test]
async fn a_job_that_fails_panics_or_is_dropped_leaves_its_context() {
    let _passing = passing();
    struct Cleanup(mpsc::Sender<Context>);
    impl Drop for Cleanup {
        fn drop(&mut self) {
            self.0.send(Context::current()).unwrap();
        }
    }
    let (sender, dropped) = mpsc::channel();
    let job = || Job::new("bake").with_context(&enqueued());
    let cleanup = || Cleanup(sender.clone());

    let held = cleanup();
    let failed = job().run(async move {
        let _held = held;
        Err::<(), _>(Failed::Disk)
    });
    assert_eq!(failed.await, Err(Failed::Disk));
    let held = cleanup();
    let panics = job().run_catching(async move {
        let _held = held;
        panic!("burnt")
    });
    let caught: Result<(), Failed> = panics.await;
    assert!(matches!(caught, Err(Failed::Panic(_))));
    let held = cleanup();
    let pending = async move {
        let _held = held;
        std::future::pending::<Result<(), Failed>>().await
    };
    assert!(job().run(pending).now_or_never().is_none());
    let held = cleanup();
    drop(job().run(async move {
        let _held = held;
        Ok::<_, Failed>(())
    }));
    assert!(!Current::current().has_active_span());
    for _ in 0..4 {
        assert_eq!(dropped.try_recv().unwrap(), enqueued());
    }
}
