use crate::{
    decode::{Export, Format},
    room::Room,
    signal::Signal,
};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::any_value::Value as Any,
    metrics::v1::{metric::Data, number_data_point},
};
use proptest::prelude::*;

fn read(signal: Signal, text: &str) -> Result<Export, String> {
    Export::from_json_text(signal, text.as_bytes()).map_err(|e| e.to_string())
}

fn value(json: &str) -> Result<Option<Any>, String> {
    let text =
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{json}}}]}}]}}]}}"#);
    let Export::Logs(logs) = read(Signal::Logs, &text)? else {
        panic!("no logs");
    };
    Ok(logs.resource_logs[0].scope_logs[0].log_records[0]
        .body
        .clone()
        .and_then(|body| body.value))
}

#[test]
fn values_are_read_as_the_specification_allows() {
    let int = |n| Ok(Some(Any::IntValue(n)));
    assert_eq!(value(r#"{"intValue":"-7"}"#), int(-7));
    assert_eq!(value(r#"{"intValue":-7}"#), int(-7));
    assert_eq!(value(r#"{"intValue":7.0}"#), int(7));
    assert_eq!(
        value(r#"{"intValue":"9223372036854775807"}"#),
        int(i64::MAX)
    );
    assert!(value(r#"{"intValue":"9223372036854775808"}"#).is_err());
    assert!(value(r#"{"intValue":1.5}"#).is_err());
    assert!(value(r#"{"intValue":true}"#).is_err());
    let double = |n| Ok(Some(Any::DoubleValue(n)));
    assert_eq!(value(r#"{"doubleValue":1}"#), double(1.0));
    assert_eq!(value(r#"{"doubleValue":"1.5"}"#), double(1.5));
    assert_eq!(
        value(r#"{"doubleValue":"-Infinity"}"#),
        double(f64::NEG_INFINITY)
    );
    assert!(value(r#"{"doubleValue":"inf"}"#).is_err());
    let bytes = |b: &[u8]| Ok(Some(Any::BytesValue(b.to_vec())));
    assert_eq!(value(r#"{"bytesValue":"+/8="}"#), bytes(&[0xfb, 0xff]));
    assert_eq!(value(r#"{"bytesValue":"-_8"}"#), bytes(&[0xfb, 0xff]));
    assert_eq!(value(r#"{"new":1}"#), Ok(None));
    assert_eq!(value("null"), Ok(None));
    assert!(
        matches!(value(r#"{"arrayValue":{}}"#), Ok(Some(Any::ArrayValue(a))) if a.values.is_empty())
    );
    assert!(matches!(
        value(r#"{"kvlistValue":{"values":null}}"#),
        Ok(Some(Any::KvlistValue(_)))
    ));
    assert_eq!(
        value(r#"{"boolValue":false}"#),
        Ok(Some(Any::BoolValue(false)))
    );
}

#[test]
fn a_deep_value_is_refused_and_not_followed() {
    let depth = 100_000;
    let open = r#"{"arrayValue":{"values":["#.repeat(depth);
    let close = "]}}".repeat(depth);
    assert!(value(&format!("{open}{close}")).is_err());
}

#[test]
fn snake_case_names_are_unknown_fields() {
    let export = read(Signal::Traces, r#"{"resource_spans":[{}]}"#).unwrap();
    assert_eq!(export, Export::Traces(ExportTraceServiceRequest::default()));
}

#[test]
fn the_examples_of_the_protocol_are_read() {
    let traces = read(
        Signal::Traces,
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name",
        "value":{"stringValue":"my.service"}}]},"scopeSpans":[{"scope":{"name":"my.library",
        "version":"1.0.0","attributes":[{"key":"my.scope.attribute",
        "value":{"stringValue":"some scope attribute"}}]},"spans":[{
        "traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
        "parentSpanId":"EEE19B7EC3C1B173","name":"I'm a server span",
        "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000",
        "kind":2,"attributes":[]}]}]}]}"#,
    );
    assert_eq!(traces.unwrap().items(), 1);
    let Export::Metrics(metrics) = read(
        Signal::Metrics,
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[
        {"name":"c","unit":"1","sum":{"aggregationTemporality":1,"isMonotonic":true,
         "dataPoints":[{"asDouble":5,"startTimeUnixNano":"1"}]}},
        {"name":"h","histogram":{"aggregationTemporality":1,"dataPoints":[{"count":"2","sum":2,
         "bucketCounts":[1,"1"],"explicitBounds":[1],"min":0,"max":2}]}},
        {"name":"e","exponentialHistogram":{"dataPoints":[{"count":"3","scale":0,
         "positive":{"offset":1,"bucketCounts":["0","2"]}}]}}]}]}]}"#,
    )
    .unwrap() else {
        panic!("no metrics");
    };
    let metrics = &metrics.resource_metrics[0].scope_metrics[0].metrics;
    let Some(Data::Sum(sum)) = &metrics[0].data else {
        panic!("no sum");
    };
    assert_eq!(
        sum.data_points[0].value,
        Some(number_data_point::Value::AsDouble(5.0))
    );
    let Some(Data::Histogram(histogram)) = &metrics[1].data else {
        panic!("no histogram");
    };
    assert_eq!(histogram.data_points[0].bucket_counts, [1, 1]);
}

/// Messages by decoding bent protobuf: fields of every kind, many absent.
fn message(signal: Signal) -> impl Strategy<Value = Export> {
    let seed = match signal {
        Signal::Traces => include_str!("seeds/traces.json"),
        Signal::Metrics => include_str!("seeds/metrics.json"),
        Signal::Logs => include_str!("seeds/logs.json"),
    };
    let bytes = read(signal, seed).unwrap().to_protobuf().to_vec();
    let bends = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    bends.prop_filter_map("not a message", move |bends| {
        let mut bytes = bytes.clone();
        for (at, byte) in bends {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        // As the network has it: what is nested too deep is no message.
        let room = Room::unbounded();
        let message = Export::decode(signal, Format::Protobuf, bytes.into(), usize::MAX, &room);
        message.ok().map(|(export, _)| export)
    })
}

/// What the two codes must agree on; NaN is not equal to itself, so it is compared as text.
fn check(export: &Export) {
    let written = export.to_json();
    let again = Export::from_json_text(export.signal(), written.as_bytes()).unwrap();
    assert_eq!(again.to_json(), written);
    if !written.contains("NaN") && !format!("{export:?}").contains("Strindex") {
        assert_eq!(&again, export);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back_the_same(
        traces in message(Signal::Traces),
        metrics in message(Signal::Metrics),
        logs in message(Signal::Logs),
    ) {
        for export in [traces, metrics, logs] {
            check(&export);
        }
    }
}

#[test]
fn another_reader_understands_what_is_written() {
    let text = |signal, seed| read(signal, seed).unwrap().to_json();
    let seed = include_str!("seeds/traces.json");
    let other: ExportTraceServiceRequest =
        serde_json::from_str(&text(Signal::Traces, seed)).unwrap();
    assert_eq!(Export::Traces(other), read(Signal::Traces, seed).unwrap());
    let seed = include_str!("seeds/metrics.json");
    let other: ExportMetricsServiceRequest =
        serde_json::from_str(&text(Signal::Metrics, seed)).unwrap();
    assert_eq!(Export::Metrics(other), read(Signal::Metrics, seed).unwrap());
    let seed = include_str!("seeds/logs.json");
    let other: ExportLogsServiceRequest = serde_json::from_str(&text(Signal::Logs, seed)).unwrap();
    assert_eq!(Export::Logs(other), read(Signal::Logs, seed).unwrap());
}
