//! What all runs of one text have in common.

use std::sync::{Arc, OnceLock};

use opentelemetry::{KeyValue, StringValue, metrics::BoundHistogram};
use otelier_core::semconv;

use super::telemetry::Telemetry;
use crate::{
    config::QueryText,
    sql::{Dialect, Digest, MAX_TEXT},
};

/// The attributes of a text's spans and metrics, ready to be copied.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) name: Arc<str>,
    pub(super) attributes: Vec<KeyValue>,
    /// What tells its metrics from others'.
    pub(super) labels: Vec<KeyValue>,
    /// Without an error.
    pub(super) duration: BoundHistogram<f64>,
    rows: OnceLock<BoundHistogram<u64>>,
}

/// What the statements of one pool have in common.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) dialect: Dialect,
    /// System, namespace and server.
    pub(super) attributes: Vec<KeyValue>,
    /// The name of spans whose text says nothing.
    pub(super) fallback: Arc<str>,
    pub(super) text: QueryText,
}

impl Statement {
    /// Reads a text. `keep_summary` bounds how many summaries become labels.
    pub(super) fn new(
        sql: &str,
        origin: &Origin,
        telemetry: &Telemetry,
        keep_summary: impl FnOnce(&str) -> bool,
    ) -> Self {
        let digest = Digest::of(sql, origin.dialect);
        let summary: Arc<str> = digest.summary().into();
        let named = !summary.is_empty();
        let summary_attribute = || KeyValue::new(semconv::DB_QUERY_SUMMARY, shared(&summary));
        let mut labels = origin.attributes.clone();
        if named && keep_summary(&summary) {
            labels.push(summary_attribute());
        }
        let mut attributes = origin.attributes.clone();
        if named {
            attributes.push(summary_attribute());
        }
        let text: Option<Arc<str>> = match origin.text {
            QueryText::Sanitized => Some(digest.text().into()),
            QueryText::Raw => sql.get(..sql.floor_char_boundary(MAX_TEXT)).map(Into::into),
            QueryText::Off => None,
        };
        if let Some(text) = text {
            attributes.push(KeyValue::new(semconv::DB_QUERY_TEXT, shared(&text)));
        }
        if let Ok(statements @ 2..) = i64::try_from(digest.statements()) {
            attributes.push(KeyValue::new(semconv::DB_OPERATION_BATCH_SIZE, statements));
        }
        Self {
            duration: telemetry.duration.bind(&labels),
            rows: OnceLock::new(),
            name: if named {
                summary
            } else {
                Arc::clone(&origin.fallback)
            },
            attributes,
            labels,
        }
    }

    pub(super) fn returned(&self, telemetry: &Telemetry, rows: u64) {
        let bound = self.rows.get_or_init(|| telemetry.rows.bind(&self.labels));
        bound.record(rows);
    }
}

fn shared(text: &Arc<str>) -> StringValue {
    Arc::clone(text).into()
}
