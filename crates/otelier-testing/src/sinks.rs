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
            event: event_name(event.metadata().name()),
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
            event: record.event_name().map(ToOwned::to_owned),
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

/// The name that a program gave an event: `tracing` makes one up where it gave none.
fn event_name(name: &str) -> Option<String> {
    (!name.starts_with("event ")).then(|| name.to_owned())
}

/// The value as an attribute; what attributes cannot hold becomes text, in JSON and in
/// the order of its keys.
fn plain(value: &AnyValue) -> Value {
    match value {
        AnyValue::Int(value) => (*value).into(),
        AnyValue::Double(value) => (*value).into(),
        AnyValue::Boolean(value) => (*value).into(),
        AnyValue::String(value) => value.as_str().to_owned().into(),
        other => Json(other).to_string().into(),
    }
}

fn text(value: &AnyValue) -> String {
    plain(value).to_string()
}

/// A value of a log record in JSON.
struct Json<'a>(&'a AnyValue);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            AnyValue::Int(number) => number.fmt(f),
            AnyValue::Double(number) => number.fmt(f),
            AnyValue::Boolean(truth) => truth.fmt(f),
            AnyValue::String(text) => string(f, text.as_str()),
            AnyValue::ListAny(list) => {
                f.write_char('[')?;
                for (at, item) in list.iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    Json(item).fmt(f)?;
                }
                f.write_char(']')
            }
            AnyValue::Map(map) => {
                let mut pairs: Vec<_> = map.iter().collect();
                pairs.sort_by_key(|(key, _)| key.as_str());
                f.write_char('{')?;
                for (at, (key, item)) in pairs.into_iter().enumerate() {
                    f.write_str(if at == 0 { "" } else { "," })?;
                    string(f, key.as_str())?;
                    f.write_char(':')?;
                    Json(item).fmt(f)?;
                }
                f.write_char('}')
            }
            other => write!(f, "{other:?}"),
        }
    }
}

fn string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' | '\\' => write!(f, "\\{letter}")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            letter => f.write_char(letter)?,
        }
    }
    f.write_char('"')
}
