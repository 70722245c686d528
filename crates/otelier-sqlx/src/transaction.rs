//! Transactions and savepoints.

use std::ops::{Deref, DerefMut};

use futures_core::future::BoxFuture;
use sqlx::{Error, SqlSafeStr, SqlStr};
use sqlx_core::{
    pool::MaybePoolConnection,
    transaction::{
        TransactionManager, begin_ansi_transaction_sql, commit_ansi_transaction_sql,
        rollback_ansi_transaction_sql,
    },
};

use crate::{
    connection::{Connection, Held, PoolConnection},
    driver::Driver,
    record::{self, Handle, Started},
};

type Manager<DB> = <DB as sqlx::Database>::TransactionManager;

/// A transaction or savepoint whose statements are recorded, its `BEGIN`,
/// `COMMIT`, `ROLLBACK` and `SAVEPOINT` included.
///
/// Dropped while open, it is rolled back; that is recorded too, as a span that
/// ends when the rollback is queued.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example(pool: otelier_sqlx::SqlitePool) -> sqlx::Result<()> {
/// let mut transaction = pool.begin().await?;
/// sqlx::query("DELETE FROM carts").execute(&mut *transaction).await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
pub struct Transaction<'c, DB: Driver> {
    connection: Held<'c, DB>,
    is_open: bool,
}

impl<'c, DB: Driver> Transaction<'c, DB> {
    async fn begin_on(connection: Held<'c, DB>, statement: Option<SqlStr>) -> Result<Self, Error> {
        let started = start_begin(&connection, statement.as_ref());
        Self::begin_in(connection, statement, started).await
    }

    async fn begin_in(
        connection: Held<'c, DB>,
        statement: Option<SqlStr>,
        started: Started<DB>,
    ) -> Result<Self, Error> {
        // Open from the start, as in sqlx: if it is not known whether the
        // transaction began, it is rolled back.
        let mut transaction = Self {
            connection,
            is_open: true,
        };
        let begun = Manager::<DB>::begin(transaction.inner_mut(), statement);
        let result = record::claimed::<DB, _>(begun).await;
        record::end(started, &result);
        result.map(|()| transaction)
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    /// Those of the database.
    ///
    /// # Cancellation
    /// Rolls back.
    pub async fn commit(mut self) -> Result<(), Error> {
        let started = self.start_end(commit_ansi_transaction_sql);
        let commit = Manager::<DB>::commit(self.inner_mut());
        let result = record::claimed::<DB, _>(commit).await;
        record::end(started, &result);
        self.is_open &= result.is_err();
        result
    }

    /// Rolls the transaction back, or to the savepoint.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rollback(mut self) -> Result<(), Error> {
        let started = self.start_end(rollback_ansi_transaction_sql);
        let rollback = Manager::<DB>::rollback(self.inner_mut());
        let result = record::claimed::<DB, _>(rollback).await;
        record::end(started, &result);
        self.is_open &= result.is_err();
        result
    }

    /// Begins a savepoint.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        (**self).begin().await
    }

    /// Starts the statement that ends the transaction; there is none if the
    /// database ended it already.
    fn start_end(&self, sql: fn(usize) -> SqlStr) -> Started<DB> {
        record::start(&self.connection.lease, || {
            let depth = Manager::<DB>::get_transaction_depth(self.inner());
            (depth > 0).then(|| sql(depth))
        })
    }
}

impl<DB: Driver> Transaction<'static, DB> {
    /// Takes a connection from the pool and begins.
    pub(crate) async fn begin_pooled(
        pool: &Handle<DB>,
        statement: Option<SqlStr>,
    ) -> Result<Self, Error> {
        let sql = || statement.clone().unwrap_or_else(first_begin);
        let (raw, lease, started) = record::acquire_for(pool, sql).await?;
        let connection = PoolConnection::new(raw, lease).into();
        Self::begin_in(connection, statement, started).await
    }

    /// Begins on a connection if one was idle.
    pub(crate) async fn begin_on_idle(
        connection: Option<PoolConnection<DB>>,
        statement: Option<SqlStr>,
    ) -> Result<Option<Self>, Error> {
        match connection {
            Some(connection) => Self::begin_on(connection.into(), statement).await.map(Some),
            None => Ok(None),
        }
    }
}

