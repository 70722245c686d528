use opentelemetry::trace::{
    SpanContext, TraceContextExt as _, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, SpanId, TraceFlags, TraceId};
use opentelemetry_sdk::logs::SdkLogRecord;
use opentelemetry_sdk::trace::SdkTracerProvider;
use otelier_logs::{Console, Datadog, Format, Ship};
use serde_json::Value;
use tracing::{info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::printed::{Printed, printed, printed_by};
use crate::shipped::{Shipped, shipped_with};

fn remote(trace: u128, span: u64) -> Context {
    let ids = SpanContext::new(
        TraceId::from(trace),
        SpanId::from(span),
        TraceFlags::SAMPLED,
        true,
        TraceState::default(),
    );
    Context::new().with_remote_span_context(ids)
}

fn ids(record: &SdkLogRecord) -> (String, String) {
    let ids = record.trace_context().unwrap();
    (ids.trace_id.to_string(), ids.span_id.to_string())
}

fn ids_of_line(line: &Value) -> (String, String) {
    let text = |key: &str| {
        line.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    (text("trace_id"), text("span_id"))
}

/// The ids of the record and of the JSON line of one event.
fn of_both(emit: impl FnOnce()) -> ((String, String), (String, String)) {
    let (shipped, console) = (Shipped::new(), Printed::default());
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let subscriber = tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(tracer))
        .with(shipped.layer(Ship::new()))
        .with(Console::new(Format::Json).with_writer(console.clone()));
    tracing::subscriber::with_default(subscriber, emit);
    (ids(&shipped.only()), ids_of_line(&console.json()))
}

#[test]
fn a_bare_context_gives_its_ids_to_record_and_line() {
    let (record, line) = of_both(|| {
        let _guard = remote(
            0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736,
            0x00f0_67aa_0ba9_02b7,
        )
        .attach();
        info!("here");
    });
    assert_eq!(
        record,
        (
            "4bf92f3577b34da6a3ce929d0e0e4736".into(),
            "00f067aa0ba902b7".into()
        )
    );
    assert_eq!(line, record);
}

#[test]
fn a_direct_span_gives_its_ids_to_record_and_line() {
    let tracer = SdkTracerProvider::builder().build().tracer("test");
    let context = Context::current_with_span(tracer.start("request"));
    let of_span = {
        let span = context.span();
        let ids = span.span_context();
        (ids.trace_id().to_string(), ids.span_id().to_string())
    };
    let (record, line) = of_both(|| {
        let _guard = context.attach();
        info!("here");
    });
    assert_eq!(record, of_span);
    assert_eq!(line, of_span);
}

#[test]
fn a_tracing_span_gives_its_ids_to_record_and_line_and_continues_the_trace() {
    let (record, line) = of_both(|| {
        let _guard = remote(0xabc, 0x1).attach();
        info_span!("step").in_scope(|| info!("here"));
    });
    assert_eq!(record.0, format!("{:032x}", 0xabc));
    assert_ne!(record.1, format!("{:016x}", 0x1));
    assert_eq!(line, record);
}

#[test]
fn outside_of_spans_there_are_no_ids() {
    let shipped = shipped_with(Ship::new(), || info!("at start-up"));
    assert!(shipped.only().trace_context().is_none());
    let line = printed(Format::Json, || info!("at start-up")).json();
    assert_eq!((line.get("trace_id"), line.get("span_id")), (None, None));
    assert!(
        !printed(Format::Text, || info!("at start-up"))
            .only()
            .contains("trace=")
    );
}

#[test]
fn a_line_of_text_ends_with_the_beginning_of_the_trace_id() {
    let line = printed(Format::Text, || {
        let _guard = remote(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 1).attach();
        info!("here");
    });
    assert!(line.only().ends_with(" here trace=4bf92f35\n"));
}

#[test]
fn datadog_gets_the_low_64_bits_in_decimal() {
    let datadog = Datadog::new()
        .with_service("api")
        .with_env("prod")
        .with_version("1.2");
    let line = printed_by(
        |writer| {
            Console::new(Format::Json)
                .with_datadog(datadog)
                .with_service_name("api")
                .with_writer(writer)
        },
        || {
            let _guard = remote(0x1_ffff_ffff_ffff_ffff, 0xffff_ffff_ffff_fffe).attach();
            info!("here");
        },
    )
    .json();
    assert_eq!(line["dd.trace_id"], "18446744073709551615");
    assert_eq!(line["dd.span_id"], "18446744073709551614");
    assert_eq!(
        (&line["dd.service"], &line["dd.env"], &line["dd.version"]),
        (&"api".into(), &"prod".into(), &"1.2".into())
    );
    assert_eq!(line["service.name"], "api");
    assert_eq!(line["trace_id"], "0000000000000001ffffffffffffffff");
}

#[test]
fn without_asking_there_is_nothing_for_datadog() {
    let line = printed(Format::Json, || {
        let _guard = remote(1, 1).attach();
        info!("here");
    });
    assert!(!line.only().contains("dd."));
}
