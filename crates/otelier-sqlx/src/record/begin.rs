//! The start of an operation.

use std::{
    marker::PhantomData,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use opentelemetry::Context;
use otelier_core::{
    Outcome, Run,
    edge::{Kept, Leaf},
};
use sqlx::{Error, Execute, SqlStr};

use super::{
    lease::Lease,
    operation::{Asked, Operation},
    query::Query,
    statement::Statement,
    telemetry::Telemetry,
};
use crate::{
    config::Comments,
    driver::{Driver, sealed::Rows},
};

/// Starts span and clock, as if that had been `before` now. The parent is the current context.
#[inline(always)]
pub(super) fn begin(statement: Arc<Statement>, asked: Asked, before: Duration) -> Run<Operation> {
    let now = Instant::now();
    let clock = now.checked_sub(before).unwrap_or(now);
    let span = Context::map_current(|parent| {
        Leaf::start_with(&statement.pool.recorder, parent, || {
            let now = SystemTime::now();
            now.checked_sub(before).unwrap_or(now)
        })
    });
    Run::start_at(clock, Operation::new(statement, span, asked))
}

/// The same for a query, whose text is marked if that is asked for.
#[inline(always)]
pub(super) fn begin_query<'q, DB: Driver, E: Execute<'q, DB>>(
    telemetry: &Telemetry,
    query: &mut Query<DB, E>,
    asked: Asked,
    before: Duration,
) -> Run<Operation> {
    let mut run = begin(telemetry.statement(query.text()), asked, before);
    if telemetry.comments == Comments::TraceParent {
        run.record_mut()
            .with_span_context(|context| query.comment(context));
    }
    run
}

/// The same for a statement that is not the program's.
pub(super) fn begin_own(telemetry: &Telemetry, sql: &str, before: Duration) -> Run<Operation> {
    let asked = Asked {
        rows: Rows::Discarded,
        parameters: Kept::default(),
    };
    begin(telemetry.statement(sql), asked, before)
}

/// A statement that was started, if it is recorded.
pub(crate) struct Started<DB> {
    pub(super) run: Option<Run<Operation>>,
    pub(super) database: PhantomData<fn() -> DB>,
}

/// Starts a statement on a connection, if there is one.
pub(crate) fn start<DB: Driver>(
    lease: &Lease<DB>,
    sql: impl FnOnce() -> Option<SqlStr>,
) -> Started<DB> {
    let begin = |telemetry| Some(begin_own(telemetry, sql()?.as_str(), Duration::ZERO));
    Started {
        run: lease.on().and_then(|telemetry| begin(telemetry)),
        database: PhantomData,
    }
}

/// Ends the statement by its result.
pub(crate) fn end<DB: Driver, T>(started: Started<DB>, result: &Result<T, Error>) {
    if let Some(mut run) = started.run {
        Operation::end::<DB, _>(&mut run, result);
    }
}

/// Ends the statement where nobody waits for its result.
pub(crate) fn done<DB>(started: Started<DB>) {
    if let Some(run) = started.run {
        run.finish(Outcome::Done);
    }
}
