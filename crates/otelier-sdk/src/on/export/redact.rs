//! The policy for the SDK's data, where another encoder follows: each key once,
//! and no secret.

use std::{borrow::Cow, collections::HashSet, mem};

use opentelemetry::{
    Key, KeyValue,
    logs::{AnyValue, LogRecord as _},
    trace::Status,
};
use opentelemetry_sdk::{logs::SdkLogRecord, trace::SpanData};
use otelier_core::{redact_any, redact_body, redact_text, redact_value};

use crate::imp::record;

/// Redacts a span. Returns how many values were replaced.
pub(crate) fn span(span: &mut SpanData) -> u64 {
    let mut redacted = pairs(&mut span.attributes) + name(&mut span.name);
    for event in &mut span.events.events {
        redacted += pairs(&mut event.attributes) + name(&mut event.name);
    }
    for link in &mut span.links.links {
        redacted += pairs(&mut link.attributes);
    }
    if let Status::Error { description } = &mut span.status {
        redacted += name(description);
    }
    redacted
}

fn name(name: &mut Cow<'static, str>) -> u64 {
    match redact_text(name) {
        Cow::Borrowed(_) => 0,
        Cow::Owned(redacted) => {
            *name = redacted.into();
            1
        }
    }
}

fn pairs(attributes: &mut Vec<KeyValue>) -> u64 {
    once(attributes, |pair| pair.key.as_str().to_owned());
    let mut redacted = 0;
    for KeyValue { key, value, .. } in attributes {
        if let Some(shown) = redact_value(key.as_str(), value) {
            *value = shown;
            redacted += 1;
        }
    }
    redacted
}

/// Keeps the last of equals. Returns how many others there were.
pub(super) fn once<T>(items: &mut Vec<T>, key: impl Fn(&T) -> String) -> u64 {
    let all = items.len();
    let mut seen = HashSet::with_capacity(items.len());
    let mut last: Vec<_> = items
        .iter()
        .rev()
        .map(|item| seen.insert(key(item)))
        .collect();
    if last.iter().any(|is_last| !is_last) {
        last.reverse();
        let kept = mem::take(items).into_iter().zip(last);
        items.extend(kept.filter_map(|(item, is_last)| is_last.then_some(item)));
    }
    u64::try_from(all - items.len()).unwrap_or_default()
}

/// A redacted copy of a log record, or `None` where nothing is to be changed.
/// The SDK's record cannot be changed in place.
pub(crate) fn log(original: &SdkLogRecord) -> Option<(SdkLogRecord, u64)> {
    let mut count = 0;
    let mut noted = |changed: Option<AnyValue>, value: &AnyValue| {
        count += u64::from(changed.is_some());
        changed.unwrap_or_else(|| value.clone())
    };
    let body = original.body().map(|body| noted(redact_body(body), body));
    let attributes = original.attributes_iter();
    let mut attributes: Vec<(Key, AnyValue)> = attributes
        .map(|(key, value)| (key.clone(), noted(redact_any(key.as_str(), value), value)))
        .collect();
    let all = attributes.len();
    once(&mut attributes, |(key, _)| key.as_str().to_owned());
    if count == 0 && attributes.len() == all {
        return None;
    }
    let mut copy = record::head_of(original);
    if let Some(body) = body {
        copy.set_body(body);
    }
    for (key, value) in attributes {
        copy.add_attribute(key, value);
    }
    Some((copy, count))
}
