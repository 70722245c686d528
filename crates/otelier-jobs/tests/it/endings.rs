//! Every way in which a job can end.

#[cfg(feature = "anyhow")]
use std::backtrace::{Backtrace, BacktraceStatus};
use std::{
    error::Error,
    fmt::Display,
    future::{pending, poll_fn},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
    thread,
};

use futures_util::FutureExt as _;
use opentelemetry::{
    Context,
    trace::{Status, TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use otelier_jobs::{Failure, Job};
use otelier_testing::{Span, Telemetry};

use crate::{Failed, capture};

/// One span and one observation each, in agreement, and no job that runs.
#[track_caller]
fn assert_ended_as(telemetry: &Telemetry, outcome: &str, error: Option<&str>) -> Span {
    let span = telemetry.span("job.bake");
    assert_eq!(
        telemetry
            .spans()
            .iter()
            .filter(|s| s.name == span.name)
            .count(),
        1
    );
    let error = error.map(|error| error.to_owned().into());
    assert_eq!(span.get("error.type"), error);
    let failed = matches!(span.status, Status::Error { .. });
    assert_eq!(failed, error.is_some());

    let duration = telemetry.metric("messaging.process.duration");
    assert_eq!(duration.count(), 1);
    assert_eq!(duration.total(), span.elapsed().as_secs_f64());
    assert_eq!(duration.points[0].attributes.get("error.type"), error);
    let ended = telemetry.metric("otelier.jobs.ended");
    assert_eq!(ended.total(), 1.0);
    let label = ended.points[0].attributes.get("otelier.job.outcome");
    assert_eq!(label, Some(outcome.to_owned().into()));
    assert_eq!(telemetry.metric("otelier.jobs.active").total(), 0.0);
    span
}

async fn burn() -> Result<(), Failed> {
    tokio::task::yield_now().await;
    panic!("burnt")
}

#[tokio::test]
async fn a_job_that_ends_well_is_recorded_with_what_is_known_of_it() {
    let telemetry = capture();
    let job = Job::new("bake")
        .with_id(7)
        .with_attribute("repo.id", 12_u32);
    let job = job
        .with_attribute("account.id", None::<i64>)
        .with_queue("ovens");
    let job = job
        .with_attribute("plan", "free")
        .with_system("postgresql")
        .with_attempt(1);
    let baked = job.run(async { Ok::<_, Failed>("bread") }).await;
    assert_eq!(baked, Ok("bread"));

    let span = assert_ended_as(&telemetry, "ok", None);
    insta::assert_snapshot!(telemetry.tree(), @"job.bake [consumer]");
    insta::assert_snapshot!(span.attributes, @"messaging.system=postgresql messaging.operation.name=process messaging.operation.type=process messaging.destination.name=ovens lettuce.job.kind=bake messaging.message.id=7 lettuce.job.id=7 lettuce.job.attempt=1 lettuce.repo.id=12 lettuce.plan=free");
}

#[tokio::test]
async fn an_error_is_one_exception_in_the_log() {
    let telemetry = capture();
    let failed = Job::new("bake").run(async { Err::<(), _>(Failed::Disk) });
    assert_eq!(failed.await, Err(Failed::Disk));
    assert_ended_as(&telemetry, "error", Some("it::Failed"));
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer] ERROR: disk is full it::Failed
      ERROR job failed exception.type=it::Failed exception.message=disk is full otelier.job.kind=bake
    ");
}

#[tokio::test]
async fn an_error_of_the_standard_library_has_the_name_that_its_log_record_has() {
    let telemetry = capture();
    let failed = async { Err::<(), _>(io::Error::other("disk is full")) };
    Job::new("bake").run(failed).await.unwrap_err();
    assert_ended_as(&telemetry, "error", Some("std::io::Error"));
}

#[tokio::test]
async fn an_error_in_a_box_has_the_name_of_what_is_inside_where_that_is_known() {
    async fn run<E: Display + 'static>(error: E) -> Telemetry {
        let telemetry = capture();
        let job = Job::new("bake").run(async { Err::<(), E>(error) });
        assert!(job.await.is_err());
        telemetry
    }
    let full = || io::Error::other("disk is full");
    let (io, number) = ("std::io::Error", "std::num::ParseIntError");
    let boxed: Box<dyn Error + Send + Sync> = full().into();
    assert_ended_as(&run(boxed).await, "error", Some(io));
    let boxed: Box<dyn Error + Send> = Box::new(full());
    assert_ended_as(&run(boxed).await, "error", Some(io));
    let boxed: Box<dyn Error> = "x".parse::<u8>().unwrap_err().into();
    assert_ended_as(&run(boxed).await, "error", Some(number));
    let boxed: Box<dyn Error> = "no flour".into();
    assert_ended_as(&run(boxed).await, "error", Some("_OTHER"));
}

