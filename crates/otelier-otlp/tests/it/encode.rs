//! The encoder beside prost.

mod exemplars;
mod json;
mod metrics;
mod random;

use std::borrow::Cow;

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, Value,
    logs::{AnyValue, LogRecord as _, Logger as _},
    trace::{Event, Link, SpanContext},
};
use opentelemetry_proto::{
    tonic::{
        collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
        common::v1 as proto,
        logs::v1::ResourceLogs,
        trace::v1::{ResourceSpans, Span},
    },
    transform::{
        common::tonic::ResourceAttributesWithSchema, logs::tonic::group_logs_by_resource_and_scope,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    logs::{LogBatch, SdkLogRecord},
    trace::{SpanData, SpanEvents, SpanLinks},
};
use otelier_otlp::{Encoder, Policy, Tally};
use prost::Message as _;

use self::random::{Random, logger};

/// Nothing is secret, nothing is cut.
#[derive(Debug)]
struct Open;

impl Policy for Open {}

#[derive(Debug)]
struct Strict;

impl Policy for Strict {
    fn is_secret(&self, key: &str) -> bool {
        key == "secret" || key.ends_with("password")
    }
}

/// Each key once: the last of equals stays where it is.
fn once<T>(pairs: &mut Vec<T>, key: impl Fn(&T) -> &str) {
    let is_last = |at: usize| {
        !pairs[at + 1..]
            .iter()
            .any(|pair| key(pair) == key(&pairs[at]))
    };
    let mut last: Vec<_> = (0..pairs.len()).map(is_last).collect();
    let mut last = last.drain(..);
    pairs.retain(|_| last.next().unwrap());
}

fn once_in_scope(scope: &mut Option<proto::InstrumentationScope>) {
    if let Some(scope) = scope {
        once(&mut scope.attributes, |pair| &pair.key);
    }
}

/// With each key once in whatever a span has.
fn unique(span: &SpanData) -> SpanData {
    let mut span = span.clone();
    let each = |pairs: &mut Vec<KeyValue>| once(pairs, |pair| pair.key.as_str());
    each(&mut span.attributes);
    for event in &mut span.events.events {
        each(&mut event.attributes);
    }
    for link in &mut span.links.links {
        each(&mut link.attributes);
    }
    span
}

fn spans_by_prost(batch: &[SpanData], resource: &Resource) -> ExportTraceServiceRequest {
    let resource = ResourceAttributesWithSchema::from(resource);
    let batch = batch.iter().map(unique).collect();
    let mut resource_spans = group_spans_by_resource_and_scope(batch, &resource);
    for spans in resource_spans
        .iter_mut()
        .flat_map(|spans| &mut spans.scope_spans)
    {
        once_in_scope(&mut spans.scope);
    }
    ExportTraceServiceRequest { resource_spans }
}

type Pair<'a> = (&'a SdkLogRecord, &'a InstrumentationScope);

/// With its groups in the order of their first records, which the SDK's map
/// does not keep.
fn logs_by_prost(batch: &[Pair<'_>], resource: &Resource) -> ExportLogsServiceRequest {
    let resource = ResourceAttributesWithSchema::from(resource);
    let mut resource_logs = group_logs_by_resource_and_scope(&LogBatch::new(batch), &resource);
    for logs in &mut resource_logs {
        logs.scope_logs
            .sort_by_key(|scope| scope.log_records[0].observed_time_unix_nano);
        for logs in &mut logs.scope_logs {
            once_in_scope(&mut logs.scope);
            for record in &mut logs.log_records {
                once(&mut record.attributes, |pair| &pair.key);
            }
        }
    }
    ExportLogsServiceRequest { resource_logs }
}

fn encode_spans<P: Policy>(
    encoder: &mut Encoder<P>,
    batch: &[SpanData],
) -> (Vec<(Vec<u8>, usize)>, Tally) {
    let mut requests = Vec::new();
    let tally = encoder.spans(batch, |request| {
        requests.push((request.as_slice().to_vec(), request.items()));
    });
    (requests, tally)
}

fn encode_logs<P: Policy>(
    encoder: &mut Encoder<P>,
    batch: &[Pair<'_>],
) -> (Vec<(Vec<u8>, usize)>, Tally) {
    let mut requests = Vec::new();
    let tally = encoder.logs(batch, |request| {
        requests.push((request.as_slice().to_vec(), request.items()));
    });
    (requests, tally)
}

#[test]
fn spans_are_the_bytes_that_prost_writes() {
    let mut encoder = Encoder::new(Open).with_limit(usize::MAX);
    let mut total = 0;
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let resource = random.resource();
        let scopes = random.scopes();
        let count = 1 + random.below(70);
        let batch: Vec<_> = (0..count).map(|_| random.span(&scopes)).collect();
        encoder.set_resource(&resource);
        let (requests, tally) = encode_spans(&mut encoder, &batch);
        let [(ours, items)] = &requests[..] else {
            panic!("{} requests of seed {seed}", requests.len());
        };
        assert_eq!((*items, tally), (count, Tally::default()));
        let expected = spans_by_prost(&batch, &resource);
        assert!(*ours == expected.encode_to_vec(), "seed {seed}");
        let decoded = ExportTraceServiceRequest::decode(ours.as_slice()).unwrap();
        assert!(decoded.encode_to_vec() == *ours, "seed {seed}");
        total += count;
    }
    assert!(total > 5_000, "{total}");
}

#[test]
fn log_records_are_the_bytes_that_prost_writes() {
    let mut encoder = Encoder::new(Open).with_limit(usize::MAX);
    let logger = logger();
    let mut total = 0;
    for seed in 0..200 {
        let mut random = Random::new(seed);
        let resource = random.resource();
        let scopes = random.scopes();
        let count = 1 + random.below(70);
        let records: Vec<_> = (1..=count).map(|at| random.log(&logger, at)).collect();
        let batch: Vec<_> = records
            .iter()
            .map(|record| (record, &scopes[random.below(scopes.len())]))
            .collect();
        encoder.set_resource(&resource);
        let (requests, tally) = encode_logs(&mut encoder, &batch);
        let [(ours, items)] = &requests[..] else {
            panic!("{} requests of seed {seed}", requests.len());
        };
        assert_eq!((*items, tally), (count, Tally::default()));
        let expected = logs_by_prost(&batch, &resource);
        assert!(*ours == expected.encode_to_vec(), "seed {seed}");
        let decoded = ExportLogsServiceRequest::decode(ours.as_slice()).unwrap();
        assert!(decoded.encode_to_vec() == *ours, "seed {seed}");
        total += count;
    }
    assert!(total > 5_000, "{total}");
}

#[test]
fn a_log_record_that_was_never_observed_has_no_time_of_it() {
    let record = opentelemetry::logs::Logger::create_log_record(&logger());
    let scope = InstrumentationScope::default();
    let (requests, _) = encode_logs(&mut Encoder::new(Open), &[(&record, &scope)]);
    let decoded = ExportLogsServiceRequest::decode(requests[0].0.as_slice()).unwrap();
    let record = &decoded.resource_logs[0].scope_logs[0].log_records[0];
    assert_eq!(record.observed_time_unix_nano, 0);
}

#[test]
fn an_empty_batch_makes_no_request() {
    assert_eq!(encode_spans(&mut Encoder::new(Open), &[]).0, []);
    assert_eq!(encode_logs(&mut Encoder::new(Open), &[]).0, []);
}

#[test]
fn batches_are_split_before_they_pass_the_limit_and_lose_nothing() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let limit = 2_000 + random.below(60_000);
        let mut encoder = Encoder::new(Open).with_limit(limit);
        let resource = Resource::builder_empty()
            .with_attributes([KeyValue::new("service.name", "api")])
            .build();
        encoder.set_resource(&resource);
        let scopes = random.scopes();
        let batch: Vec<_> = (0..120).map(|_| random.span(&scopes)).collect();
        let (requests, tally) = encode_spans(&mut encoder, &batch);
        let mut sent = Vec::new();
        let by_prost = |span: &SpanData| Span::from(unique(span)).encode_to_vec();
        let mut rest: Vec<_> = batch.iter().map(|span| (span, by_prost(span))).collect();
        for (request, items) in &requests {
            assert!(
                request.len() <= limit,
                "seed {seed}: {} > {limit}",
                request.len()
            );
            let decoded = ExportTraceServiceRequest::decode(request.as_slice()).unwrap();
            let [
                ResourceSpans {
                    resource: Some(resource),
                    scope_spans,
                    ..
                },
            ] = &decoded.resource_spans[..]
            else {
                panic!("seed {seed}");
            };
            assert_eq!(resource.attributes.len(), 1);
            let spans: Vec<_> = scope_spans
                .iter()
                .flat_map(|scope| scope.spans.clone())
                .collect();
            assert!(scope_spans.iter().all(|scope| !scope.spans.is_empty()));
            assert_eq!(spans.len(), *items);
            sent.extend(spans);
        }
        assert_eq!(sent.len() + tally.oversized, batch.len(), "seed {seed}");
        // Each is there as it would be alone, unless it was cut.
        let is_cut = |span: &&Span| {
            span.attributes
                .iter()
                .any(|it| it.key == "otelier.truncated")
        };
        for span in sent.iter().filter(|span| !is_cut(span)) {
            let bytes = span.encode_to_vec();
            let found = rest.iter().position(|(_, alone)| *alone == bytes);
            rest.remove(found.unwrap());
        }
        // What was left out or cut was too large by itself.
        for (span, _) in rest {
            let alone = spans_by_prost(std::slice::from_ref(span), &resource);
            assert!(alone.encoded_len() + 10 > limit, "seed {seed}");
        }
    }
}

