//! From a statement to its rows.

use std::{fmt, fmt::Display, pin::Pin, sync::Arc, time::Duration};

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::TryStreamExt as _;
use opentelemetry::KeyValue;
use otelier_core::{Run, semconv};
use sqlx::{Describe, Error, Execute, SqlStr};
use sqlx_core::ext::async_stream::TryAsyncStream;

use super::{
    acquire::{acquire, acquire_for},
    call::{Asked, Call},
    connection::Connection,
    pool::Pool,
    query::Query,
    rows::TracedRows,
    shared::{Core, Shared},
};
use crate::{
    config::Comments,
    driver::{Driver, sealed::Step},
    executor::{Rows, executor},
};

/// A pool or connection whose next statement is recorded with parameters, made by
/// [`Pool::with_parameters`] and [`Connection::with_parameters`].
#[must_use = "nothing is recorded until a statement is run on it"]
pub struct WithParameters<'c, DB: Driver> {
    target: Target<'c, DB>,
    values: Vec<KeyValue>,
}

/// Where a statement runs.
enum Target<'c, DB: Driver> {
    Pool(Arc<Shared<DB>>),
    Connection(&'c mut Connection<DB>),
}

executor!(&'_ Pool<DB>);
executor!(&'c mut Connection<DB>);
executor!(WithParameters<'c, DB>);

impl<'c, DB: Driver> WithParameters<'c, DB> {
    fn new(target: impl Into<Self>, values: impl IntoIterator<Item = impl Display>) -> Self {
        let key = |n| format!("{}.{n}", semconv::DB_QUERY_PARAMETER);
        let values = values.into_iter().enumerate();
        let values = values.map(|(n, value)| KeyValue::new(key(n), value.to_string()));
        Self {
            values: values.collect(),
            ..target.into()
        }
    }

    fn stream<'e, 'q: 'e, E>(self, query: E, rows: Rows) -> BoxStream<'e, Step<DB>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = Asked {
            rows,
            parameters: self.values,
        };
        match self.target {
            Target::Pool(shared) if !shared.is_on() => DB::fetch_many_on(&shared.raw, query),
            Target::Connection(connection) if !connection.shared.is_on() => {
                DB::fetch_many(connection.inner_mut(), query)
            }
            Target::Pool(shared) => {
                let mut query = Query::new(query);
                Box::pin(TryAsyncStream::new(move |yielder| async move {
                    let mut run = None;
                    let start = |waited| start(&shared.core, &mut query, asked, waited);
                    let mut connection = acquire_for(&shared, &mut run, start).await?;
                    let inner = DB::fetch_many(&mut connection, query);
                    let mut steps = TracedRows::<DB, _>::new(inner, move || run);
                    while let Some(step) = steps.try_next().await? {
                        yielder.r#yield(step).await;
                    }
                    Ok(())
                }))
            }
            Target::Connection(connection) => {
                let core = Arc::clone(&connection.shared.core);
                let mut query = Query::new(query);
                if core.comments == Comments::Off {
                    let statement = core.statement(query.text());
                    let inner = DB::fetch_many(connection.inner_mut(), query);
                    let start = move || Some(Call::start(statement?, asked, Duration::ZERO));
                    return Box::pin(TracedRows::<DB, _>::new(inner, start));
                }
                let run = start(&core, &mut query, asked, Duration::ZERO);
                let inner = DB::fetch_many(connection.inner_mut(), query);
                Box::pin(TracedRows::<DB, _>::new(inner, move || run))
            }
        }
    }

    fn first<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = Asked {
            rows: Rows::Wanted,
            parameters: self.values,
        };
        match self.target {
            Target::Pool(shared) if !shared.is_on() => DB::fetch_optional_on(&shared.raw, query),
            Target::Connection(connection) if !connection.shared.is_on() => {
                DB::fetch_optional(connection.inner_mut(), query)
            }
            Target::Pool(shared) => {
                let mut query = Query::new(query);
                pin_in_place(move || async move {
                    let mut run = None;
                    let start = |waited| start(&shared.core, &mut query, asked, waited);
                    let mut connection = acquire_for(&shared, &mut run, start).await?;
                    let result = DB::fetch_optional(&mut connection, query).await;
                    end::<DB>(&mut run, &result);
                    result
                })
            }
            Target::Connection(connection) => {
                let mut query = Query::new(query);
                Box::pin(async move {
                    let core = &connection.shared.core;
                    let mut run = start(core, &mut query, asked, Duration::ZERO);
                    let result = DB::fetch_optional(connection.inner_mut(), query).await;
                    end::<DB>(&mut run, &result);
                    result
                })
            }
        }
    }

    fn prepare<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'c: 'e,
    {
        match self.target {
            Target::Pool(shared) => Box::pin(async move {
                let mut connection = acquire(&shared).await?;
                DB::prepare_with(connection.inner_mut(), sql, parameters).await
            }),
            Target::Connection(connection) => {
                DB::prepare_with(connection.inner_mut(), sql, parameters)
            }
        }
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'c: 'e,
    {
        match self.target {
            Target::Pool(shared) => DB::describe_on(&shared.raw, sql),
            Target::Connection(connection) => DB::describe(connection.inner_mut(), sql),
        }
    }
}

/// `Box::pin` of a large future, which then need not be made elsewhere and copied: what is made
/// after its place is made there, once all of this is inlined.
#[inline(always)]
fn pin_in_place<F>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    let place = Box::new_uninit();
    Box::into_pin(Box::write(place, make()))
}

/// Starts a call, and marks its text if that is asked for.
#[inline(always)]
fn start<'q, DB: Driver, E: Execute<'q, DB>>(
    core: &Arc<Core>,
    query: &mut Query<DB, E>,
    asked: Asked,
    waited: Duration,
) -> Option<Run<Call>> {
    let statement = core.statement(query.text())?;
    let mut run = Call::start(statement, asked, waited);
    if core.comments == Comments::TraceParent {
        run.record_mut()
            .with_span_context(|context| query.comment(context));
    }
    Some(run)
}

/// Ends a call where it stands.
#[inline]
fn end<DB: Driver>(run: &mut Option<Run<Call>>, result: &Result<Option<DB::Row>, Error>) {
    if let Some(run) = run {
        if let Ok(Some(_)) = result {
            run.record_mut().row();
        }
        Call::end::<DB, _>(run, result);
    }
    *run = None;
}

impl<DB: Driver> From<&Pool<DB>> for WithParameters<'_, DB> {
    fn from(pool: &Pool<DB>) -> Self {
        Self {
            target: Target::Pool(Arc::clone(&pool.shared)),
            values: Vec::new(),
        }
    }
}

impl<'c, DB: Driver> From<&'c mut Connection<DB>> for WithParameters<'c, DB> {
    fn from(connection: &'c mut Connection<DB>) -> Self {
        Self {
            target: Target::Connection(connection),
            values: Vec::new(),
        }
    }
}

impl<DB: Driver> Pool<DB> {
    /// Records the values that are given here as `db.query.parameter.0` and so on with the
    /// statement that is run on the result: `query.fetch_one(pool.with_parameters([id]))`.
    ///
    /// The bound parameters themselves are never read: what is not given is not recorded.
    pub fn with_parameters<V: Display>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> WithParameters<'static, DB> {
        WithParameters::new(self, values)
    }
}

impl<DB: Driver> Connection<DB> {
    /// Records values with a statement, see [`Pool::with_parameters`].
    pub fn with_parameters<V: Display>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> WithParameters<'_, DB> {
        WithParameters::new(self, values)
    }
}

impl<DB: Driver> fmt::Debug for WithParameters<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithParameters").finish_non_exhaustive()
    }
}