#[cfg(feature = "anyhow")]
#[tokio::test]
async fn an_error_of_anyhow_has_the_name_of_what_is_inside_where_that_is_known() {
    for (error, name) in [
        (
            anyhow::Error::from(io::Error::other("full")),
            "std::io::Error",
        ),
        (anyhow::anyhow!("full"), "_OTHER"),
    ] {
        let telemetry = capture();
        let job = Job::new("bake").run(async { Err::<(), _>(error) });
        job.await.unwrap_err();
        assert_ended_as(&telemetry, "error", Some(name));
        // One was captured if whoever runs the tests asked for it.
        let stack = telemetry.logs()[0].get("exception.stacktrace");
        let is_captured = Backtrace::capture().status() == BacktraceStatus::Captured;
        assert_eq!(stack.is_some(), is_captured);
    }
}

#[tokio::test]
async fn the_caller_may_judge() {
    let telemetry = capture();
    let loaves = Job::new("bake").run_with(async { 0 }, |loaves| {
        (*loaves == 0).then(|| Failure::new("no_bread").with_message(format_args!("{loaves} made")))
    });
    assert_eq!(loaves.await, 0);
    let span = assert_ended_as(&telemetry, "error", Some("no_bread"));
    insta::assert_snapshot!(telemetry.logs()[0].attributes, @"exception.type=no_bread exception.message=0 made otelier.job.kind=bake");
    assert!(span.events.is_empty());
}

#[tokio::test]
async fn a_long_error_is_cut() {
    let telemetry = capture();
    let failure = Failure::new("x".repeat(500)).with_message("é".repeat(5000));
    Job::new("bake")
        .run_with(async {}, |()| Some(failure))
        .await;
    assert_ended_as(&telemetry, "error", Some(&"x".repeat(128)));
    let logs = telemetry.logs();
    let message = logs[0].get("exception.message").unwrap();
    let message = message.as_str();
    assert!(message.len() <= 2048 && message.len() > 2040);
    assert!(
        message.ends_with("é... (truncated, original size: 10000 bytes)"),
        "{message}"
    );
}

#[tokio::test]
async fn a_panic_is_recorded_and_goes_on() {
    let telemetry = capture();
    let ended = AssertUnwindSafe(Job::new("bake").run(burn())).catch_unwind();
    let payload = ended.await.unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"burnt"));
    assert_ended_as(&telemetry, "panic", Some("panic"));
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer] ERROR: burnt panic
    ");
}

#[tokio::test]
async fn a_panic_may_become_an_error() {
    let telemetry = capture();
    let ended = Job::new("bake").run_catching(burn()).await;
    let message = "the job panicked: burnt".to_owned();
    assert_eq!(ended, Err(Failed::Panic(message)));
    assert_ended_as(&telemetry, "panic", Some("panic"));
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer] ERROR: burnt panic
    ");
}

#[tokio::test]
async fn catching_leaves_other_endings_alone() {
    let telemetry = capture();
    let ended = Job::new("bake").run_catching(async { Err::<(), _>(Failed::Disk) });
    assert_eq!(ended.await, Err(Failed::Disk));
    assert_ended_as(&telemetry, "error", Some("it::Failed"));
}

#[tokio::test]
async fn a_dropped_job_is_cancelled() {
    let telemetry = capture();
    let mut run = Box::pin(Job::new("bake").run(pending::<Result<(), Failed>>()));
    assert!(run.as_mut().now_or_never().is_none());
    assert_eq!(telemetry.metric("otelier.jobs.active").total(), 1.0);
    assert_eq!(telemetry.spans().len(), 0);
    drop(run);
    assert_ended_as(&telemetry, "cancelled", Some("cancelled"));
    insta::assert_snapshot!(telemetry.tree(), @"job.bake [consumer] ERROR cancelled");
}

#[tokio::test(start_paused = true)]
async fn a_job_that_timed_out_is_cancelled() {
    let telemetry = capture();
    let run = Job::new("bake").run(pending::<Result<(), Failed>>());
    let limit = std::time::Duration::from_secs(3600);
    assert!(tokio::time::timeout(limit, run).await.is_err());
    assert_ended_as(&telemetry, "cancelled", Some("cancelled"));
}

#[test]
fn a_job_that_was_never_polled_is_cancelled() {
    let telemetry = capture();
    drop(Job::new("bake").run(async { Ok::<_, Failed>(()) }));
    assert_ended_as(&telemetry, "cancelled", Some("cancelled"));
}

#[test]
fn a_job_dropped_by_a_panic_further_out_is_a_panic() {
    let telemetry = capture();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _run = Job::new("bake").run(pending::<Result<(), Failed>>());
        panic!("out there");
    }));
    assert!(unwound.is_err());
    assert_ended_as(&telemetry, "panic", Some("panic"));
}

