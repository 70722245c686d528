//! What all runs of one text have in common.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use opentelemetry::{KeyValue, metrics::BoundHistogram};
use otelier_core::{
    edge::{Attribute, BoundDurations},
    semconv,
};
use otelier_sql::Digest;

use super::{
    instruments::PoolInstruments,
    labels::{NAMES, Origin, name},
};

/// The attributes of a text's spans and metrics, ready to be copied.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) pool: Arc<PoolInstruments>,
    pub(super) name: Cow<'static, str>,
    pub(super) attributes: Vec<Attribute>,
    /// What tells its metrics from others'.
    pub(super) labels: Vec<KeyValue>,
    /// Without an error.
    pub(super) duration: BoundDurations,
    rows: OnceLock<BoundHistogram<u64>>,
}

impl Statement {
    /// Reads a text. `keep_summary` bounds how many summaries become labels.
    pub(super) fn new(
        sql: &str,
        origin: &Origin,
        pool: &Arc<PoolInstruments>,
        keep_summary: impl FnOnce(&str) -> bool,
    ) -> Self {
        let digest = Digest::of(sql, origin.dialect);
        let summary = digest.summary();
        let mut attributes = origin.describe();
        let mut labels: Vec<_> = attributes.iter().map(Attribute::make).collect();
        if !summary.is_empty() {
            let summary = name(semconv::DB_QUERY_SUMMARY, summary);
            if keep_summary(digest.summary()) {
                labels.push(summary.make());
            }
            attributes.push(summary);
        }
        if let Some(text) = origin.text.of(sql, &digest) {
            attributes.push(Attribute::text(
                semconv::DB_QUERY_TEXT,
                text.to_owned().into(),
            ));
        }
        if let Ok(statements @ 2..) = i64::try_from(digest.statements()) {
            let size = Attribute::number(semconv::DB_OPERATION_BATCH_SIZE, statements);
            attributes.push(size);
        }
        Self {
            pool: Arc::clone(pool),
            duration: pool.recorder.instruments.duration.bind(&labels),
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
            let rows = &self.pool.recorder.instruments.rows;
            rows.bind(&self.labels)
        });
        bound.record(rows);
    }
}