#[test]
fn a_record_beyond_the_limit_is_cut_or_dropped_and_the_others_stay() {
    let mut random = Random::new(3);
    let scopes = random.scopes();
    let small = |random: &mut Random| {
        let mut span = random.span(&scopes);
        span.name = "small".into();
        span.span_context = SpanContext::NONE;
        span.attributes.clear();
        span.events = SpanEvents::default();
        span.links = SpanLinks::default();
        span.status = opentelemetry::trace::Status::Unset;
        span
    };
    let huge = |random: &mut Random, first: usize| {
        let mut span = small(random);
        span.name = "huge".into();
        span.attributes = vec![
            KeyValue::new("secret", "x".repeat(first)),
            KeyValue::new("long", "y".repeat(10_000)),
        ];
        span
    };
    let mut lost = huge(&mut random, 1);
    lost.attributes = vec![KeyValue::new("list", Value::Array(vec![7.0; 1_000].into()))];
    let batch = [
        small(&mut random),
        huge(&mut random, 9_000),
        lost,
        small(&mut random),
    ];
    let mut encoder = Encoder::new(Strict).with_limit(4_000);
    let (requests, tally) = encode_spans(&mut encoder, &batch);
    assert_eq!(
        tally,
        Tally {
            oversized: 1,
            redacted: 1
        }
    );
    assert_eq!(requests.iter().map(|(_, items)| items).sum::<usize>(), 3);
    let decoded = requests.iter().flat_map(|(request, _)| {
        ExportTraceServiceRequest::decode(request.as_slice())
            .unwrap()
            .resource_spans
    });
    let names: Vec<_> = decoded
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .map(|span| (span.name, span.attributes.len()))
        .collect();
    assert_eq!(
        names.iter().filter(|(name, _)| name == "small").count(),
        2,
        "{names:?}"
    );
    // Both of its attributes, cut, and what tells so.
    assert!(names.contains(&("huge".to_owned(), 3)), "{names:?}");

    let mut record = random.log(&logger(), 1);
    record.set_body(AnyValue::Bytes(Box::new(vec![7; 90_000])));
    let mut encoder = Encoder::new(Strict).with_limit(89_000);
    let (requests, tally) = encode_logs(&mut encoder, &[(&record, &scopes[0])]);
    assert_eq!((requests.len(), tally.oversized), (1, 0));
    assert!(requests[0].0.len() < 89_000);
}

