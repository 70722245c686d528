//! What all runs of one text have in common.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use opentelemetry::{KeyValue, Value, metrics::BoundHistogram};
use otelier_core::{Names, semconv};

use super::telemetry::Telemetry;
use crate::{
    config::QueryText,
    sql::{Dialect, Digest, MAX_TEXT},
};

/// Of spans, and of the values of their attributes that recur.
static NAMES: Names = Names::new();

/// The attributes of a text's spans and metrics, ready to be copied.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) telemetry: Arc<Telemetry>,
    pub(super) name: Cow<'static, str>,
    pub(super) attributes: Vec<Attribute>,
    /// What tells its metrics from others'.
    pub(super) labels: Vec<KeyValue>,
    /// Without an error.
    pub(super) duration: BoundHistogram<f64>,
    rows: OnceLock<BoundHistogram<u64>>,
}

/// An attribute that is cheaper to make than a `KeyValue` is to clone.
#[derive(Clone, Debug)]
pub(super) struct Attribute(&'static str, Known);

#[derive(Clone, Debug)]
enum Known {
    Static(&'static str),
    Shared(Arc<str>),
    Number(i64),
}

impl Attribute {
    pub(super) fn text(key: &'static str, value: &str) -> Self {
        Self(key, Known::Shared(value.into()))
    }

    /// Of a value that many have in common.
    pub(super) fn name(key: &'static str, value: &str) -> Self {
        match NAMES.keep(value) {
            Cow::Borrowed(value) => Self(key, Known::Static(value)),
            Cow::Owned(value) => Self::text(key, &value),
        }
    }

    pub(super) fn number(key: &'static str, value: i64) -> Self {
        Self(key, Known::Number(value))
    }

    #[inline]
    pub(super) fn make(&self) -> KeyValue {
        let value = match &self.1 {
            Known::Static(value) => Value::String((*value).into()),
            Known::Shared(value) => Value::String(Arc::clone(value).into()),
            Known::Number(value) => Value::I64(*value),
        };
        KeyValue::new(self.0, value)
    }
}

/// What the statements of one pool have in common.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) dialect: Dialect,
    /// `db.system.name`, once it is known.
    pub(super) system: OnceLock<Attribute>,
    /// What it is called until then.
    pub(super) driver: &'static str,
    /// Namespace and server.
    pub(super) attributes: Vec<Attribute>,
    /// The name of spans whose text says nothing.
    pub(super) fallback: String,
    pub(super) text: QueryText,
}

impl Origin {
    pub(super) fn describe(&self) -> Vec<Attribute> {
        let system = self.system.get().cloned();
        let system = system.unwrap_or_else(|| system_name(self.driver));
        let mut attributes = vec![system];
        attributes.extend_from_slice(&self.attributes);
        attributes
    }
}

pub(super) fn system_name(name: &str) -> Attribute {
    Attribute::name(semconv::DB_SYSTEM_NAME, name)
}

impl Statement {
    /// Reads a text. `keep_summary` bounds how many summaries become labels.
    pub(super) fn new(
        sql: &str,
        origin: &Origin,
        telemetry: &Arc<Telemetry>,
        keep_summary: impl FnOnce(&str) -> bool,
    ) -> Self {
        let digest = Digest::of(sql, origin.dialect);
        let summary = digest.summary();
        let mut attributes = origin.describe();
        let mut labels: Vec<_> = attributes.iter().map(Attribute::make).collect();
        if !summary.is_empty() {
            let summary = Attribute::name(semconv::DB_QUERY_SUMMARY, summary);
            if keep_summary(digest.summary()) {
                labels.push(summary.make());
            }
            attributes.push(summary);
        }
        let text = match origin.text {
            QueryText::Sanitized => Some(digest.text()),
            QueryText::Raw => sql.get(..sql.floor_char_boundary(MAX_TEXT)),
            QueryText::Off => None,
        };
        if let Some(text) = text {
            attributes.push(Attribute::text(semconv::DB_QUERY_TEXT, text));
        }
        if let Ok(statements @ 2..) = i64::try_from(digest.statements()) {
            let size = Attribute::number(semconv::DB_OPERATION_BATCH_SIZE, statements);
            attributes.push(size);
        }
        Self {
            telemetry: Arc::clone(telemetry),
            duration: telemetry.duration.bind(&labels),
            rows: OnceLock::new(),
            name: NAMES.keep(if summary.is_empty() {
                &origin.fallback
            } else {
                summary
            }),
            attributes,
            labels,
        }
    }

    #[inline]
    pub(super) fn returned(&self, rows: u64) {
        let bound = self.rows.get_or_init(|| {
            let rows = &self.telemetry.rows;
            rows.bind(&self.labels)
        });
        bound.record(rows);
    }
}
