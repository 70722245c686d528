//! Captures do not see each other.

use std::{sync::Barrier, thread};

use opentelemetry::{
    Context, InstrumentationScope,
    trace::{
        SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState, Tracer as _,
    },
};
use otelier_core::Source;
use otelier_testing::capture;

use crate::tracer;

#[test]
fn tests_that_run_in_parallel_see_their_own_telemetry_only() {
    const THREADS: usize = 16;
    let barrier = Barrier::new(THREADS);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let barrier = &barrier;
            scope.spawn(move || {
                let telemetry = capture();
                barrier.wait();
                for round in 0..50 {
                    tracer().start(format!("direct {number} {round}"));
                    tracing::info_span!("tracing").in_scope(|| tracing::info!(number, "log"));
                }
                let meter = telemetry
                    .providers()
                    .meter(InstrumentationScope::builder("test").build());
                meter.u64_counter("rounds").build().add(50, &[]);
                barrier.wait();

                assert_eq!(telemetry.spans().len(), 100);
                for round in 0..50 {
                    let _ = telemetry.span(&format!("direct {number} {round}"));
                }
                let own = Some((number as i64).into());
                assert!(telemetry.logs().iter().all(|log| log.get("number") == own));
                assert_eq!(telemetry.logs().len(), 50);
                assert_eq!(telemetry.metric("rounds").total(), 50.0);
            });
        }
    });
}

#[test]
fn the_inner_capture_records_until_it_is_dropped() {
    let outer = capture();
    tracer().start("before");
    {
        let inner = capture();
        tracer().start("inner");
        tracing::info!("inner");
        assert_eq!(inner.tree().to_string(), "inner [internal]\nINFO inner\n");
    }
    tracer().start("after");
    tracing::info!("after");
    assert_eq!(
        outer.tree().to_string(),
        "before [internal]\nafter [internal]\nINFO after\n"
    );
}

/// What `Providers` say about the sampler must be what it does.
#[test]
fn a_trace_that_is_not_sampled_stays_so_and_instrumentations_know() {
    let telemetry = capture();
    assert!(telemetry.providers().is_parent_based());
    for (flags, spans) in [(TraceFlags::default(), 0), (TraceFlags::SAMPLED, 1)] {
        let (trace, span) = (TraceId::from(7), SpanId::from(7));
        let caller = SpanContext::new(trace, span, flags, true, TraceState::NONE);
        let caller = Context::current().with_remote_span_context(caller);
        tracer().start_with_context("callee", &caller);
        assert_eq!(telemetry.spans().len(), spans);
    }
}

#[test]
fn dropping_the_capture_turns_telemetry_off_again() {
    drop(capture());
    assert!(Source::current().providers().is_none());
    assert!(tracing::dispatcher::get_default(|dispatch| {
        dispatch.is::<tracing::subscriber::NoSubscriber>()
    }));
}

#[tokio::test]
async fn tasks_on_the_same_thread_are_captured() {
    let telemetry = capture();
    spawn(async { tracer().start("task") }).await.unwrap();
    assert_eq!(telemetry.spans().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scoped_task_is_captured_on_every_thread() {
    let telemetry = capture();
    let scoped = telemetry.scope(async {
        let span = tracing::info_span!("outer");
        tokio::task::yield_now().await;
        span.in_scope(|| {
            tracing::info!("inside");
            tracer().start("inner");
        });
    });
    spawn(scoped).await.unwrap();
    insta::assert_snapshot!(telemetry.tree(), @r"
    outer [internal]
      INFO inside
      inner [internal]
    ");
}

#[tokio::test]
async fn a_test_can_wait_for_spans_that_end_elsewhere() {
    let telemetry = capture();
    let tracer = tracer();
    let other = thread::spawn(move || {
        tracer.start("first");
        tracer.start("second");
    });
    let spans = telemetry.ended(2).await;
    other.join().unwrap();
    assert_eq!(spans.len(), 2);
}

#[expect(clippy::disallowed_methods, reason = "a test owns its runtime")]
fn spawn<F>(future: F) -> tokio::task::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(future)
}