/// Masks a word, and keeps what it is told to be closed.
#[derive(Debug)]
struct Masking;

impl Policy for Masking {
    fn is_secret(&self, key: &str) -> bool {
        key == "secret"
    }

    fn is_closed(&self, key: &str) -> bool {
        key == "closed"
    }

    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.contains("hidden") {
            text.replace("hidden", "***").into()
        } else {
            text.into()
        }
    }
}

#[test]
fn bytes_are_looked_at_as_the_text_that_they_may_be() {
    let (mut random, logger) = (Random::new(7), logger());
    let scopes = random.scopes();
    for (bytes, expected) in [
        (&b"a hidden word"[..], &b"a *** word"[..]),
        (b"a hidden \xff word", "a *** \u{fffd} word".as_bytes()),
        (b"\x00\xff\xfe", b"\x00\xff\xfe"),
    ] {
        let any = || AnyValue::Bytes(Box::new(bytes.to_vec()));
        let mut record = logger.create_log_record();
        record.set_body(any());
        record.add_attribute("list", AnyValue::ListAny(Box::new(vec![any()])));
        let mut encoder = Encoder::new(Masking);
        let (requests, _) = encode_logs(&mut encoder, &[(&record, &scopes[0])]);
        let request = ExportLogsServiceRequest::decode(requests[0].0.as_slice()).unwrap();
        let record = &request.resource_logs[0].scope_logs[0].log_records[0];
        let value = proto::any_value::Value::BytesValue(expected.to_vec());
        assert_eq!(record.body.as_ref().unwrap().value, Some(value.clone()));
        let list = record.attributes[0].value.as_ref().unwrap();
        let Some(proto::any_value::Value::ArrayValue(list)) = &list.value else {
            panic!("{list:?}");
        };
        assert_eq!(list.values[0].value, Some(value));
    }
}

