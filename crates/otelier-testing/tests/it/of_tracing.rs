//! Spans of `tracing` are what a service would export.

use std::{
    future::{Future, pending},
    io,
    num::NonZeroU64,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::{Context, Poll, Waker},
};

use opentelemetry::{
    Context as OtelContext, Value,
    trace::{SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use otelier_testing::{Span, capture};
use tracing::{Instrument as _, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

fn int(value: i64) -> Option<Value> {
    Some(Value::I64(value))
}

fn text(value: &'static str) -> Option<Value> {
    Some(value.into())
}

#[test]
fn integers_of_all_types_arrive_as_integers_unless_an_i64_is_too_small() {
    let telemetry = capture();
    drop(tracing::info_span!(
        "types",
        a = 1_u8,
        b = 2_u16,
        c = 3_u32,
        d = 4_u64,
        e = 5_usize,
        f = 6_i128,
        g = 7_u128,
        h = -8_isize,
        i = NonZeroU64::MIN,
        j = Some(10_u64),
        k = None::<u64>,
        most = i64::MAX as u64,
        above = u64::MAX,
        below = i128::MIN,
    ));

    let span = telemetry.span("types");
    assert_eq!(
        span.attributes.to_string(),
        "a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=-8 i=1 j=10 most=9223372036854775807 \
         above=18446744073709551615 below=-170141183460469231731687303715884105728"
    );
    for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "most"] {
        let value = span.get(key);
        assert!(matches!(value, Some(Value::I64(_))), "{key}: {value:?}");
    }
    for key in ["above", "below"] {
        let value = span.get(key);
        assert!(matches!(value, Some(Value::String(_))), "{key}: {value:?}");
    }
}

#[test]
fn the_type_of_a_field_decides_and_not_its_digits() {
    let telemetry = capture();
    let id = 7_u64;
    drop(tracing::info_span!(
        "types", text = "7", shown = %id, debug = ?id, id, float = 7.0, yes = true
    ));

    let span = telemetry.span("types");
    assert_eq!(span.get("text"), text("7"));
    assert_eq!(span.get("shown"), text("7"));
    assert_eq!(span.get("debug"), text("7"));
    assert_eq!(span.get("id"), int(7));
    assert_eq!(span.get("float"), Some(Value::F64(7.0)));
    assert_eq!(span.get("yes"), Some(Value::Bool(true)));
}

#[test]
fn an_integer_that_is_recorded_later_replaces_what_was_there() {
    let telemetry = capture();
    let span = tracing::info_span!("later", early = Empty, late = Empty, same = 1_u64);
    span.record("early", 2_u64);
    span.in_scope(|| {
        span.record("late", 3_u64);
        span.record("same", "a text");
    });
    drop(span);

    let span = telemetry.span("later");
    assert_eq!(span.attributes.to_string(), "same=a text early=2 late=3");
    assert_eq!(span.get("early"), int(2));
    assert_eq!(span.get("late"), int(3));
}

#[test]
fn a_field_that_is_recorded_again_and_again_has_its_last_value() {
    let telemetry = capture();
    let span = tracing::info_span!("often", n = 0_u64);
    for n in 1..50_u64 {
        span.record("n", n);
    }
    drop(span);

    let span = telemetry.span("often");
    assert_eq!(span.attributes.to_string(), "n=49");
    assert_eq!(span.get("n"), int(49));
}

#[test]
fn what_names_a_span_does_not_become_an_attribute_by_being_a_number() {
    let telemetry = capture();
    drop(tracing::info_span!("made", otel.name = 5_u64));

    assert!(telemetry.span("5").attributes.is_empty());
}

#[test]
fn a_parent_can_be_set_after_integers_were_recorded() {
    let telemetry = capture();
    let parent = SpanContext::new(
        TraceId::from(0xabc),
        SpanId::from(0xdef),
        TraceFlags::SAMPLED,
        true,
        TraceState::NONE,
    );
    let span = tracing::info_span!("below", n = 1_u64, m = Empty);
    span.record("m", 2_u64);
    span.set_parent(OtelContext::new().with_remote_span_context(parent))
        .expect("the span has not started");
    span.in_scope(|| ());
    drop(span);

    let span = telemetry.span("below");
    assert_eq!(span.trace_id, TraceId::from(0xabc));
    assert_eq!(span.parent_span_id, Some(SpanId::from(0xdef)));
    assert_eq!((span.get("n"), span.get("m")), (int(1), int(2)));
}

/// Runs a future once, which may panic.
fn poll_once(future: impl Future) {
    let mut future = pin!(future);
    let polled = catch_unwind(AssertUnwindSafe(|| {
        future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
    }));
    drop(polled.map(|polled: Poll<_>| polled.is_ready()));
}

#[test]
fn a_span_has_its_integers_and_its_status_however_it_ends() {
    #[tracing::instrument(err, skip(ends))]
    async fn work(n: u64, ends: impl Future<Output = io::Result<()>>) -> io::Result<()> {
        ends.await
    }
    let ended = |run: &dyn Fn()| -> Span {
        let telemetry = capture();
        run();
        telemetry.span("work")
    };

    let done = ended(&|| poll_once(work(1, async { Ok(()) })));
    let failed = ended(&|| poll_once(work(1, async { Err(io::Error::other("no")) })));
    let dropped = ended(&|| poll_once(work(1, pending())));
    let panicked = ended(&|| poll_once(work(1, async { panic!("on purpose") })));
    let never_polled =
        ended(&|| drop(pending::<()>().instrument(tracing::info_span!("work", n = 1_u64))));

    for span in [&done, &failed, &dropped, &panicked, &never_polled] {
        assert_eq!(span.get("n"), int(1), "{span:?}");
    }
    assert_eq!(failed.status, Status::error("no"));
    for span in [&done, &dropped, &panicked, &never_polled] {
        assert_eq!(span.status, Status::Unset, "{span:?}");
    }
}

#[test]
fn errors_that_are_only_logged_change_no_status() {
    #[tracing::instrument(err(level = "warn"))]
    fn quiet() -> io::Result<()> {
        Err(io::Error::other("no"))
    }
    let telemetry = capture();
    tracing::info_span!("goes on").in_scope(|| {
        let error: &dyn std::error::Error = &io::Error::other("no");
        tracing::error!(error, "tried again");
    });
    quiet().expect_err("it fails");

    assert_eq!(telemetry.span("goes on").status, Status::Unset);
    assert_eq!(telemetry.span("quiet").status, Status::Unset);
}

#[test]
fn telemetry_s_own_spans_are_not_captured_and_those_of_its_namesakes_are() {
    let telemetry = capture();
    drop(tracing::info_span!(target: "opentelemetry_sdk::trace", "theirs"));
    drop(tracing::info_span!(target: "otelier_sdk", "ours"));
    drop(tracing::info_span!(target: "opentelemetry_app::orders", "app"));
    drop(tracing::info_span!(target: "otelier_shop", "shop"));

    let names: Vec<_> = telemetry
        .spans()
        .into_iter()
        .map(|span| span.name)
        .collect();
    assert_eq!(names, ["app", "shop"]);
}
