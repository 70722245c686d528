//! Which events become spans, and below what.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context as TaskContext, Poll, Waker},
    thread,
};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceState},
};
use otelier_core::edge::{CLAIMED, Claim, Scope as _, Traced};
use otelier_sql::{Config, layer};
use otelier_testing::capture;
use tracing::{
    Dispatch, Event, Level, Span, Subscriber, dispatcher, level_filters::LevelFilter,
    subscriber::with_default,
};
use tracing_subscriber::{
    Layer,
    layer::{Context as LayerContext, SubscriberExt as _},
};

use crate::{ELAPSED, below, listens, log, logs};

const SQL: &str = "SELECT id, name FROM orders WHERE id = 7";

#[test]
fn a_statement_that_is_over_is_a_client_span_below_what_is_current_as_long_as_it_took() {
    let telemetry = capture();
    with_default(listens(Config::new().with_system("postgresql")), || {
        below(&telemetry, "GET /orders", || log(SQL));
    });
    let keys = [
        "db.system.name",
        "db.query.summary",
        "db.query.text",
        "db.response.returned_rows",
    ];
    assert_eq!(
        telemetry.tree().with_attributes(&keys).to_string(),
        "GET /orders [internal]\n  \
         SELECT orders [client] db.system.name=postgresql db.query.summary=SELECT orders \
         db.query.text=SELECT id, name FROM orders WHERE id = ? db.response.returned_rows=3\n"
    );
    let span = telemetry.span("SELECT orders");
    assert_eq!(span.kind, SpanKind::Client);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.elapsed(), ELAPSED);
    let duration = telemetry.metric("db.client.operation.duration");
    assert_eq!(
        (duration.count(), duration.total()),
        (1, ELAPSED.as_secs_f64())
    );
    let labels = &duration.points[0].attributes;
    assert_eq!(
        labels.get("db.query.summary").unwrap().as_str(),
        "SELECT orders"
    );
    assert!(labels.get("db.query.text").is_none());
}

#[test]
fn a_slow_statement_is_the_same_at_its_own_level() {
    let telemetry = capture();
    with_default(listens(Config::new()), || {
        logs!(
            Level::WARN,
            SQL,
            slow_threshold = "1s",
            "slow statement: execution time exceeded alert threshold"
        );
    });
    assert_eq!(telemetry.span("SELECT orders").elapsed(), ELAPSED);
}

#[test]
fn what_is_recorded_where_it_is_called_is_left_alone() {
    let telemetry = capture();
    with_default(listens(Config::new()), || {
        Claim.enter(|| log(SQL));
        // As on the thread of a driver, which is told of the span alone.
        tracing::debug_span!(target: CLAIMED, "claimed").in_scope(|| log(SQL));
        log("SELECT 1");
    });
    assert_eq!(telemetry.tree().to_string(), "SELECT [client]\n");
}

#[test]
fn layers_beside_it_see_what_they_saw_before_and_their_filters_do_not_stop_it() {
    struct Counts(Arc<AtomicU32>);
    impl<S: Subscriber> Layer<S> for Counts {
        fn on_event(&self, _: &Event<'_>, _: LayerContext<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let telemetry = capture();
    let seen = Arc::<AtomicU32>::default();
    let console = Counts(Arc::clone(&seen)).with_filter(LevelFilter::INFO);
    let subscriber =
        tracing_subscriber::registry().with(vec![layer(Config::new()).boxed(), console.boxed()]);
    with_default(subscriber, || {
        log(SQL);
        assert_eq!(seen.load(Ordering::Relaxed), 0);
        // The one after it is not lost by what was asked about it.
        tracing::info!("hello");
        assert_eq!(seen.load(Ordering::Relaxed), 1);
        tracing::debug!(target: "sqlx::pool", "not asked for by anybody");
    });
    assert_eq!(telemetry.spans().len(), 1);
    assert_eq!(seen.load(Ordering::Relaxed), 1);
}

#[test]
fn what_the_caller_does_not_sample_is_only_counted() {
    let telemetry = capture();
    let caller = SpanContext::new(
        7.into(),
        7.into(),
        TraceFlags::default(),
        true,
        TraceState::NONE,
    );
    with_default(listens(Config::new()), || {
        let _current = Context::current().with_remote_span_context(caller).attach();
        log(SQL);
    });
    assert!(telemetry.spans().is_empty());
    assert_eq!(telemetry.metric("db.client.operation.duration").count(), 1);
}

#[test]
fn nothing_is_recorded_while_telemetry_is_off_or_suppressed() {
    // Made before there was any, and nobody installs some.
    let off = listens(Config::new());
    let telemetry = capture();
    with_default(off, || log(SQL));
    with_default(listens(Config::new()), || {
        let _silence = Context::enter_telemetry_suppressed_scope();
        log(SQL);
    });
    assert!(telemetry.spans().is_empty());
}

#[test]
fn an_event_that_does_not_say_how_long_it_took_is_of_somebody_else() {
    let telemetry = capture();
    with_default(listens(Config::new()), || {
        tracing::debug!(target: "sqlx::query", summary = "SELECT 1", "mine");
    });
    assert!(telemetry.spans().is_empty());
}

/// Runs a statement as sqlx does on SQLite: on another thread, which takes the span alone.
fn on_its_thread(dispatch: &Dispatch, span: Span, sql: &'static str) {
    let dispatch = dispatch.clone();
    let worker = thread::Builder::new().name("sqlx-sqlite-worker-7".to_owned());
    let worker = worker.spawn(move || {
        dispatcher::with_default(&dispatch, || span.in_scope(|| log(sql)));
    });
    worker.unwrap().join().unwrap();
}

#[test]
fn a_statement_on_a_thread_of_sqlite_is_below_the_context_of_who_asked_for_it() {
    let telemetry = capture();
    let dispatch = Dispatch::new(listens(Config::new()));
    // The first one tells that there are such threads.
    on_its_thread(&dispatch, Span::none(), "PRAGMA foreign_keys");
    dispatcher::with_default(&dispatch, || {
        below(&telemetry, "GET /orders", || {
            let asks = poll_fn(|_| {
                on_its_thread(&dispatch, Span::current(), SQL);
                Poll::Ready(())
            });
            let asks = pin!(Traced::new(asks, Some(Context::current())));
            let polled = Future::poll(asks, &mut TaskContext::from_waker(Waker::noop()));
            assert!(polled.is_ready());
        });
    });
    let statement = telemetry.span("SELECT orders");
    assert_eq!(statement.parent.as_deref(), Some("GET /orders"));
}
