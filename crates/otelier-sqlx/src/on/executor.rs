//! The ways in: `&Pool` and `&mut Connection`.

use std::sync::Arc;

use either::Either;
use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use otelier_core::Run;
use sqlx::{Describe, Error, Execute, Executor, SqlStr};
use sqlx_core::ext::async_stream::TryAsyncStream;

use super::{
    acquire::{acquire, acquire_for},
    call::{Asked, Call, Rows},
    connection::Connection,
    pool::Pool,
    query::Query,
    rows::TracedRows,
    shared::{Core, Shared},
    statement::Statement,
};
use crate::{
    config::Comments,
    driver::{Driver, sealed::Step},
};

/// Starts a call, and marks its text if that is asked for.
fn start<DB: Driver, E>(
    core: &Arc<Core>,
    query: &mut Query<DB, E>,
    statement: Option<Arc<Statement>>,
    asked: Asked,
) -> Option<Run<Call>> {
    let run = Call::start(core, statement?, asked)?;
    if core.comments == Comments::TraceParent {
        query.comment(run.record().span_context());
    }
    Some(run)
}

/// The stream of a statement on a connection that is at hand.
pub(super) fn on_connection<'e, 'c: 'e, 'q: 'e, DB, E>(
    connection: &'c mut Connection<DB>,
    query: E,
    asked: Asked,
) -> BoxStream<'e, Step<DB>>
where
    DB: Driver,
    E: 'q + Execute<'q, DB>,
{
    if !connection.shared.is_on() {
        return DB::fetch_many(connection.inner_mut(), query);
    }
    let core = Arc::clone(&connection.shared.core);
    let (mut query, statement) = Query::read(query, &core);
    if core.comments == Comments::Off {
        let inner = DB::fetch_many(connection.inner_mut(), query);
        let start = move || Call::start(&core, statement?, asked);
        return TracedRows::<DB, _>::new(inner, start).boxed();
    }
    let run = start(&core, &mut query, statement, asked);
    let inner = DB::fetch_many(connection.inner_mut(), query);
    TracedRows::<DB, _>::new(inner, move || run).boxed()
}

/// The stream of a statement on a connection that comes from the pool first.
pub(super) fn on_pool<'e, 'q: 'e, DB, E>(
    shared: &Arc<Shared<DB>>,
    query: E,
    asked: Asked,
) -> BoxStream<'e, Step<DB>>
where
    DB: Driver,
    E: 'q + Execute<'q, DB>,
{
    if !shared.is_on() {
        return DB::fetch_many_on(&shared.raw, query);
    }
    let shared = Arc::clone(shared);
    TryAsyncStream::new(move |yielder| async move {
        let (mut query, statement) = Query::read(query, &shared.core);
        let mut run = start(&shared.core, &mut query, statement, asked);
        let mut connection = acquire_for(&shared, &mut run).await?;
        let inner = DB::fetch_many(connection.inner_mut(), query);
        let mut steps = TracedRows::<DB, _>::new(inner, move || run);
        while let Some(step) = steps.try_next().await? {
            yielder.r#yield(step).await;
        }
        Ok(())
    })
    .boxed()
}

/// The first row of a statement on a connection that is at hand.
pub(super) fn one_on_connection<'e, 'c: 'e, 'q: 'e, DB, E>(
    connection: &'c mut Connection<DB>,
    query: E,
    asked: Asked,
) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
where
    DB: Driver,
    E: 'q + Execute<'q, DB>,
{
    if !connection.shared.is_on() {
        return DB::fetch_optional(connection.inner_mut(), query);
    }
    Box::pin(async move {
        let core = &connection.shared.core;
        let (mut query, statement) = Query::read(query, core);
        let run = start(core, &mut query, statement, asked);
        let result = DB::fetch_optional(connection.inner_mut(), query).await;
        end_optional::<DB>(run, &result);
        result
    })
}

/// The first row of a statement on a connection that comes from the pool first.
pub(super) fn one_on_pool<'e, 'q: 'e, DB, E>(
    shared: &Arc<Shared<DB>>,
    query: E,
    asked: Asked,
) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
where
    DB: Driver,
    E: 'q + Execute<'q, DB>,
{
    if !shared.is_on() {
        return DB::fetch_optional_on(&shared.raw, query);
    }
    let shared = Arc::clone(shared);
    Box::pin(async move {
        let (mut query, statement) = Query::read(query, &shared.core);
        let mut run = start(&shared.core, &mut query, statement, asked);
        let mut connection = acquire_for(&shared, &mut run).await?;
        let result = DB::fetch_optional(connection.inner_mut(), query).await;
        end_optional::<DB>(run, &result);
        result
    })
}

pub(super) fn results<'e, DB: Driver>(
    steps: BoxStream<'e, Step<DB>>,
) -> BoxStream<'e, Result<DB::QueryResult, Error>> {
    let result = |step: Either<DB::QueryResult, DB::Row>| async { Ok(step.left()) };
    steps.try_filter_map(result).boxed()
}

impl<'p, DB: Driver> Executor<'p> for &'_ Pool<DB> {
    type Database = DB;

    fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        results::<DB>(on_pool(&self.shared, query, Rows::Discarded.into()))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        on_pool(&self.shared, query, Rows::Wanted.into())
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        one_on_pool(&self.shared, query, Rows::Wanted.into())
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'p: 'e,
    {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let mut connection = acquire(&shared, None).await?;
            DB::prepare_with(connection.inner_mut(), sql, parameters).await
        })
    }

    #[doc(hidden)]
    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'p: 'e,
    {
        DB::describe_on(&self.shared.raw, sql)
    }
}

impl<'c, DB: Driver> Executor<'c> for &'c mut Connection<DB> {
    type Database = DB;

    fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        results::<DB>(on_connection(self, query, Rows::Discarded.into()))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        on_connection(self, query, Rows::Wanted.into())
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        one_on_connection(self, query, Rows::Wanted.into())
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'c: 'e,
    {
        DB::prepare_with(self.inner_mut(), sql, parameters)
    }

    #[doc(hidden)]
    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'c: 'e,
    {
        DB::describe(self.inner_mut(), sql)
    }
}

fn end_optional<DB: Driver>(mut run: Option<Run<Call>>, result: &Result<Option<DB::Row>, Error>) {
    if let (Some(run), Ok(Some(_))) = (&mut run, result) {
        run.record_mut().row();
    }
    Call::end::<DB, _>(run, result);
}
