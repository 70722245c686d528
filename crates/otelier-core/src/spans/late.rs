//! Fields that are handed to tracing-opentelemetry one by one.

use std::{error::Error, fmt};

use opentelemetry::trace::Tracer;
use tracing::{
    Subscriber, Value,
    field::{Field, FieldSet, Visit, debug},
    span::{Id, Record},
};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::{
    gathered::{STATUS_CODE, STATUS_DESCRIPTION, integer, shown},
    prepared::Prepared,
};

/// Which fields are handed over.
#[derive(Clone, Copy, Debug)]
pub(super) enum Which {
    /// All of them.
    All,
    /// Those which [`Gathered`](super::gathered::Gathered) left.
    StatusAndErrors,
}

/// Hands fields over, each alone: a value can be shown but not kept. Integers that
/// are not `i64`, which would become texts, are handed over as such, bytes without secrets.
pub(super) struct OneByOne<'a, S, T> {
    pub(super) layer: &'a OpenTelemetryLayer<S, Prepared<T>>,
    pub(super) fields: &'a FieldSet,
    pub(super) id: &'a Id,
    pub(super) cx: Context<'a, S>,
    pub(super) which: Which,
}

impl<S, T> OneByOne<'_, S, T>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    T: Tracer + 'static,
    T::Span: Send + Sync,
{
    fn hand(&self, field: &Field, value: &dyn Value) {
        let is_left = match self.which {
            Which::All => true,
            Which::StatusAndErrors => matches!(field.name(), STATUS_CODE | STATUS_DESCRIPTION),
        };
        if is_left {
            self.hand_over(field, value);
        }
    }

    fn hand_over(&self, field: &Field, value: &dyn Value) {
        let values = [(field, Some(value))];
        let values = self.fields.value_set(&values);
        self.layer
            .on_record(self.id, &Record::new(&values), self.cx.clone());
    }

    fn hand_integer<N: Value + Copy + TryInto<i64>>(&self, field: &Field, value: N) {
        match integer(field, value) {
            Some(integer) => self.hand(field, &integer),
            None => self.hand(field, &value),
        }
    }
}

impl<S, T> Visit for OneByOne<'_, S, T>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    T: Tracer + 'static,
    T::Span: Send + Sync,
{
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.hand(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.hand(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.hand(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.hand_integer(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.hand_integer(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.hand_integer(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.hand(field, &value);
    }

    fn record_bytes(&mut self, field: &Field, value: &[u8]) {
        match shown(value) {
            Some(shown) => self.hand(field, &shown.as_str()),
            None => self.hand(field, &value),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.hand_over(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.hand(field, &debug(value));
    }
}

/// Whether there is what tracing-opentelemetry is not to write its own way: integers
/// that are not `i64`, and bytes with a secret.
#[derive(Debug, Default)]
pub(super) struct IsOurs(pub(super) bool);

impl IsOurs {
    pub(super) fn in_record(values: &Record<'_>) -> bool {
        let mut found = Self::default();
        values.record(&mut found);
        found.0
    }
}

impl Visit for IsOurs {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0 |= integer(field, value).is_some();
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.0 |= integer(field, value).is_some();
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.0 |= integer(field, value).is_some();
    }

    fn record_bytes(&mut self, _: &Field, value: &[u8]) {
        self.0 |= shown(value).is_some();
    }

    // All others end here.
    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
