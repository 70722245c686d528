//! Upper bounds of the encoded size of records, so that a batch can be split
//! before it is encoded.

use opentelemetry::{Array, InstrumentationScope, KeyValue, Value, logs::AnyValue};
use opentelemetry_sdk::{Resource, logs::SdkLogRecord, trace::SpanData};
use otelier_otlp::Protocol;

/// The tags and lengths around one record, or one key-value pair, in JSON more
/// than in protobuf.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    json: bool,
}

impl Scale {
    pub(crate) fn of(protocol: Protocol) -> Self {
        Self {
            json: protocol == Protocol::HttpJson,
        }
    }

    /// What a batch may weigh beside its resource, in a request of `largest` bytes.
    pub(crate) fn room(self, resource: &Resource, largest: usize) -> usize {
        let attributes = resource.iter();
        let weight: usize = attributes
            .map(|(key, value)| self.pair(key.as_str(), value))
            .sum();
        largest.saturating_sub(weight + 1024)
    }

    pub(crate) fn span(self, span: &SpanData) -> usize {
        let events = span
            .events
            .iter()
            .map(|event| self.fields(4) + self.text(&event.name) + self.pairs(&event.attributes));
        let links = span.links.iter().map(|link| {
            let state = link.span_context.trace_state().header();
            self.fields(5) + 32 + self.text(&state) + self.pairs(&link.attributes)
        });
        self.fields(16)
            + 96
            + self.text(&span.name)
            + self.text(&span.span_context.trace_state().header())
            + self.status(&span.status)
            + self.scope(&span.instrumentation_scope)
            + self.pairs(&span.attributes)
            + events.sum::<usize>()
            + links.sum::<usize>()
    }

    pub(crate) fn log(self, record: &SdkLogRecord, scope: &InstrumentationScope) -> usize {
        let attributes = record
            .attributes_iter()
            .map(|(key, value)| self.fields(3) + self.text(key.as_str()) + self.any(value));
        self.fields(12)
            + 96
            + record.target().map_or(0, |target| self.text(target))
            + record.event_name().map_or(0, |name| self.text(name))
            + record.body().map_or(0, |body| self.any(body))
            + self.scope(scope)
            + attributes.sum::<usize>()
    }

    fn status(self, status: &opentelemetry::trace::Status) -> usize {
        match status {
            opentelemetry::trace::Status::Error { description } => self.text(description),
            _ => 0,
        }
    }

    /// Each record may be the only one of its scope.
    fn scope(self, scope: &InstrumentationScope) -> usize {
        let attributes = scope.attributes();
        self.fields(6)
            + self.text(scope.name())
            + self.text(scope.version().unwrap_or_default())
            + self.text(scope.schema_url().unwrap_or_default())
            + attributes
                .map(|kv| self.pair(kv.key.as_str(), &kv.value))
                .sum::<usize>()
    }

    fn pairs(self, attributes: &[KeyValue]) -> usize {
        let each = attributes.iter();
        each.map(|kv| self.pair(kv.key.as_str(), &kv.value)).sum()
    }

    fn pair(self, key: &str, value: &Value) -> usize {
        self.fields(3) + self.text(key) + self.value(value)
    }

    fn value(self, value: &Value) -> usize {
        match value {
            Value::String(text) => self.text(text.as_str()),
            Value::Array(Array::String(list)) => list
                .iter()
                .map(|text| self.fields(2) + self.text(text.as_str()))
                .sum(),
            Value::Array(Array::Bool(list)) => list.len() * self.scalar(),
            Value::Array(Array::I64(list)) => list.len() * self.scalar(),
            Value::Array(Array::F64(list)) => list.len() * self.scalar(),
            _ => self.scalar(),
        }
    }

    fn any(self, value: &AnyValue) -> usize {
        match value {
            AnyValue::String(text) => self.fields(1) + self.text(text.as_str()),
            AnyValue::Bytes(bytes) => self.fields(1) + bytes.len().saturating_mul(4) / 3 + 4,
            AnyValue::ListAny(list) => {
                let items = list.iter().map(|item| self.any(item));
                self.fields(2) + items.sum::<usize>()
            }
            AnyValue::Map(map) => {
                let items = map.iter();
                self.fields(2)
                    + items
                        .map(|(key, item)| {
                            self.fields(3) + self.text(key.as_str()) + self.any(item)
                        })
                        .sum::<usize>()
            }
            _ => self.scalar(),
        }
    }

    /// Tag and length (6 bytes at most) of each field, or its name in JSON.
    fn fields(self, count: usize) -> usize {
        count * if self.json { 28 } else { 6 }
    }

    fn scalar(self) -> usize {
        self.fields(2) + if self.json { 28 } else { 10 }
    }

    /// JSON writes control characters as `\u0000`, quotes and backslashes as two.
    fn text(self, text: &str) -> usize {
        if !self.json {
            return text.len();
        }
        let escapes = text.bytes().map(|byte| match byte {
            0..=0x1f => 5,
            b'"' | b'\\' => 1,
            _ => 0,
        });
        text.len() + escapes.sum::<usize>()
    }
}