#[test]
fn every_text_of_a_span_or_log_record_goes_through_the_policy() {
    let list = |texts: &[&str]| {
        Value::Array(Array::String(
            texts.iter().map(|text| (*text).to_owned().into()).collect(),
        ))
    };
    let attributes = || {
        vec![
            KeyValue::new("text", "a hidden word"),
            KeyValue::new("list", list(&["x", "hidden"])),
            KeyValue::new("closed", "open secret"),
            KeyValue::new("secret", list(&["hidden", "hidden"])),
        ]
    };
    let mut random = Random::new(5);
    let scope = InstrumentationScope::builder("scope")
        .with_attributes(attributes())
        .build();
    let mut span = random.span(std::slice::from_ref(&scope));
    span.name = "name hidden".into();
    span.status = opentelemetry::trace::Status::error("status hidden");
    span.attributes = attributes();
    span.events = SpanEvents::default();
    span.events.events = vec![Event::new(
        "event hidden",
        std::time::SystemTime::now(),
        attributes(),
        0,
    )];
    span.links = SpanLinks::default();
    span.links.links = vec![Link::new(SpanContext::NONE, attributes(), 0)];
    let mut encoder = Encoder::new(Masking);
    // The second time everything is foreseen.
    let (requests, tally) = encode_spans(&mut encoder, &[span.clone(), span]);
    assert!(!String::from_utf8_lossy(&requests[0].0).contains("hidden"));
    assert_eq!(tally.redacted, 3 + 2 * (3 + 3 * 3));
    let text = format!(
        "{:?}",
        ExportTraceServiceRequest::decode(requests[0].0.as_slice()).unwrap()
    );
    assert_eq!(text.matches("[REDACTED]").count(), 1 + 2 * 3);

    let mut record = opentelemetry::logs::Logger::create_log_record(&logger());
    let any = |text: &str| AnyValue::from(text.to_owned());
    let values = AnyValue::ListAny(Box::new(vec![any("hidden"), any("x")]));
    record.set_body(any("body hidden"));
    record.add_attribute("text", any("a hidden word"));
    record.add_attribute("list", values.clone());
    record.add_attribute("secret", values);
    let (requests, tally) = encode_logs(&mut encoder, &[(&record, &scope), (&record, &scope)]);
    assert!(!String::from_utf8_lossy(&requests[0].0).contains("hidden"));
    assert_eq!(tally.redacted, 3 + 2 * 4);
}

