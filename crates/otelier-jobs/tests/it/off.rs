//! While telemetry is off nothing happens.

use std::pin::pin;

use futures_util::FutureExt as _;
use opentelemetry::{Context as Current, trace::TraceContextExt as _};
use otelier_core::Source;
use otelier_jobs::{
    Attribute, AttributeValue, Context, Job, count, queue_depth, watch_queue_depth,
};

use crate::Failed;

struct NeverAsked;

impl AttributeValue for NeverAsked {
    fn into_attribute(self) -> Option<Attribute> {
        unreachable!("telemetry is off")
    }
}

#[tokio::test]
async fn a_job_is_its_future() {
    assert!(Source::current().providers().is_none());
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let context: Context = text.parse().unwrap();
    let job = Job::new("bake")
        .with_id(7)
        .with_attribute("repo.id", NeverAsked);
    let run = job.with_context(&context).with_announcement().run(async {
        count("embeddings", 1);
        assert!(!Current::current().has_active_span());
        assert!(Context::current().is_empty());
        Err::<(), _>(Failed::Disk)
    });
    assert_eq!(run.await, Err(Failed::Disk));
    // What was enqueued elsewhere is passed on whole.
    assert_eq!(context.to_string(), text);
}

#[tokio::test]
async fn what_runs_in_a_context_runs_as_if_there_were_none() {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let context: Context = text.parse().unwrap();
    let seen = || (Current::current().has_active_span(), Context::current());
    let nothing = (false, Context::default());
    assert_eq!(context.run(async { seen() }).await, nothing);
    assert_eq!(context.enter(seen), nothing);
}

#[tokio::test]
async fn a_panic_becomes_an_error_all_the_same() {
    let run = Job::new("bake").run_catching(async { panic!("burnt") });
    let message = "the job panicked: burnt".to_owned();
    assert_eq!(run.await, Err::<(), _>(Failed::Panic(message)));
}

#[tokio::test]
async fn attempts_are_endless() {
    assert_eq!(Job::new("bake").attempts().take(3).count(), 3);
}

#[tokio::test]
async fn a_depth_is_not_asked_for() {
    let _depth = queue_depth("ovens", || -> u64 { unreachable!("telemetry is off") });
    let watch = watch_queue_depth("ovens", async || -> u64 {
        unreachable!("telemetry is off")
    });
    // It does not end, so that a worker may `select!` on it.
    assert!(pin!(watch).now_or_never().is_none());
}
