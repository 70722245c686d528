//! What takes spans and log records, and stores them.

use std::{
    fmt::{self, Write as _},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue, Value,
    logs::AnyValue,
    trace::{Span as _, TraceContextExt as _},
};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    logs::{LogProcessor, SdkLogRecord},
    trace::{Span as SdkSpan, SpanData, SpanProcessor},
};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer};

use crate::{Attributes, Log, store::Store};

/// Stores spans that start and end.
#[derive(Debug)]
pub(crate) struct SpanSink(pub(crate) Store);

impl SpanProcessor for SpanSink {
    fn on_start(&self, span: &mut SdkSpan, _: &Context) {
        self.0.started(span.span_context().span_id());
    }

    fn on_end(&self, span: SpanData) {
        self.0.ended(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Stores `tracing` events with the ids of the current context.
#[derive(Debug)]
pub(crate) struct EventLayer(pub(crate) Store);

impl<S: Subscriber> Layer<S> for EventLayer {
    fn on_event(&self, event: &Event<'_>, _: layer::Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let ids = Context::map_current(|cx| {
            let span = cx.span();
            let context = span.span_context();
            context
                .is_valid()
                .then(|| (context.trace_id(), context.span_id()))
        });
        self.0.logged(Log {
            level: event.metadata().level().to_string(),
            target: event.metadata().target().to_owned(),
            message: fields.message,
            attributes: Attributes(fields.others),
            trace_id: ids.map(|(trace_id, _)| trace_id),
            span_id: ids.map(|(_, span_id)| span_id),
            time: SystemTime::now(),
            order: 0,
        });
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: Vec<KeyValue>,
}

impl Fields {
    fn push(&mut self, field: &Field, value: impl Into<Value>) {
        self.others.push(KeyValue::new(field.name(), value));
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            write!(self.message, "{value:?}").ok();
        } else {
            self.push(field, format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.push(field, value.to_owned());
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match i64::try_from(value) {
            Ok(value) => self.push(field, value),
            Err(_) => self.push(field, value.to_string()),
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.push(field, value.to_string());
    }
}

/// Stores what is emitted through the logger provider.
#[derive(Debug)]
pub(crate) struct LogSink(pub(crate) Store);

impl LogProcessor for LogSink {
    fn emit(&self, record: &mut SdkLogRecord, _: &InstrumentationScope) {
        let ids = record.trace_context();
        let attributes = record
            .attributes_iter()
            .map(|(key, value)| KeyValue::new(key.clone(), plain(value)));
        self.0.logged(Log {
            level: record.severity_text().unwrap_or_default().to_owned(),
            target: record.target().map(ToString::to_string).unwrap_or_default(),
            message: record.body().map(text).unwrap_or_default(),
            attributes: Attributes(attributes.collect()),
            trace_id: ids.map(|ids| ids.trace_id),
            span_id: ids.map(|ids| ids.span_id),
            time: record.timestamp().unwrap_or_else(SystemTime::now),
            order: 0,
        });
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The value as an attribute; what attributes cannot hold becomes text.
fn plain(value: &AnyValue) -> Value {
    match value {
        AnyValue::Int(value) => (*value).into(),
        AnyValue::Double(value) => (*value).into(),
        AnyValue::Boolean(value) => (*value).into(),
        AnyValue::String(value) => value.as_str().to_owned().into(),
        other => format!("{other:?}").into(),
    }
}

fn text(value: &AnyValue) -> String {
    plain(value).to_string()
}