#[test]
fn what_stands_behind_the_flag_of_a_secret_is_replaced_in_a_list() {
    let words = [
        "app",
        "--password",
        "hunter2",
        "--password",
        "-v",
        "--password=x",
        "y",
    ];
    let words = words.map(|word| word.to_owned().into()).to_vec();
    let mut random = Random::new(7);
    let mut span = random.span(&[InstrumentationScope::builder("scope").build()]);
    span.attributes = vec![KeyValue::new("args", Value::Array(Array::String(words)))];
    span.events = SpanEvents::default();
    span.links = SpanLinks::default();
    let (requests, tally) = encode_spans(&mut Encoder::new(Strict), &[span.clone(), span]);
    let text = String::from_utf8_lossy(&requests[0].0);
    assert!(!text.contains("hunter2"));
    assert_eq!(text.matches("[REDACTED]").count(), 2);
    assert_eq!(tally.redacted, 2);

    // And in what log records hold, where it may be no text.
    let texts = [
        "app",
        "--password",
        "hunter2",
        "--password",
        "-v",
        "--password",
    ];
    let mut list: Vec<AnyValue> = texts.into_iter().map(Into::into).collect();
    list.push(AnyValue::Int(7_771));
    let list = AnyValue::ListAny(Box::new(list));
    let scope = InstrumentationScope::builder("scope").build();
    let mut record = opentelemetry::logs::Logger::create_log_record(&logger());
    record.set_body(list.clone());
    record.add_attribute("args", list);
    let mut encoder = Encoder::new(Strict).with_json();
    let (requests, tally) = encode_logs(&mut encoder, &[(&record, &scope)]);
    let text = String::from_utf8_lossy(&requests[0].0);
    assert!(
        !text.contains("hunter2") && !text.contains("7771"),
        "{text}"
    );
    assert_eq!(tally.redacted, 4);
}

#[test]
fn of_equal_keys_the_last_is_written_in_short_lists_and_long_ones() {
    let mut random = Random::new(6);
    let scopes = random.scopes();
    for len in [1, 2, 15, 16, 17, 100, 128, 1000] {
        for distinct in [1, 3, 64, 2000] {
            let key = |at: usize| format!("key {}", at % distinct);
            let mut span = random.span(&scopes);
            span.attributes = (0..len)
                .map(|at| KeyValue::new(key(at), at as i64))
                .collect();
            let mut record = opentelemetry::logs::Logger::create_log_record(&logger());
            record.set_observed_timestamp(std::time::SystemTime::now());
            for at in 0..len {
                record.add_attribute(key(at), at as i64);
            }
            let spans = [span.clone(), span.clone(), unique(&span), span];
            let mut encoder = Encoder::new(Open);
            let (requests, _) = encode_spans(&mut encoder, &spans);
            let expected = spans_by_prost(&spans, &Resource::builder_empty().build());
            assert!(
                requests[0].0 == expected.encode_to_vec(),
                "{len} {distinct}"
            );
            let batch = [(&record, &scopes[0]), (&record, &scopes[0])];
            let (requests, _) = encode_logs(&mut encoder, &batch);
            let expected = logs_by_prost(&batch, &Resource::builder_empty().build());
            assert!(
                requests[0].0 == expected.encode_to_vec(),
                "{len} {distinct}"
            );
        }
    }
}

/// Replaces what [`Strict`] does, as a pass of its own. Returns how many.
fn redact(span: &mut SpanData) -> u64 {
    let mut count = 0;
    let events = span
        .events
        .events
        .iter_mut()
        .map(|event| &mut event.attributes);
    let links = span.links.links.iter_mut().map(|link| &mut link.attributes);
    let all = [&mut span.attributes]
        .into_iter()
        .chain(events)
        .chain(links);
    for pair in all
        .flatten()
        .filter(|pair| Strict.is_secret(pair.key.as_str()))
    {
        let is_array = matches!(pair.value, Value::Array(_));
        pair.value = if is_array {
            Value::Array(Array::String(vec!["[REDACTED]".into()]))
        } else {
            "[REDACTED]".into()
        };
        count += 1;
    }
    count
}

#[test]
fn secrets_are_replaced_wherever_a_pass_of_its_own_would() {
    for seed in 0..100 {
        let mut random = Random::new(seed);
        let scopes = random.scopes();
        let batch: Vec<_> = (0..40).map(|_| random.span(&scopes)).collect();
        let mut encoder = Encoder::new(Strict).with_limit(usize::MAX);
        let (requests, tally) = encode_spans(&mut encoder, &batch);
        let mut batch: Vec<_> = batch.iter().map(unique).collect();
        let redacted: u64 = batch.iter_mut().map(redact).sum();
        assert_eq!(tally.redacted, redacted);
        let expected = spans_by_prost(&batch, &Resource::builder_empty().build());
        assert!(requests[0].0 == expected.encode_to_vec(), "seed {seed}");
    }
}

