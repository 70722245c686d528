//! A query whose text was read on its way.

use opentelemetry::trace::SpanContext;
use sqlx::{
    AssertSqlSafe, Database, Execute, SqlSafeStr as _, SqlStr, Statement as _, error::BoxDynError,
};

/// Gives the driver exactly what it was given.
pub(super) enum Query<DB: Database, E> {
    /// Prepared by the program: its text can be read where it is.
    Prepared(E),
    /// Taken apart, as that is the only way to its text.
    Parts {
        sql: SqlStr,
        arguments: Result<Option<DB::Arguments>, BoxDynError>,
        is_persistent: bool,
    },
}

impl<DB: Database, E> Query<DB, E> {
    /// Takes a query apart if there is no other way to its text.
    pub(super) fn new<'q>(mut query: E) -> Self
    where
        E: Execute<'q, DB>,
    {
        if query.statement().is_some() {
            return Self::Prepared(query);
        }
        // In the order of the drivers: a mapped query answers `persistent`
        // differently once its arguments are taken.
        let arguments = query.take_arguments();
        let is_persistent = query.persistent();
        Self::Parts {
            sql: query.sql(),
            arguments,
            is_persistent,
        }
    }

    pub(super) fn text<'q>(&self) -> &str
    where
        E: Execute<'q, DB>,
    {
        match self {
            Self::Prepared(query) => match query.statement() {
                Some(statement) => statement.sql().as_str(),
                None => "",
            },
            Self::Parts { sql, .. } => sql.as_str(),
        }
    }

    /// Appends the trace, see [`Comments`](crate::Comments).
    pub(super) fn comment(&mut self, context: &SpanContext) {
        let Self::Parts {
            sql, is_persistent, ..
        } = self
        else {
            return;
        };
        // A text that carries a comment already is left alone.
        if !context.is_valid() || sql.as_str().contains("/*") {
            return;
        }
        let text = sql.as_str().trim_end();
        let (text, end) = match text.strip_suffix(';') {
            Some(text) => (text, ";"),
            None => (text, ""),
        };
        let commented = format!(
            "{text} /*traceparent='00-{}-{}-{:02x}'*/{end}",
            context.trace_id(),
            context.span_id(),
            context.trace_flags(),
        );
        *sql = AssertSqlSafe(commented).into_sql_str();
        *is_persistent = false;
    }
}

impl<'q, DB: Database, E: Execute<'q, DB>> Execute<'q, DB> for Query<DB, E> {
    fn sql(self) -> SqlStr {
        match self {
            Self::Prepared(query) => query.sql(),
            Self::Parts { sql, .. } => sql,
        }
    }

    fn statement(&self) -> Option<&DB::Statement> {
        match self {
            Self::Prepared(query) => query.statement(),
            Self::Parts { .. } => None,
        }
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        match self {
            Self::Prepared(query) => query.take_arguments(),
            Self::Parts { arguments, .. } => std::mem::replace(arguments, Ok(None)),
        }
    }

    fn persistent(&self) -> bool {
        match self {
            Self::Prepared(query) => query.persistent(),
            Self::Parts { is_persistent, .. } => *is_persistent,
        }
    }
}
