//! The last line before the wire: values whose key names a secret are replaced.

use opentelemetry::{
    Key, KeyValue,
    logs::{AnyValue, LogRecord as _},
};
use opentelemetry_sdk::{logs::SdkLogRecord, trace::SpanData};
use otelier_core::{REDACTED, is_secret};

use crate::imp::record;

/// Redacts attributes of a span, its events and its links. Returns how many.
pub(crate) fn span(span: &mut SpanData) -> u64 {
    let events = span.events.events.iter_mut();
    let links = span.links.links.iter_mut();
    pairs(&mut span.attributes)
        + events
            .map(|event| pairs(&mut event.attributes))
            .sum::<u64>()
        + links.map(|link| pairs(&mut link.attributes)).sum::<u64>()
}

fn pairs(attributes: &mut [KeyValue]) -> u64 {
    let mut redacted = 0;
    for attribute in attributes {
        if is_secret(attribute.key.as_str()) {
            attribute.value = REDACTED.into();
            redacted += 1;
        }
    }
    redacted
}

/// A redacted copy of a log record, or `None` where it holds no secret. The
/// SDK's record cannot be changed in place.
pub(crate) fn log(original: &SdkLogRecord) -> Option<(SdkLogRecord, u64)> {
    let in_attributes = original
        .attributes_iter()
        .any(|(key, value)| is_secret(key.as_str()) || holds_secret(value));
    if !in_attributes && !original.body().is_some_and(holds_secret) {
        return None;
    }
    let mut count = 0;
    let mut copy = record::head_of(original);
    if let Some(body) = original.body() {
        copy.set_body(redacted(body, &mut count));
    }
    for (key, value) in original.attributes_iter() {
        copy.add_attribute(key.clone(), by_key(key, value, &mut count));
    }
    Some((copy, count))
}

fn by_key(key: &Key, value: &AnyValue, count: &mut u64) -> AnyValue {
    if is_secret(key.as_str()) {
        *count += 1;
        return AnyValue::String(REDACTED.into());
    }
    redacted(value, count)
}

fn redacted(value: &AnyValue, count: &mut u64) -> AnyValue {
    match value {
        AnyValue::Map(map) => {
            let entries = map.iter();
            let entries = entries.map(|(key, item)| (key.clone(), by_key(key, item, count)));
            AnyValue::Map(Box::new(entries.collect()))
        }
        AnyValue::ListAny(list) => {
            let items = list.iter().map(|item| redacted(item, count));
            AnyValue::ListAny(Box::new(items.collect()))
        }
        _ => value.clone(),
    }
}

fn holds_secret(value: &AnyValue) -> bool {
    match value {
        AnyValue::Map(map) => map
            .iter()
            .any(|(key, item)| is_secret(key.as_str()) || holds_secret(item)),
        AnyValue::ListAny(list) => list.iter().any(holds_secret),
        _ => false,
    }
}