#[test]
fn secrets_in_the_maps_of_log_records_are_replaced() {
    let mut record = opentelemetry::logs::Logger::create_log_record(&logger());
    let map = |value: AnyValue| {
        AnyValue::Map(Box::new(
            [("db.password".into(), value)].into_iter().collect(),
        ))
    };
    let list = AnyValue::ListAny(Box::new(vec![map("hidden".into())]));
    record.set_body(list.clone());
    record.add_attribute("secret", map("hidden".into()));
    record.add_attribute("shown", list);
    let scope = InstrumentationScope::default();
    let (requests, tally) = encode_logs(&mut Encoder::new(Strict), &[(&record, &scope)]);
    assert_eq!(tally.redacted, 3);
    let text = String::from_utf8_lossy(&requests[0].0).into_owned();
    assert!(!text.contains("hidden"), "{text}");
    assert_eq!(text.matches("[REDACTED]").count(), 3);
    let decoded = ExportLogsServiceRequest::decode(requests[0].0.as_slice()).unwrap();
    assert!(matches!(&decoded.resource_logs[..], [ResourceLogs { .. }]));
}

/// The names of the fields that `{:?}` shows of a struct.
fn fields(debug: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = Vec::new();
    let mut start = 0;
    for (at, letter) in debug.char_indices() {
        match letter {
            '{' | '(' | '[' => {
                depth += 1;
                start = at + 1;
            }
            '}' | ')' | ']' if depth == 1 => break,
            '}' | ')' | ']' => depth -= 1,
            ',' => start = at + 1,
            ':' if depth == 1 && start > 0 => {
                names.push(debug[start..at].trim());
                start = 0;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn the_sdk_s_types_have_the_fields_that_are_written() {
    let epoch = std::time::SystemTime::UNIX_EPOCH;
    let event = Event::new("e", epoch, Vec::new(), 0);
    assert_eq!(
        fields(&format!("{event:?}")),
        [
            "name",
            "timestamp",
            "attributes",
            "dropped_attributes_count"
        ]
    );
    let link = Link::new(SpanContext::NONE, Vec::new(), 0);
    assert_eq!(
        fields(&format!("{link:?}")),
        ["span_context", "attributes", "dropped_attributes_count"]
    );
    assert_eq!(
        fields(&format!("{:?}", SpanContext::NONE)),
        [
            "trace_id",
            "span_id",
            "trace_flags",
            "is_remote",
            "trace_state"
        ]
    );
    assert_eq!(
        fields(&format!("{:?}", SpanEvents::default())),
        ["events", "dropped_count"]
    );
    assert_eq!(
        fields(&format!("{:?}", SpanLinks::default())),
        ["links", "dropped_count"]
    );
    assert_eq!(
        fields(&format!("{:?}", KeyValue::new("k", 1))),
        ["key", "value"]
    );
    assert_eq!(
        fields(&format!("{:?}", InstrumentationScope::default())),
        ["name", "version", "schema_url", "attributes"]
    );
    let record = opentelemetry::logs::Logger::create_log_record(&logger());
    assert_eq!(
        fields(&format!("{record:?}")),
        [
            "event_name",
            "target",
            "timestamp",
            "observed_timestamp",
            "trace_context",
            "severity_text",
            "severity_number",
            "body",
            "attributes"
        ]
    );
    let mut record = record;
    record.set_trace_context(
        SpanContext::NONE.trace_id(),
        SpanContext::NONE.span_id(),
        None,
    );
    assert_eq!(
        fields(&format!("{:?}", record.trace_context().unwrap())),
        ["trace_id", "span_id", "trace_flags"]
    );
    // All kinds that there are; a further one is written as no value.
    let value = Value::Array(Array::Bool(Vec::new()));
    assert!(matches!(
        value,
        Value::Bool(_) | Value::I64(_) | Value::F64(_) | Value::String(_) | Value::Array(_)
    ));
}
