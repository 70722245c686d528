//! Parameters that are recorded because the program says so.

use std::fmt::Display;

use futures_core::{future::BoxFuture, stream::BoxStream};
use opentelemetry::KeyValue;
use otelier_core::semconv;
use sqlx::{Describe, Error, Execute, Executor, SqlStr};

use super::{
    call::{Asked, Rows},
    connection::Connection,
    executor::{on_connection, on_pool, one_on_connection, one_on_pool, results},
    pool::Pool,
};
use crate::driver::{Driver, sealed::Step};

/// A pool or connection whose next statement is recorded with parameters, made by
/// [`Pool::with_parameters`] and [`Connection::with_parameters`].
#[derive(Debug)]
#[must_use = "nothing is recorded until a statement is run on it"]
pub struct WithParameters<X> {
    executor: X,
    values: Vec<KeyValue>,
}

impl<X> WithParameters<X> {
    fn new<V: Display>(executor: X, values: impl IntoIterator<Item = V>) -> Self {
        let key = |n| format!("{}.{n}", semconv::DB_QUERY_PARAMETER);
        let values = values.into_iter().enumerate();
        let values = values.map(|(n, value)| KeyValue::new(key(n), value.to_string()));
        Self {
            executor,
            values: values.collect(),
        }
    }
}

fn asked(rows: Rows, parameters: Vec<KeyValue>) -> Asked {
    Asked { rows, parameters }
}

impl<DB: Driver> Pool<DB> {
    /// Records the values that are given here as `db.query.parameter.0` and so on with the
    /// statement that is run on the result: `query.fetch_one(pool.with_parameters([id]))`.
    ///
    /// The bound parameters themselves are never read: what is not given is not recorded.
    pub fn with_parameters<V: Display>(
        &self,
        values: impl IntoIterator<Item = V>,
    ) -> WithParameters<&Self> {
        WithParameters::new(self, values)
    }
}

impl<DB: Driver> Connection<DB> {
    /// Records values with a statement, see [`Pool::with_parameters`].
    pub fn with_parameters<V: Display>(
        &mut self,
        values: impl IntoIterator<Item = V>,
    ) -> WithParameters<&mut Self> {
        WithParameters::new(self, values)
    }
}

impl<'p, DB: Driver> Executor<'p> for WithParameters<&'p Pool<DB>> {
    type Database = DB;

    fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = asked(Rows::Discarded, self.values);
        results::<DB>(on_pool(&self.executor.shared, query, asked))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = asked(Rows::Wanted, self.values);
        on_pool(&self.executor.shared, query, asked)
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'p: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = asked(Rows::Wanted, self.values);
        one_on_pool(&self.executor.shared, query, asked)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'p: 'e,
    {
        self.executor.prepare_with(sql, parameters)
    }

    #[doc(hidden)]
    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'p: 'e,
    {
        self.executor.describe(sql)
    }
}

impl<'c, DB: Driver> Executor<'c> for WithParameters<&'c mut Connection<DB>> {
    type Database = DB;

    fn execute_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = asked(Rows::Discarded, self.values);
        results::<DB>(on_connection(self.executor, query, asked))
    }

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Step<DB>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = asked(Rows::Wanted, self.values);
        on_connection(self.executor, query, asked)
    }

    fn fetch_optional<'e, 'q: 'e, E>(
        self,
        query: E,
    ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
    where
        'c: 'e,
        E: 'q + Execute<'q, DB>,
    {
        let asked = asked(Rows::Wanted, self.values);
        one_on_connection(self.executor, query, asked)
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [DB::TypeInfo],
    ) -> BoxFuture<'e, Result<DB::Statement, Error>>
    where
        'c: 'e,
    {
        self.executor.prepare_with(sql, parameters)
    }

    #[doc(hidden)]
    fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
    where
        'c: 'e,
    {
        self.executor.describe(sql)
    }
}