impl<DB: Driver> Connection<DB> {
    /// Begins a transaction, or a savepoint within one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        Transaction::begin_on(self.into(), None).await
    }

    /// Begins a transaction with a statement of its own, such as
    /// `BEGIN ISOLATION LEVEL SERIALIZABLE`.
    ///
    /// # Errors
    /// Those of the database, and if there is a transaction already.
    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'_, DB>, Error> {
        Transaction::begin_on(self.into(), Some(statement.into_sql_str())).await
    }

    /// Runs `work` in a transaction: commits if it succeeds, rolls back if not.
    ///
    /// # Errors
    /// Those of `work` and of the database.
    pub async fn transaction<F, R, E>(&mut self, work: F) -> Result<R, E>
    where
        F: for<'c> FnOnce(&'c mut Transaction<'_, DB>) -> BoxFuture<'c, Result<R, E>>,
        E: From<Error>,
    {
        let mut transaction = self.begin().await?;
        match work(&mut transaction).await {
            Ok(done) => {
                transaction.commit().await?;
                Ok(done)
            }
            Err(error) => {
                transaction.rollback().await?;
                Err(error)
            }
        }
    }
}

impl<DB: Driver> PoolConnection<DB> {
    /// Begins a transaction, see [`Connection::begin`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        // Here as well, as otherwise `sqlx::Acquire::begin` would be nearer.
        (**self).begin().await
    }
}

/// Begins a transaction of sqlx's own, for [`Acquire`](sqlx::Acquire): only its
/// `BEGIN` is seen.
pub(crate) async fn begin_raw<DB: Driver>(
    connection: &mut Connection<DB>,
) -> Result<sqlx::Transaction<'_, DB>, Error> {
    let started = start_begin(connection, None);
    let raw = MaybePoolConnection::Connection(connection.inner_mut());
    let result = sqlx::Transaction::begin(raw, None).await;
    record::end(started, &result);
    result
}

/// The same for a pool.
pub(crate) async fn begin_raw_pooled<DB: Driver>(
    pool: &Handle<DB>,
) -> Result<sqlx::Transaction<'static, DB>, Error> {
    let (raw, lease, started) = record::acquire_for(pool, first_begin).await?;
    record::cancel(lease);
    let result = sqlx::Transaction::begin(raw, None).await;
    record::end(started, &result);
    result
}

fn first_begin() -> SqlStr {
    begin_ansi_transaction_sql(0)
}

fn start_begin<DB: Driver>(connection: &Connection<DB>, statement: Option<&SqlStr>) -> Started<DB> {
    record::start(&connection.lease, || {
        Some(statement.cloned().unwrap_or_else(|| {
            let depth = Manager::<DB>::get_transaction_depth(connection.inner());
            begin_ansi_transaction_sql(depth)
        }))
    })
}

impl<DB: Driver> Drop for Transaction<'_, DB> {
    fn drop(&mut self) {
        if self.is_open {
            let started = self.start_end(rollback_ansi_transaction_sql);
            Manager::<DB>::start_rollback(self.inner_mut());
            record::done(started);
        }
    }
}

impl<DB: Driver> Deref for Transaction<'_, DB> {
    type Target = Connection<DB>;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<DB: Driver> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.connection
    }
}

impl<DB: Driver> AsMut<Connection<DB>> for Transaction<'_, DB> {
    fn as_mut(&mut self) -> &mut Connection<DB> {
        self
    }
}

otelier_core::shown!([DB: Driver] Transaction<'_, DB>);
