//! Our encoder beside prost.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Array, InstrumentationScope, KeyValue, Value,
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity},
    trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState},
};
use opentelemetry_proto::{
    tonic::{
        collector::{logs::v1::ExportLogsServiceRequest, trace::v1::ExportTraceServiceRequest},
        common::v1 as proto,
    },
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::{
    Resource,
    logs::{SdkLogRecord, SdkLogger, SdkLoggerProvider},
    trace::{SpanData, SpanEvents, SpanLinks},
};
use otelier_otlp::{Encoder, Policy};
use prost::Message as _;

use crate::{SECRET, entropy::Entropy};

/// Values of secret keys go, wherever they stand.
#[derive(Debug)]
struct Strict;

impl Policy for Strict {
    fn is_secret(&self, key: &str) -> bool {
        key == "secret"
    }
}

#[derive(Debug)]
struct Open;

impl Policy for Open {}

/// Spans and log records made of the bytes.
pub fn encoder(data: &[u8]) {
    let mut entropy = Entropy::new(data);
    let limit = 256 + 16 * entropy.below(256);
    let scopes = scopes(&mut entropy);
    let resource = Resource::builder_empty()
        .with_attributes(pairs(&mut entropy, 3))
        .build();
    let spans = entropy.some(6, |entropy| span(entropy, &scopes));
    let logger = SdkLoggerProvider::builder().build().logger("check");
    let logs = entropy.some(6, |entropy| log(entropy, &logger));

    // All of them in one request: the bytes of prost.
    let mut open = Encoder::new(Open).with_limit(usize::MAX);
    open.set_resource(&resource);
    open.spans(&spans, |request| {
        let mut resource_spans = group_spans_by_resource_and_scope(
            spans.clone(),
            &ResourceAttributesWithSchema::from(&resource),
        );
        for spans in resource_spans.iter_mut().flat_map(|it| &mut it.scope_spans) {
            let in_scope = spans.scope.iter_mut().map(|scope| &mut scope.attributes);
            in_scope.for_each(once);
            for span in &mut spans.spans {
                once(&mut span.attributes);
                let in_events = span.events.iter_mut().map(|event| &mut event.attributes);
                let in_links = span.links.iter_mut().map(|link| &mut link.attributes);
                in_events.chain(in_links).for_each(once);
            }
        }
        let theirs = ExportTraceServiceRequest { resource_spans };
        assert_eq!(request.as_slice(), theirs.encode_to_vec());
    });

    // In small requests: each of them whole, none too large, nothing twice.
    let mut strict = Encoder::new(Strict).with_limit(limit);
    strict.set_resource(&resource);
    let mut found = 0;
    let tally = strict.spans(&spans, |request| {
        assert!(request.as_slice().len() <= limit);
        let message = ExportTraceServiceRequest::decode(request.as_slice()).unwrap();
        assert_eq!(message.encode_to_vec(), request.as_slice());
        let scopes = message.resource_spans.iter().flat_map(|r| &r.scope_spans);
        let items: usize = scopes.map(|scope| scope.spans.len()).sum();
        assert_eq!(items, request.items());
        found += items;
    });
    assert_eq!(found + tally.oversized, spans.len());

    let pairs: Vec<_> = logs.iter().zip(scopes.iter().cycle()).collect();
    let mut found = 0;
    let tally = strict.logs(&pairs, |request| {
        assert!(request.as_slice().len() <= limit);
        let message = ExportLogsServiceRequest::decode(request.as_slice()).unwrap();
        assert_eq!(message.encode_to_vec(), request.as_slice());
        let text = String::from_utf8_lossy(request.as_slice());
        assert!(!text.contains(SECRET), "{text}");
        let scopes = message.resource_logs.iter().flat_map(|r| &r.scope_logs);
        found += scopes.map(|scope| scope.log_records.len()).sum::<usize>();
    });
    assert_eq!(found + tally.oversized, logs.len());
}

/// Keeps the last of equal keys.
fn once(pairs: &mut Vec<proto::KeyValue>) {
    for at in (0..pairs.len()).rev() {
        if pairs[at + 1..].iter().any(|pair| pair.key == pairs[at].key) {
            pairs.remove(at);
        }
    }
}

const KEYS: [&str; 5] = ["a", "http.route", "", "url.path", "k\u{e9}y"];

fn pairs(entropy: &mut Entropy<'_>, most: usize) -> Vec<KeyValue> {
    entropy.some(most, |entropy| {
        KeyValue::new(entropy.pick(&KEYS), value(entropy))
    })
}

fn value(entropy: &mut Entropy<'_>) -> Value {
    match entropy.below(8) {
        0 => Value::Bool(entropy.below(2) == 0),
        1 => Value::I64(entropy.integer().cast_signed()),
        2 => Value::F64(f64::from_bits(entropy.integer())),
        3 => Value::Array(Array::I64(entropy.some(4, |e| e.integer().cast_signed()))),
        4 => Value::Array(Array::F64(entropy.some(4, |e| f64::from_bits(e.integer())))),
        5 => Value::Array(Array::Bool(entropy.some(4, |e| e.below(2) == 0))),
        6 => Value::Array(Array::String(entropy.some(4, |e| e.text(9).into()))),
        _ => Value::String(entropy.text(200).into()),
    }
}

fn any(entropy: &mut Entropy<'_>, depth: usize) -> AnyValue {
    match entropy.below(if depth == 0 { 5 } else { 8 }) {
        0 => AnyValue::Boolean(true),
        1 => AnyValue::Int(entropy.integer().cast_signed()),
        2 => AnyValue::Double(f64::from_bits(entropy.integer())),
        3 => AnyValue::Bytes(Box::new(entropy.bytes(40).to_vec())),
        4 => AnyValue::String(entropy.text(200).into()),
        5 => AnyValue::ListAny(Box::new(entropy.some(4, |e| any(e, depth - 1)))),
        6 => AnyValue::Map(Box::new(HashMap::from([("secret".into(), SECRET.into())]))),
        _ => {
            let entries = entropy.some(4, |e| (e.pick(&KEYS).into(), any(e, depth - 1)));
            AnyValue::Map(Box::new(HashMap::from_iter(entries)))
        }
    }
}

fn context(entropy: &mut Entropy<'_>) -> SpanContext {
    let id = u128::from(entropy.integer()) << 64 | u128::from(entropy.byte());
    let state = entropy.text(9).parse::<TraceState>().unwrap_or_default();
    SpanContext::new(
        TraceId::from(id),
        SpanId::from(entropy.integer()),
        TraceFlags::new(entropy.byte()),
        entropy.below(2) == 0,
        state,
    )
}

fn time(entropy: &mut Entropy<'_>) -> SystemTime {
    match entropy.below(4) {
        0 => SystemTime::UNIX_EPOCH - Duration::from_secs(1),
        1 => SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40),
        _ => SystemTime::UNIX_EPOCH + Duration::from_nanos(entropy.integer() >> 1),
    }
}

