//! Integers of `tracing` spans, which tracing-opentelemetry writes as texts
//! unless they are `i64`.

use std::fmt;

use opentelemetry::{
    Context as OtelContext, KeyValue, Value,
    trace::{SpanBuilder, Tracer, noop::NoopTracer},
};
use tracing::{
    Subscriber,
    field::{Field, FieldSet, Visit},
    span::{Attributes, Id, Record},
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

/// Fields that tracing-opentelemetry reads itself: they are no attributes.
const DIRECTIONS: [&str; 4] = [
    "otel.name",
    "otel.kind",
    "otel.status_code",
    "otel.status_description",
];

/// A span that starts with more attributes than that keeps texts beside their
/// integers; exporters send the last of equals.
const MANY: usize = 64;

/// Records integers that an `i64` holds once more, as integers. Stands behind the
/// layer that made the texts.
///
/// The span itself is tracing-opentelemetry's own and may not have started:
/// another of its layers adds to it, so that the parent can still be set.
pub(super) struct Integers<S>(OpenTelemetryLayer<S, NoopTracer>);

impl<S> Integers<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    pub(super) fn new() -> Self {
        Self(tracing_opentelemetry::layer())
    }
}

impl<S> Layer<S> for Integers<S>
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Context<'_, S>) {
        attributes.record(&mut Again {
            layer: &self.0,
            fields: attributes.metadata().fields(),
            id,
            cx,
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let Some(metadata) = cx.metadata(id) else {
            return;
        };
        values.record(&mut Again {
            layer: &self.0,
            fields: metadata.fields(),
            id,
            cx,
        });
    }
}

struct Again<'a, S> {
    layer: &'a OpenTelemetryLayer<S, NoopTracer>,
    fields: &'a FieldSet,
    id: &'a Id,
    cx: Context<'a, S>,
}

impl<S> Again<'_, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn record(&self, field: &Field, value: impl TryInto<i64>) {
        let Ok(value) = value.try_into() else {
            return;
        };
        if DIRECTIONS.contains(&field.name()) {
            return;
        }
        let values = [(field, Some(&value as &dyn tracing::Value))];
        let values = self.fields.value_set(&values);
        self.layer
            .on_record(self.id, &Record::new(&values), self.cx.clone());
    }
}

impl<S> Visit for Again<'_, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.record(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.record(field, value);
    }

    // All others end here, unformatted: they are attributes already.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Starts spans whose integers stand in the place of their texts.
#[derive(Debug)]
pub(super) struct Settled<T>(pub(super) T);

impl<T: Tracer> Tracer for Settled<T> {
    type Span = T::Span;

    fn build_with_context(&self, mut builder: SpanBuilder, parent: &OtelContext) -> Self::Span {
        if let Some(attributes) = &mut builder.attributes {
            settle(attributes);
        }
        self.0.build_with_context(builder, parent)
    }
}

fn settle(attributes: &mut Vec<KeyValue>) {
    if attributes.len() > MANY {
        return;
    }
    let mut at = 0;
    while at < attributes.len() {
        let (before, rest) = attributes.split_at_mut(at);
        let integer = rest
            .first()
            .filter(|attribute| matches!(attribute.value, Value::I64(_)));
        let text = integer.and_then(|integer| {
            let mut before = before.iter_mut();
            let text = before.find(|attribute| {
                matches!(attribute.value, Value::String(_)) && attribute.key == integer.key
            })?;
            Some((text, integer))
        });
        if let Some((text, integer)) = text {
            text.value = integer.value.clone();
            attributes.remove(at);
        } else {
            at += 1;
        }
    }
}
