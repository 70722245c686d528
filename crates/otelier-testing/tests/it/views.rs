//! What is recorded can be read, drawn and listed.

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity},
    trace::{Link, Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _},
};
use otelier_testing::{MetricKind, capture};

use crate::tracer;

#[test]
fn the_tree_draws_spans_logs_events_and_links() {
    let telemetry = capture();
    let tracer = tracer();
    let job = tracer.start("enqueue");
    let link = Link::with_context(job.span_context().clone());
    drop(job);

    let server = tracer
        .span_builder("GET /orders/{id}")
        .with_kind(SpanKind::Server)
        .with_links(vec![link])
        .start(&tracer);
    let cx = Context::current_with_span(server);
    {
        let _attached = cx.clone().attach();
        let query = tracer
            .span_builder("SELECT orders")
            .with_kind(SpanKind::Client)
            .with_attributes([KeyValue::new("db.namespace", "shop")])
            .start(&tracer);
        let query = Context::current_with_span(query);
        {
            let _attached = query.attach();
            tracing::info!(id = 7, "order found");
        }
        tracing::warn!("slow");
        let mut failed = tracer.start("render");
        failed.add_event("retry", vec![KeyValue::new("attempt", 2)]);
        failed.set_status(Status::error("no template"));
    }
    cx.span()
        .set_attribute(KeyValue::new("http.response.status_code", 500));
    cx.span().set_attribute(KeyValue::new("error.type", "500"));
    cx.span().set_status(Status::error(""));
    cx.span().end();
    tracing::info!("outside");

    let tree = telemetry.tree().with_attributes(&["db.namespace"]);
    insta::assert_snapshot!(tree, @r"
    enqueue [internal]
    GET /orders/{id} [server] 500 ERROR
      -> enqueue
      SELECT orders [client] db.namespace=shop
        INFO order found id=7
      WARN slow
      render [internal] ERROR: no template
        * retry attempt=2
    INFO outside
    ");
}

#[test]
fn a_span_can_be_read() {
    let telemetry = capture();
    let tracer = tracer();
    let outer = Context::current_with_span(tracer.start("outer"));
    let mut inner = tracer.start_with_context("inner", &outer);
    inner.set_attribute(KeyValue::new("n", 1));
    inner.set_attribute(KeyValue::new("text", "a"));
    drop((inner, outer));

    let outer = telemetry.span("outer");
    let inner = telemetry.span("inner");
    assert_eq!(inner.get("n"), Some(1.into()));
    assert_eq!(inner.get("none"), None);
    assert_eq!(inner.attributes.to_string(), "n=1 text=a");
    assert_eq!(inner.parent.as_deref(), Some("outer"));
    assert_eq!(inner.parent_span_id, Some(outer.span_id));
    assert_eq!(inner.trace_id, outer.trace_id);
    assert_eq!(outer.parent_span_id, None);
    assert_eq!(outer.scope, "test");
}

#[test]
fn metrics_are_cumulative_and_can_be_listed() {
    let telemetry = capture();
    let meter = telemetry
        .providers()
        .meter(InstrumentationScope::builder("test").build());
    let seconds = meter
        .f64_histogram("duration")
        .with_unit("s")
        .with_boundaries(vec![0.5, 1.0])
        .build();
    let open = meter.i64_up_down_counter("open").build();
    seconds.record(0.25, &[KeyValue::new("b", "x"), KeyValue::new("a", 1)]);
    open.add(2, &[]);
    assert_eq!(telemetry.metric("duration").count(), 1);
    seconds.record(0.5, &[KeyValue::new("a", 1), KeyValue::new("b", "x")]);
    open.add(-2, &[]);

    let duration = telemetry.metric("duration");
    assert_eq!(duration.kind, MetricKind::Histogram);
    assert_eq!((duration.unit.as_str(), duration.total()), ("s", 0.75));
    assert_eq!(duration.points[0].bounds, [0.5, 1.0]);
    insta::assert_snapshot!(telemetry.metrics_summary(), @r"
    duration{a=1 b=x} count=2
    open{} 0
    ");
}

#[test]
fn records_of_a_log_bridge_stand_in_the_tree() {
    let telemetry = capture();
    let span = Context::current_with_span(tracer().start("work"));
    {
        let _attached = span.attach();
        let logger = telemetry.logger_provider().logger("bridge");
        let mut record = logger.create_log_record();
        record.set_severity_number(Severity::Error);
        record.set_severity_text("ERROR");
        record.set_body(AnyValue::from("it broke"));
        record.add_attribute("attempt", 3);
        logger.emit(record);
    }
    insta::assert_snapshot!(telemetry.tree(), @r"
    work [internal]
      ERROR it broke attempt=3
    ");
}

#[test]
fn events_below_info_and_foreign_subscribers_are_left_out() {
    let telemetry = capture();
    tracing::debug!("noise");
    tracing::debug_span!("noise").in_scope(|| ());
    assert_eq!(telemetry.tree().to_string(), "");
}

#[test]
#[should_panic(expected = "no span is called \"missing\"; captured:\nthere [internal]")]
fn a_missing_span_is_told_with_what_there_is() {
    let telemetry = capture();
    tracer().start("there");
    let _ = telemetry.span("missing");
}
