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

/// How many are recorded at once.
const AT_ONCE: usize = 8;

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
        let mut again = Again::new(&self.0, attributes.metadata().fields(), id, cx);
        attributes.record(&mut again);
        again.record_all();
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, cx: Context<'_, S>) {
        let Some(metadata) = cx.metadata(id) else {
            return;
        };
        let mut again = Again::new(&self.0, metadata.fields(), id, cx);
        values.record(&mut again);
        again.record_all();
    }
}

/// Records what it has seen once more, several at once: each time the span is looked
/// for and locked.
struct Again<'a, S> {
    layer: &'a OpenTelemetryLayer<S, NoopTracer>,
    fields: &'a FieldSet,
    id: &'a Id,
    cx: Context<'a, S>,
    seen: [Option<(Field, i64)>; AT_ONCE],
    count: usize,
}

impl<'a, S> Again<'a, S>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
{
    fn new(
        layer: &'a OpenTelemetryLayer<S, NoopTracer>,
        fields: &'a FieldSet,
        id: &'a Id,
        cx: Context<'a, S>,
    ) -> Self {
        Self {
            layer,
            fields,
            id,
            cx,
            seen: [const { None }; AT_ONCE],
            count: 0,
        }
    }

    fn see(&mut self, field: &Field, value: impl TryInto<i64>) {
        let Ok(value) = value.try_into() else {
            return;
        };
        if DIRECTIONS.contains(&field.name()) {
            return;
        }
        if self.count == AT_ONCE {
            self.record_all();
        }
        if let Some(place) = self.seen.get_mut(self.count) {
            *place = Some((field.clone(), value));
            self.count += 1;
        }
    }

    fn record_all(&mut self) {
        let [Some((first, _)), ..] = &self.seen else {
            return;
        };
        let values = self.seen.each_ref().map(|seen| match seen {
            Some((field, value)) => (field, Some(value as &dyn tracing::Value)),
            // There is no value for it.
            None => (first, None),
        });
        let values = self.fields.value_set(&values);
        self.layer
            .on_record(self.id, &Record::new(&values), self.cx.clone());
        self.seen = [const { None }; AT_ONCE];
        self.count = 0;
    }
}

impl<S> Visit for Again<'_, S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.see(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.see(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.see(field, value);
    }

    // All others end here, unformatted: they are attributes already.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