#[test]
fn a_job_that_was_only_described_leaves_nothing() {
    let telemetry = capture();
    drop(Job::new("bake").with_id(7).clone());
    assert_eq!(telemetry.spans().len(), 0);
    assert_eq!(telemetry.metrics_summary().to_string(), "");
}

#[tokio::test]
async fn a_finished_job_stays_pending() {
    let telemetry = capture();
    let mut run = Box::pin(Job::new("bake").run(async { Ok::<_, Failed>(()) }));
    assert_eq!(run.as_mut().now_or_never(), Some(Ok(())));
    assert_eq!(run.as_mut().now_or_never(), None);
    drop(run);
    assert_ended_as(&telemetry, "ok", None);
}

/// Ends a span when it is dropped, as a query would.
struct Query(SdkTracerProvider);

impl Drop for Query {
    fn drop(&mut self) {
        self.0.tracer("test").start("ROLLBACK");
    }
}

#[tokio::test]
async fn the_span_is_current_on_every_poll_and_when_the_job_is_dropped() {
    let telemetry = capture();
    let query = Query(telemetry.tracer_provider().clone());
    let mut polls = 0;
    let mut run = Box::pin(Job::new("bake").run(async move {
        let _query = query;
        poll_fn(|cx| {
            assert!(Context::current().has_active_span());
            tracing::info!(polls, "polled");
            polls += 1;
            cx.waker().wake_by_ref();
            Poll::<Result<(), Failed>>::Pending
        })
        .await
    }));
    for _ in 0..2 {
        assert!(run.as_mut().now_or_never().is_none());
        assert!(!Context::current().has_active_span());
    }
    // On another thread, which knows nothing of the capture.
    thread::scope(|scope| scope.spawn(|| drop(run)).join().unwrap());
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer] ERROR cancelled
      INFO polled polls=0
      INFO polled polls=1
      ROLLBACK [internal]
    ");
}

#[tokio::test]
async fn an_announced_job_is_known_before_it_ends() {
    let telemetry = capture();
    let run = Job::new("bake").with_id(7).with_announcement();
    let mut run = Box::pin(run.run(pending::<Result<(), Failed>>()));
    let notice = telemetry.span("started job.bake");
    assert_eq!(notice.get("lettuce.job.id"), Some("7".into()));
    assert!(notice.elapsed().is_zero());
    assert!(run.as_mut().now_or_never().is_none());
    drop(run);
    assert_ended_as(&telemetry, "cancelled", Some("cancelled"));
    insta::assert_snapshot!(telemetry.tree(), @r"
    job.bake [consumer] ERROR cancelled
      started job.bake [internal]
      INFO job started otelier.job.kind=bake messaging.message.id=7
    ");
}

#[tokio::test]
async fn a_secret_in_the_text_of_an_error_or_panic_is_masked() {
    let texts = [
        "postgres://shop:hunter2@db/shop refused",
        "sent authorization: Bearer hunter2",
        "login failed: password=hunter2 user=ann",
    ];
    for text in texts {
        let telemetry = capture();
        let failed = Job::new("bake").run(async { Err::<(), _>(Failed::Panic(text.to_owned())) });
        failed.await.unwrap_err();
        let panics = Job::new("bake").run_catching(async {
            if true {
                panic!("{text}");
            }
            Ok::<_, Failed>(())
        });
        panics.await.unwrap_err();
        let logs = telemetry.logs();
        let messages = logs.iter().filter_map(|log| log.get("exception.message"));
        let mut said: Vec<_> = messages.map(|text| text.as_str().into_owned()).collect();
        assert_eq!(said.len(), 1);
        for span in telemetry.spans() {
            if let Status::Error { description } = span.status {
                said.push(description.into_owned());
            }
        }
        assert_eq!(said.len(), 3);
        for message in said {
            assert!(!message.contains("hunter2"), "{message}");
            assert!(message.contains("REDACTED"), "{message}");
        }
    }
}

#[tokio::test]
async fn half_a_secret_is_masked_where_a_long_error_is_cut() {
    let telemetry = capture();
    let text = format!("{} password={}", "x".repeat(2030), "hunter2".repeat(9));
    let failure = Failure::new("long").with_message(text);
    Job::new("bake")
        .run_with(async {}, |()| Some(failure))
        .await;
    let logs = telemetry.logs();
    let message = logs[0].get("exception.message").unwrap();
    assert!(!message.as_str().contains("hunt"), "{message}");
}

#[test]
fn a_running_job_can_be_sent_if_its_future_can() {
    fn is_send(_: &impl Send) {}
    let run = Job::new("bake").run(async { Ok::<_, Failed>(()) });
    is_send(&run);
    is_send(&Job::new("bake").run_catching(async { Ok::<_, Failed>(()) }));
    is_send(&Job::new("bake").run_with(async {}, |()| None));
}
