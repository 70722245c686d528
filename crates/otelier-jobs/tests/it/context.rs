//! What travels with a job.

use std::{collections::HashMap, sync::Arc};

use opentelemetry::{
    Context as Current, KeyValue,
    baggage::BaggageExt as _,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use otelier_core::{Conventions, Propagation};
use otelier_jobs::{Context, Correlation, Job};
use otelier_testing::capture_with;
use proptest::prelude::*;

use crate::{Failed, capture, enqueue};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The context of a span with a state and baggage.
fn full() -> Context {
    let state = TraceState::from_key_value([("vendor", "x")]).unwrap();
    let span = SpanContext::new(
        TraceId::from(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736),
        SpanId::from(0x00f0_67aa_0ba9_02b7),
        TraceFlags::SAMPLED,
        true,
        state,
    );
    let cx = Current::current().with_remote_span_context(span);
    let _attached = cx
        .with_baggage([KeyValue::new("account", "7 seven")])
        .attach();
    Context::current()
}

#[test]
fn it_is_an_object_of_headers() {
    let telemetry = capture();
    insta::assert_snapshot!(serde_json::to_string_pretty(&full()).unwrap(), @r#"
    {
      "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "tracestate": "vendor=x",
      "baggage": "account=7%20seven"
    }
    "#);
    let bare = serde_json::to_string(&enqueue(&telemetry, "a")).unwrap();
    let fields: HashMap<String, String> = serde_json::from_str(&bare).unwrap();
    assert_eq!(fields.len(), 1, "{bare}");
}

#[test]
fn it_is_one_text() {
    let telemetry = capture();
    insta::assert_snapshot!(full(), @r"
    00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01
    vendor=x
    account=7%20seven
    ");
    let bare = enqueue(&telemetry, "a").to_string();
    assert_eq!((bare.len(), bare.lines().count()), (55, 1));
    let baggage: Context = [("Baggage", "a=1")].into_iter().collect();
    assert_eq!(baggage.to_string(), "\n\na=1");
    assert_eq!(baggage.to_string().parse(), Ok(baggage));
}

#[test]
fn lines_may_end_as_they_do_in_mail() {
    let _telemetry = capture();
    let text = full().to_string();
    let context = Context::from(text.replace('\n', "\r\n"));
    assert_eq!(context.to_string(), text);
}

#[test]
fn a_span_of_a_job_is_captured_within_it() {
    let telemetry = capture();
    assert_eq!(Context::current(), Context::default());
    assert_eq!(serde_json::to_string(&Context::current()).unwrap(), "{}");
    let job = Job::new("bake").run_with(async { Context::current() }, |_| None);
    let context = futures_util::FutureExt::now_or_never(job).unwrap();
    let job = telemetry.span("job.bake");
    let expected = format!("00-{}-{}-03", job.trace_id, job.span_id);
    assert_eq!(context.to_string(), expected);
}

#[test]
fn nothing_is_captured_where_nothing_is_propagated() {
    let telemetry = capture_with(Propagation::none(), Conventions::default());
    assert!(enqueue(&telemetry, "a").is_empty());
}

/// Writes a header of its own, as B3 does.
#[derive(Debug)]
struct Foreign;

impl TextMapPropagator for Foreign {
    fn inject_context(&self, _: &Current, injector: &mut dyn Injector) {
        injector.set("b3", "0".to_owned());
    }

    fn extract_with_context(&self, cx: &Current, _: &dyn Extractor) -> Current {
        cx.clone()
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&[])
    }
}

#[test]
fn the_form_is_the_same_whatever_http_carries() {
    let propagation = Propagation::none().with(Arc::new(Foreign));
    let telemetry = capture_with(propagation, Conventions::default());
    let context = enqueue(&telemetry, "a");
    let fields: Vec<_> = context.iter().map(|(name, _)| name).collect();
    assert_eq!(fields, ["traceparent"]);
}

#[test]
fn fields_that_are_missing_or_something_else_are_left_out() {
    for (json, fields) in [
        ("{}", 0),
        ("null", 0),
        ("7", 0),
        ("-7.5", 0),
        ("true", 0),
        (r#""hello""#, 1),
        (r#"["traceparent", {"a": [1]}]"#, 0),
        (
            r#"{"traceparent": 7, "baggage": {"a": [1]}, "tracestate": null}"#,
            0,
        ),
        (
            r#"{"traceparent": "a", "baggage": [7, {"a": "b=1"}, ["c=1"]], "other": "b"}"#,
            1,
        ),
        (
            r#"{"traceparent": "a\nb", "tracestate": "a\u0000", "baggage": "é=1"}"#,
            0,
        ),
        (
            r#"{"traceparent": "a", "traceparent": "b", "TraceState": "c=1"}"#,
            2,
        ),
    ] {
        let context: Context = serde_json::from_str(json).unwrap();
        assert_eq!(context.iter().count(), fields, "{json}");
    }
}

#[test]
fn fields_that_are_too_long_are_left_out() {
    for (name, most) in [("traceparent", 128), ("tracestate", 512), ("baggage", 8192)] {
        for (length, fields) in [(most, 1), (most + 1, 0)] {
            let value = "a".repeat(length);
            let collected: Context = [(name, &value)].into_iter().collect();
            assert_eq!(collected.iter().count(), fields, "{name} {length}");
            let json = serde_json::json!({ name: value }).to_string();
            assert_eq!(serde_json::from_str::<Context>(&json).unwrap(), collected);
        }
    }
}

#[test]
fn it_travels_in_the_attributes_of_a_message() {
    let _telemetry = capture();
    let attributes: HashMap<&str, &str> = HashMap::from([("traceparent", PARENT), ("x", "y")]);
    let context: Context = attributes.into_iter().collect();
    assert_eq!(
        context.iter().collect::<Vec<_>>(),
        [("traceparent", PARENT)]
    );
    assert_eq!(full().iter().count(), 3);
}

#[tokio::test]
async fn a_state_that_is_malformed_costs_only_itself() {
    let telemetry = capture();
    let context: Context = [("traceparent", PARENT), ("tracestate", "a,b")]
        .into_iter()
        .collect();
    let job = Job::new("bake").with_context(&context);
    let job = job.with_correlation(Correlation::Parent);
    job.run(async { Ok::<_, Failed>(()) }).await.unwrap();
    let job = telemetry.span("job.bake");
    assert_eq!(
        job.parent_span_id,
        Some(SpanId::from(0x00f0_67aa_0ba9_02b7))
    );
    assert_eq!(job.context.trace_state().header(), "");
}

/// What was read of some JSON, of a text that holds it, and of JSON that holds
/// that text.
fn read(json: &str) -> Context {
    let context: Context = serde_json::from_str(json).unwrap();
    let quoted = serde_json::to_string(json).unwrap();
    for text in [json, &quoted, &format!(" \n{json}")] {
        assert_eq!(Context::from(text), context, "{text}");
    }
    assert_eq!(serde_json::from_str::<Context>(&quoted).unwrap(), context);
    let value: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::from_value::<Context>(value).unwrap(), context);
    context
}

#[test]
fn what_services_in_other_languages_write_is_read() {
    let full = format!("{PARENT}\nvendor=x\na=1,b=2");
    for json in [
        // Node and Python.
        r#"{"traceparent": "PARENT", "tracestate": "vendor=x", "baggage": "a=1,b=2"}"#,
        // Go's headers.
        r#"{"Traceparent": ["PARENT"], "Tracestate": ["vendor=x"], "Baggage": ["a=1", "b=2"]}"#,
        // Pairs, as queues keep headers.
        r#"[["traceparent", "PARENT"], ["tracestate", "vendor=x"], ["baggage", "a=1,b=2"]]"#,
        r#"[["BAGGAGE", "a=1"], ["x", 7], ["traceparent", "PARENT"], ["tracestate", ["vendor=x"]], ["baggage", "b=2"]]"#,
        // Objects, as some write the headers of Kafka.
        r#"[{"key": "traceparent", "value": "PARENT"}, {"value": ["vendor=x"], "name": "TraceState"}, {"key": "baggage", "value": "a=1,b=2", "x": 7}]"#,
        r#"{"x": {"traceparent": "y"}, "baggage": " a=1 , b=2", "tracestate": "vendor=x", "traceparent": "PARENT"}"#,
    ] {
        let context = read(&json.replace("PARENT", PARENT));
        assert_eq!(context.to_string(), full, "{json}");
    }
    for nothing in [
        // Two parents are none.
        r#"{"traceparent": ["PARENT", "PARENT"]}"#,
        r#"["traceparent", "PARENT"]"#,
        r#"[["traceparent", "PARENT", "x"], [["traceparent"], []], ["traceparent"], [], 7, "x"]"#,
        r#"{"b3": "4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1"}"#,
        r#"{"headers": {"traceparent": "PARENT"}}"#,
        r#"[{"key": "traceparent"}, {"value": "PARENT"}, {"key": ["traceparent", "x"], "value": "PARENT"}]"#,
    ] {
        assert!(
            read(&nothing.replace("PARENT", PARENT)).is_empty(),
            "{nothing}"
        );
    }
    for text in ["{", "[", "\"", r#"{"traceparent": "#, "{}x", "[1,2"] {
        assert!(Context::from(text).is_empty(), "{text}");
    }
}

#[test]
fn formats_of_the_propagators_that_are_set_are_read() {
    let (trace, span) = PARENT[3..52].split_once('-').unwrap();
    let single = format!(r#"{{"b3": "{trace}-{span}-1"}}"#);
    let multi = format!(r#"{{"X-B3-TraceId": ["{trace}"], "x-b3-spanid": "{span}", "x": 1}}"#);
    let pairs = format!(r#"[["B3", "{trace}-{span}-1"]]"#);
    let b3 = [
        Propagation::none().with_b3(),
        Propagation::none().with_b3_multi(),
        Propagation::none()
            .with_trace_context()
            .with_baggage()
            .with_b3(),
    ];
    for propagation in b3 {
        let _telemetry = capture_with(propagation, Conventions::default());
        for json in [&single, &multi, &pairs] {
            assert_eq!(read(json).to_string(), PARENT, "{json}");
        }
        // Our own form wins, and costs nothing of what it does not say.
        let other = PARENT.replace("-01", "-00");
        let json = format!(r#"{{"traceparent": "{other}", "b3": "{trace}-{span}-1"}}"#);
        assert_eq!(read(&json).to_string(), other);
        let json = format!(r#"{{"traceparent": "x", "b3": "{trace}-{span}-1", "baggage": "a=1"}}"#);
        assert_eq!(read(&json).to_string(), format!("{PARENT}\n\na=1"));
    }
    let _telemetry = capture();
    assert!(read(&single).is_empty());
}

#[test]
fn a_bad_member_of_baggage_costs_only_itself() {
    let context: Context = [("baggage", "a=1,é=2,b=\n,[c=3,d=4;p")]
        .into_iter()
        .collect();
    assert_eq!(
        context.iter().collect::<Vec<_>>(),
        [("baggage", "a=1,d=4;p")]
    );
}

#[test]
fn other_headers_of_a_message_do_not_crowd_out_its_context() {
    let others = (0..500).map(|n| (format!("x-{n}"), "v".repeat(1000)));
    let message = others.chain([("traceparent".to_owned(), PARENT.to_owned())]);
    assert_eq!(message.collect::<Context>().to_string(), PARENT);
    let long = format!(
        r#"{{"x": "{}", "traceparent": "{PARENT}"}}"#,
        "v".repeat(60_000)
    );
    assert_eq!(Context::from(&*long).to_string(), PARENT);
    let too_long = format!(
        r#"{{"x": "{}", "traceparent": "{PARENT}"}}"#,
        "v".repeat(70_000)
    );
    assert!(Context::from(&*too_long).is_empty());
    assert!(Context::from(&*"[".repeat(60_000)).is_empty());
}

/// Texts such as an attacker would write, and such as are nearly right.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,200}",
        "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(-.{0,9})?",
        "[ -~\t\n]{0,600}",
        "([a-z]{1,3}=[^,]{0,9},?){0,70}",
    ]
}

proptest! {
    #[test]
    fn no_content_is_an_error(parent in hostile(), state in hostile(), baggage in hostile(), whole in hostile()) {
        let telemetry = capture();
        let json = serde_json::json!({ "traceparent": parent, "tracestate": state, "baggage": baggage });
        let object: Context = serde_json::from_value(json).unwrap();
        let text: Context = whole.parse().unwrap();
        for context in [object, text] {
            let again: Context = context.to_string().parse().unwrap();
            prop_assert_eq!(&again, &context);
            let json = serde_json::to_string(&context).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Context>(&json).unwrap(), &context);
            let job = Job::new("bake").with_context(&context).with_correlation(Correlation::Parent);
            drop(job.run(async { Ok::<_, Failed>(()) }));
        }
        // Not all spans: a parent may say that it was not sampled.
        prop_assert_eq!(telemetry.metric("otelier.jobs.ended").total(), 2.0);
    }

    #[test]
    fn any_json_is_read(text in "([\\[\\]{}:,\"a0 ]|\"traceparent\"|\"baggage\"|\"b3\"){0,40}") {
        let _telemetry = capture_with(Propagation::none().with_b3(), Conventions::default());
        let context = Context::from(&*text);
        prop_assert_eq!(&Context::from(context.to_string()), &context);
        if let Ok(value) = serde_json::from_str::<serde_json::Value>(&text) {
            serde_json::from_value::<Context>(value).unwrap();
            serde_json::from_str::<Context>(&text).unwrap();
        }
    }
}

#[test]
fn headers_may_be_bytes() {
    use serde_core::de::{
        Deserialize as _,
        value::{BytesDeserializer, Error, MapDeserializer},
    };

    let fields = [("traceparent", PARENT.as_bytes()), ("other", b"\xff")];
    let fields = fields.map(|(name, value)| (name, BytesDeserializer::<Error>::new(value)));
    let context = Context::deserialize(MapDeserializer::new(fields.into_iter())).unwrap();
    assert_eq!(
        context.iter().collect::<Vec<_>>(),
        [("traceparent", PARENT)]
    );
}
