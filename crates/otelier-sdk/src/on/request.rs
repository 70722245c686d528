//! What is known about a request, on every span and log record below it.

use std::time::Duration;

use opentelemetry::{
    Context, InstrumentationScope, Value,
    logs::{AnyValue, LogRecord as _, Severity},
    trace::Span as _,
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    logs::{LogProcessor, SdkLogRecord},
    trace::{Span, SpanData, SpanProcessor},
};
use otelier_core::context;

/// Adds the request's entries to spans when they start.
#[derive(Debug)]
pub(crate) struct RequestSpans<P>(pub(crate) P);

impl<P: SpanProcessor> SpanProcessor for RequestSpans<P> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        if let Some(request) = context::from(cx) {
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
        self.0.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Adds the request's entries to log records.
#[derive(Debug)]
pub(crate) struct RequestLogs<P>(pub(crate) P);

impl<P: LogProcessor> LogProcessor for RequestLogs<P> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if let Some(request) = context::current() {
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
        self.0.emit(record, scope);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.0.event_enabled(level, target, name)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
