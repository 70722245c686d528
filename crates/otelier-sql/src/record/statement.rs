//! What all runs of one text have in common.

use std::{borrow::Cow, sync::Arc};

use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Names,
    edge::{Attribute, BoundDurations, Durations},
    semconv,
};

use crate::{Config, Dialect, Digest, QueryText, Texts};

/// Of spans, and of the values of their attributes that recur.
static NAMES: Names = Names::new();

/// The conventions' name for a database that is not known.
const OTHER: &str = "other_sql";

/// What a connection to SQLite asks for itself when it opens.
const PRAGMA: &str = "PRAGMA";

/// Which rows come of it is seen only where there were some, or where it asks for them.
const SELECT: &str = "SELECT";

/// The statements of one database.
pub(super) struct Statements {
    /// `None` if it is not known.
    pub(super) dialect: Option<Dialect>,
    system: Cow<'static, str>,
    text: QueryText,
    duration: Arc<Durations>,
    known: Texts<Statement>,
}

impl Statements {
    pub(super) fn new(config: &Config, duration: &Arc<Durations>) -> Self {
        let named = config.system.as_deref().and_then(dialect_of);
        let dialect = config.dialect.or(named);
        let system = match (&config.system, dialect) {
            (Some(system), _) => system.clone(),
            (None, Some(dialect)) => system_of(dialect).into(),
            (None, None) => OTHER.into(),
        };
        Self {
            dialect,
            system,
            text: config.query_text,
            duration: Arc::clone(duration),
            known: Texts::new(),
        }
    }

    /// What is known of a text.
    pub(super) fn find(&self, sql: &str) -> Arc<Statement> {
        self.known.get_or_insert(sql, |sql| self.read(sql))
    }

    fn read(&self, sql: &str) -> Statement {
        let digest = match self.dialect {
            Some(dialect) => Digest::of(sql, dialect),
            None => Digest::of_any(sql),
        };
        let name = |key, value: &str| Attribute::text(key, NAMES.keep(value));
        let summary = digest.summary();
        let mut attributes = vec![name(semconv::DB_SYSTEM_NAME, &self.system)];
        let mut labels: Vec<_> = attributes.iter().map(Attribute::make).collect();
        if !summary.is_empty() {
            let attribute = name(semconv::DB_QUERY_SUMMARY, summary);
            if self.known.keeps_summary(summary) {
                labels.push(attribute.make());
            }
            attributes.push(attribute);
        }
        if let Some(text) = self.text.of(sql, &digest) {
            let text = text.to_owned().into();
            attributes.push(Attribute::text(semconv::DB_QUERY_TEXT, text));
        }
        if let Ok(statements @ 2..) = i64::try_from(digest.statements()) {
            let size = Attribute::number(semconv::DB_OPERATION_BATCH_SIZE, statements);
            attributes.push(size);
        }
        Statement {
            name: NAMES.keep(if summary.is_empty() {
                &self.system
            } else {
                summary
            }),
            wants_rows: begins(summary, SELECT),
            opens: self.dialect == Some(Dialect::Sqlite) && begins(summary, PRAGMA),
            attributes,
            duration: self.duration.bind(&labels),
        }
    }
}

/// The attributes of a text's spans and metrics, ready to be copied.
#[derive(Debug)]
pub(super) struct Statement {
    name: Cow<'static, str>,
    wants_rows: bool,
    /// It is no story of its own.
    pub(super) opens: bool,
    attributes: Vec<Attribute>,
    pub(super) duration: BoundDurations,
}

impl Statement {
    /// All that a span says of it.
    pub(super) fn describe(&self, rows: u64) -> SpanBuilder {
        let mut attributes = Vec::with_capacity(self.attributes.len() + 1);
        attributes.extend(self.attributes.iter().map(Attribute::make));
        if self.wants_rows || rows > 0 {
            let rows = i64::try_from(rows).unwrap_or(i64::MAX);
            attributes.push(KeyValue::new(semconv::DB_RESPONSE_RETURNED_ROWS, rows));
        }
        SpanBuilder {
            span_kind: Some(SpanKind::Client),
            name: self.name.clone(),
            start_time: None,
            attributes: Some(attributes),
            events: None,
            links: None,
        }
    }
}

/// A summary has its words as they are written.
fn begins(summary: &str, verb: &str) -> bool {
    let begin = summary.get(..verb.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(verb))
}

fn system_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => "postgresql",
        Dialect::MySql => "mysql",
        Dialect::Sqlite => "sqlite",
    }
}

/// By whose rules the texts of a system are read, if it is known here.
fn dialect_of(system: &str) -> Option<Dialect> {
    match system {
        "postgresql" | "cockroachdb" => Some(Dialect::Postgres),
        "mysql" | "mariadb" | "tidb" => Some(Dialect::MySql),
        "sqlite" => Some(Dialect::Sqlite),
        _ => None,
    }
}
