//! Integers of `tracing` spans, which tracing-opentelemetry writes as texts
//! unless they are `i64`.

use std::fmt;

use opentelemetry::trace::noop::NoopTracer;
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

/// Records integers that an `i64` holds once more, as integers. Stands behind the
/// layer that made the texts, for which [`Settled`](super::settled::Settled) has one
/// of the two stay.
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
