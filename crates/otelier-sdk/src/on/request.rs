//! What is known about a request, on every span and log record below it.

use opentelemetry::{
    Context, Value,
    logs::{AnyValue, LogRecord as _},
    trace::Span as _,
};
use opentelemetry_sdk::{logs::SdkLogRecord, trace::Span};
use otelier_core::context;

/// Adds the request's entries to a span that starts.
pub(crate) fn tell_span(span: &mut Span, cx: &Context) {
    let Some(request) = context::from(cx) else {
        return;
    };
    request.with(|entries| {
        // What the span says itself is nearer; the SDK shows it as a copy alone.
        let own = match entries {
            [] => None,
            _ => span.exported_data().map(|data| data.attributes),
        };
        let own = own.as_deref().unwrap_or_default();
        for entry in entries {
            if !own.iter().any(|own| own.key == entry.key) {
                span.set_attribute(entry.clone());
            }
        }
    });
}

/// Adds the request's entries to a log record.
pub(crate) fn tell_record(record: &mut SdkLogRecord) {
    let Some(request) = context::current() else {
        return;
    };
    request.with(|entries| {
        for entry in entries {
            // What the record says itself is nearer.
            let key = entry.key.as_str();
            let is_known = record.attributes_iter().any(|(own, _)| own.as_str() == key);
            if is_known {
                continue;
            }
            if let Value::String(text) = &entry.value {
                record.add_attribute(entry.key.clone(), AnyValue::String(text.clone()));
            }
        }
    });
}
