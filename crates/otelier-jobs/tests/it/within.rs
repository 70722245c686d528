//! What runs in a context without being a job.

use std::{
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
};

use futures_util::FutureExt as _;
use opentelemetry::{
    Context as Current, ContextGuard,
    trace::{TraceContextExt as _, Tracer as _, TracerProvider as _},
};
use otelier_core::{Propagation, Providers};
use otelier_jobs::{Context, Job};
use otelier_testing::Telemetry;
use tokio::task::JoinSet;

use crate::{Failed, capture, enqueue};

/// A text as it came with a message, of a span of this process.
fn sent(telemetry: &Telemetry) -> Context {
    let text = enqueue(telemetry, "sender").to_string();
    let carrier = [
        ("traceparent", text.as_str()),
        ("tracestate", "vendor=x"),
        ("baggage", "account=7"),
    ];
    carrier.into_iter().collect()
}

/// Records a span of that name in the context that it is called in.
fn record(telemetry: &Telemetry, name: &'static str) {
    telemetry.tracer_provider().tracer("test").start(name);
}

/// Does so when it is dropped.
struct Held<'a>(&'a Telemetry, &'static str);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        record(self.0, self.1);
    }
}

#[tokio::test]
async fn what_it_records_and_sends_is_below_the_span_that_the_context_names() {
    let telemetry = capture();
    let context = sent(&telemetry);
    let ran = context.run(async {
        record(&telemetry, "first");
        tokio::task::yield_now().await;
        Context::current()
    });
    // It is the future's, not the caller's.
    assert!(!Current::current().has_active_span());
    assert_eq!(ran.await, context);
    assert!(!Current::current().has_active_span());
    context.enter(|| record(&telemetry, "by a closure"));
    assert!(!Current::current().has_active_span());
    // No span and no metric is added.
    insta::assert_snapshot!(telemetry.tree(), @r"
    sender [internal]
      first [internal]
      by a closure [internal]
    ");
    assert!(telemetry.metrics().is_empty());
}

#[tokio::test]
async fn an_error_is_the_caller_s_and_what_it_held_is_dropped_in_the_context() {
    let telemetry = capture();
    let held = Held(&telemetry, "dropped");
    let ran = sent(&telemetry).run(async move {
        let _held = held;
        Err::<(), _>(Failed::Disk)
    });
    assert_eq!(ran.await, Err(Failed::Disk));
    insta::assert_snapshot!(telemetry.tree(), @r"
    sender [internal]
      dropped [internal]
    ");
}

#[tokio::test]
async fn a_future_that_is_dropped_or_never_polled_is_dropped_in_the_context() {
    let telemetry = capture();
    let context = sent(&telemetry);
    let holding = |held| async move {
        let _held = held;
        pending::<()>().await;
    };
    let polled = context.run(holding(Held(&telemetry, "dropped")));
    {
        let mut polled = pin!(polled);
        assert_eq!(polled.as_mut().now_or_never(), None);
        assert!(!Current::current().has_active_span());
    }
    drop(context.run(holding(Held(&telemetry, "never polled"))));
    assert!(!Current::current().has_active_span());
    insta::assert_snapshot!(telemetry.tree(), @r"
    sender [internal]
      dropped [internal]
      never polled [internal]
    ");
}

#[tokio::test]
async fn a_panic_goes_on_and_leaves_the_context() {
    let telemetry = capture();
    let context = sent(&telemetry);
    let held = Held(&telemetry, "dropped");
    let ran = context.run(async move {
        let _held = held;
        panic!("burnt")
    });
    let panicked = catch_unwind(AssertUnwindSafe(|| ran.now_or_never()));
    let text = *panicked.unwrap_err().downcast::<&str>().unwrap();
    assert_eq!(text, "burnt");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        sent(&telemetry).enter(|| panic!("burnt"))
    }));
    panicked.unwrap_err();
    assert!(!Current::current().has_active_span());
    insta::assert_snapshot!(telemetry.tree(), @r"
    sender [internal]
      dropped [internal]
    sender [internal]
    ");
}

#[tokio::test]
async fn the_context_takes_the_place_of_the_one_around_it_and_an_empty_one_does_not() {
    let telemetry = capture();
    let context = sent(&telemetry);
    let job = Job::new("around").run_with(
        async {
            context.run(async { record(&telemetry, "sent") }).await;
            let empty = Context::default();
            empty.run(async { record(&telemetry, "here") }).await;
            let baggage: Context = [("baggage", "a=1")].into_iter().collect();
            baggage.run(async { Context::current() }).await
        },
        |_| None,
    );
    let told = job.await;
    assert_eq!(
        told.iter().find(|(name, _)| *name == "baggage"),
        Some(("baggage", "a=1"))
    );
    assert!(told.iter().any(|(name, _)| name == "traceparent"));
    insta::assert_snapshot!(telemetry.tree(), @r"
    sender [internal]
      sent [internal]
    job.around [consumer]
      here [internal]
    ");
}

#[test]
fn spans_of_tracing_are_below_it_too_whatever_is_around_it() {
    let telemetry = capture();
    let context = sent(&telemetry);
    context.enter(|| tracing::info_span!("in it").in_scope(|| {}));
    tracing::info_span!("around").in_scope(|| {
        context.enter(|| {
            tracing::info_span!("within").in_scope(|| {});
            record(&telemetry, "by the API");
        });
    });
    insta::assert_snapshot!(telemetry.tree(), @r"
    sender [internal]
      in it [internal]
      within [internal]
      by the API [internal]
    around [internal]
    ");
}

#[tokio::test]
async fn it_runs_in_a_task_of_its_own() {
    let telemetry = capture();
    let context = sent(&telemetry);
    let mut tasks = JoinSet::new();
    tasks.spawn({
        let _source = telemetry.context().clone().attach();
        context.run(async {
            tokio::task::yield_now().await;
            Context::current()
        })
    });
    assert_eq!(tasks.join_next().await.unwrap().unwrap(), context);
}

fn passing() -> ContextGuard {
    let propagation = Propagation::none().with_trace_context().with_baggage();
    let providers = Providers::passing(propagation);
    providers.capture_in(&Current::current()).attach()
}

#[tokio::test]
async fn a_process_that_records_nothing_hands_it_on() {
    let _passing = passing();
    let fields = [
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-02",
        ),
        ("tracestate", "vendor=x"),
        ("baggage", "k=%FF;p=%20"),
    ];
    let context: Context = fields.into_iter().collect();
    assert_eq!(context.run(async { Context::current() }).await, context);
    assert_eq!(context.enter(Context::current), context);
    assert!(Context::current().is_empty());
}