/// One at least.
fn scopes(entropy: &mut Entropy<'_>) -> Vec<InstrumentationScope> {
    let mut scopes = vec![InstrumentationScope::builder("check").build()];
    scopes.extend(entropy.some(2, |entropy| {
        InstrumentationScope::builder(entropy.text(9))
            .with_version(entropy.text(4))
            .with_attributes(pairs(entropy, 2))
            .build()
    }));
    scopes
}

fn span(entropy: &mut Entropy<'_>, scopes: &[InstrumentationScope]) -> SpanData {
    let mut events = SpanEvents::default();
    events.events = entropy.some(2, |e| {
        let (name, time, pairs) = (e.text(20), time(e), pairs(e, 2));
        Event::new(name, time, pairs, e.byte().into())
    });
    let mut links = SpanLinks::default();
    links.links = entropy.some(2, |e| {
        let (context, pairs) = (context(e), pairs(e, 2));
        Link::new(context, pairs, e.byte().into())
    });
    SpanData {
        span_context: context(entropy),
        parent_span_id: SpanId::from(entropy.integer()),
        parent_span_is_remote: entropy.below(2) == 0,
        span_kind: match entropy.below(3) {
            0 => SpanKind::Client,
            1 => SpanKind::Server,
            _ => SpanKind::Internal,
        },
        name: entropy.text(200).into(),
        start_time: time(entropy),
        end_time: time(entropy),
        attributes: pairs(entropy, 6),
        dropped_attributes_count: entropy.byte().into(),
        events,
        links,
        status: match entropy.below(3) {
            0 => Status::Unset,
            1 => Status::Ok,
            _ => Status::error(entropy.text(20)),
        },
        instrumentation_scope: scopes[entropy.below(scopes.len())].clone(),
    }
}

fn log(entropy: &mut Entropy<'_>, logger: &SdkLogger) -> SdkLogRecord {
    let mut record = logger.create_log_record();
    record.set_observed_timestamp(time(entropy));
    if entropy.below(2) == 0 {
        record.set_severity_number(Severity::Warn3);
        record.set_severity_text("WARN");
    }
    record.set_body(any(entropy, 3));
    record.add_attribute("secret", SECRET);
    for _ in 0..entropy.below(4) {
        record.add_attribute(entropy.pick(&KEYS), any(entropy, 2));
    }
    if entropy.below(2) == 0 {
        let context = context(entropy);
        record.set_trace_context(context.trace_id(), context.span_id(), None);
    }
    record
}
