//! sqlx's trait, once for every way to a connection.

use std::fmt::Display;

use futures_core::{future::BoxFuture, stream::BoxStream};
use futures_util::TryStreamExt as _;
use otelier_core::edge::Kept;
use sqlx::{Describe, Either, Error, Execute, Executor, SqlStr};

use crate::{
    connection::Connection,
    driver::{
        Driver,
        sealed::{Parameters, Rows, Step},
    },
    pool::Pool,
    record::{self, Handle},
};

/// A pool or connection whose next statement is recorded with parameters, made by
/// [`Pool::with_parameters`] and [`Connection::with_parameters`].
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example(pool: otelier_sqlx::SqlitePool) -> sqlx::Result<()> {
/// let order = sqlx::query("SELECT total FROM orders WHERE id = ?").bind(7);
/// order.fetch_one(pool.with_parameters([7])).await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is recorded until a statement is run on it"]
pub struct WithParameters<'c, DB: Driver> {
    target: Target<'c, DB>,
    parameters: Parameters,
}

/// Where a statement runs.
enum Target<'c, DB: Driver> {
    Pool(Handle<DB>),
    Connection(&'c mut Connection<DB>),
}

/// Implements `Executor` for what turns into a `WithParameters`, by its methods.
macro_rules! executor {
    ($way:ty) => {
        impl<'c, DB: Driver> Executor<'c> for $way {
            type Database = DB;

            fn execute_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<DB::QueryResult, Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, DB>,
            {
                let steps = WithParameters::from(self).stream(query, Rows::Discarded);
                let result = |step: Either<_, DB::Row>| std::future::ready(Ok(step.left()));
                Box::pin(steps.try_filter_map(result))
            }

            fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
            where
                'c: 'e,
                E: 'q + Execute<'q, DB>,
            {
                WithParameters::from(self).stream(query, Rows::Wanted)
            }

            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
            where
                'c: 'e,
                E: 'q + Execute<'q, DB>,
            {
                WithParameters::from(self).first(query)
            }

            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [DB::TypeInfo],
            ) -> BoxFuture<'e, Result<DB::Statement, Error>>
            where
                'c: 'e,
            {
                WithParameters::from(self).prepare(sql, parameters)
            }

            #[doc(hidden)]
            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
            where
                'c: 'e,
            {
                WithParameters::from(self).describe(sql)
            }
        }
    };
}

executor!(&'_ Pool<DB>);
executor!(&'c mut Connection<DB>);
executor!(WithParameters<'c, DB>);

impl<'c, DB: Driver> WithParameters<'c, DB> {
    fn new(target: impl Into<Self>, values: impl IntoIterator<Item = impl Display>) -> Self {
        Self {
            parameters: Kept::new(|| Some(values.into_iter().map(|v| v.to_string()).collect())),
            ..target.into()
        }
    }

    #[inline]
    fn stream<'e, 'q: 'e, E>(self, query: E, rows: Rows) -> BoxStream<'e, Step<DB>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        match self.target {
            Target::Pool(pool) => match record::on(&pool) {
                Some(on) => record::fetch_many_on::<DB, E>(pool, on, query, rows, self.parameters),
                None => DB::fetch_many_on(record::raw(&pool), query),
            },
            Target::Connection(Connection { raw, lease }) => match record::lent(&*lease) {
                Some(on) => record::fetch_many::<DB, E>(raw, on, query, rows, self.parameters),
                None => DB::fetch_many(raw, query),
            },
        }
    }

    #[inline]
    fn first<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        match self.target {
            Target::Pool(pool) => match record::on(&pool) {
                Some(on) => record::fetch_optional_on::<DB, E>(
                    pool,
                    on,
                    query,
                    Rows::Wanted,
                    self.parameters,
                ),
                None => DB::fetch_optional_on(record::raw(&pool), query),
            },
            Target::Connection(Connection { raw, lease }) => match record::lent(&*lease) {
                Some(on) => {
                    record::fetch_optional::<DB, E>(raw, on, query, Rows::Wanted, self.parameters)
                }
                None => DB::fetch_optional(raw, query),
            },
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
            Target::Pool(pool) => Box::pin(async move {
                let (mut connection, _lease) = record::acquire(&pool).await?;
                DB::prepare_with(&mut connection, sql, parameters).await
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
            Target::Pool(pool) => DB::describe_on(record::raw(&pool), sql),
            Target::Connection(connection) => DB::describe(connection.inner_mut(), sql),
        }
    }
}

impl<DB: Driver> From<&Pool<DB>> for WithParameters<'_, DB> {
    #[inline]
    fn from(pool: &Pool<DB>) -> Self {
        Self {
            target: Target::Pool(pool.0.clone()),
            parameters: Kept::default(),
        }
    }
}

impl<'c, DB: Driver> From<&'c mut Connection<DB>> for WithParameters<'c, DB> {
    #[inline]
    fn from(connection: &'c mut Connection<DB>) -> Self {
        Self {
            target: Target::Connection(connection),
            parameters: Kept::default(),
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

otelier_core::shown!([DB: Driver] WithParameters<'_, DB>);
