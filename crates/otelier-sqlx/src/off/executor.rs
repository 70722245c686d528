//! Straight to the drivers.

use std::fmt;

use futures_core::{future::BoxFuture, stream::BoxStream};
use sqlx::{Describe, Error, Execute, SqlStr};

use super::{Connection, Pool};
use crate::{
    driver::{Driver, sealed::Step},
    executor::{Rows, executor},
};

/// The pool or connection itself.
pub struct WithParameters<'c, DB: Driver>(Target<'c, DB>);

enum Target<'c, DB: Driver> {
    Pool(sqlx::Pool<DB>),
    Connection(&'c mut DB::Connection),
}

executor!(&'_ Pool<DB>);
executor!(&'c mut Connection<DB>);
executor!(WithParameters<'c, DB>);

impl<'c, DB: Driver> WithParameters<'c, DB> {
    fn stream<'e, 'q: 'e, E>(self, query: E, _: Rows) -> BoxStream<'e, Step<DB>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        match self.0 {
            Target::Pool(pool) => DB::fetch_many_on(&pool, query),
            Target::Connection(connection) => DB::fetch_many(connection, query),
        }
    }

    fn first<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        match self.0 {
            Target::Pool(pool) => DB::fetch_optional_on(&pool, query),
            Target::Connection(connection) => DB::fetch_optional(connection, query),
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
        match self.0 {
            Target::Pool(pool) => Box::pin(async move {
                let mut connection = pool.acquire().await?;
                DB::prepare_with(&mut connection, sql, parameters).await
            }),
            Target::Connection(connection) => DB::prepare_with(connection, sql, parameters),
        }
    }

    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'c: 'e,
    {
        match self.0 {
            Target::Pool(pool) => DB::describe_on(&pool, sql),
            Target::Connection(connection) => DB::describe(connection, sql),
        }
    }
}

impl<DB: Driver> From<&Pool<DB>> for WithParameters<'_, DB> {
    #[inline]
    fn from(pool: &Pool<DB>) -> Self {
        Self(Target::Pool(pool.0.clone()))
    }
}

impl<'c, DB: Driver> From<&'c mut Connection<DB>> for WithParameters<'c, DB> {
    #[inline]
    fn from(connection: &'c mut Connection<DB>) -> Self {
        Self(Target::Connection(&mut *connection.0))
    }
}

impl<DB: Driver> Pool<DB> {
    #[inline]
    pub fn with_parameters<V: fmt::Display>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> WithParameters<'static, DB> {
        drop(values);
        self.into()
    }
}

impl<DB: Driver> Connection<DB> {
    #[inline]
    pub fn with_parameters<V: fmt::Display>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> WithParameters<'_, DB> {
        drop(values);
        self.into()
    }
}

impl<DB: Driver> fmt::Debug for WithParameters<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithParameters").finish_non_exhaustive()
    }
}
