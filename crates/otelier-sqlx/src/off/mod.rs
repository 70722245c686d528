#![expect(missing_docs, reason = "documented once, in `on`")]

mod executor;

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use futures_core::future::BoxFuture;
use sqlx::{
    Acquire, Connection as _, Error, SqlSafeStr, SqlStr,
    pool::{CloseEvent, PoolOptions},
};
use sqlx_core::transaction::TransactionManager;

pub use self::executor::WithParameters;
use crate::{config::Config, driver::Driver};

/// A pool of sqlx and nothing else.
pub struct Pool<DB: Driver>(sqlx::Pool<DB>);

/// A connection of sqlx and nothing else.
pub struct Connection<DB: Driver>(sqlx::pool::PoolConnection<DB>);

pub struct PoolConnection<DB: Driver>(Connection<DB>);

pub struct Transaction<'c, DB: Driver> {
    connection: Held<'c, DB>,
    is_open: bool,
}

enum Held<'c, DB: Driver> {
    Borrowed(&'c mut Connection<DB>),
    Pooled(PoolConnection<DB>),
}

impl<DB: Driver> Pool<DB> {
    #[must_use]
    pub fn with_config(pool: sqlx::Pool<DB>, config: Config) -> Self {
        drop(config);
        Self(pool)
    }

    pub async fn connect(url: &str) -> Result<Self, Error> {
        sqlx::Pool::connect(url).await.map(Self)
    }

    pub async fn connect_with(
        options: <DB::Connection as sqlx::Connection>::Options,
    ) -> Result<Self, Error> {
        sqlx::Pool::connect_with(options).await.map(Self)
    }

    pub fn connect_lazy(url: &str) -> Result<Self, Error> {
        sqlx::Pool::connect_lazy(url).map(Self)
    }

    #[must_use]
    pub fn connect_lazy_with(options: <DB::Connection as sqlx::Connection>::Options) -> Self {
        Self(sqlx::Pool::connect_lazy_with(options))
    }

    #[must_use]
    pub fn inner(&self) -> &sqlx::Pool<DB> {
        &self.0
    }

    pub async fn acquire(&self) -> Result<PoolConnection<DB>, Error> {
        let raw = self.0.acquire().await?;
        Ok(PoolConnection(Connection(raw)))
    }

    #[must_use]
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        let raw = self.0.try_acquire()?;
        Some(PoolConnection(Connection(raw)))
    }

    pub async fn begin(&self) -> Result<Transaction<'static, DB>, Error> {
        let connection = self.acquire().await?;
        Transaction::begin_on(Held::Pooled(connection), None).await
    }

    pub async fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'static, DB>, Error> {
        let statement = statement.into_sql_str();
        let connection = self.acquire().await?;
        Transaction::begin_on(Held::Pooled(connection), Some(statement)).await
    }

    pub async fn try_begin(&self) -> Result<Option<Transaction<'static, DB>>, Error> {
        match self.try_acquire() {
            Some(connection) => Transaction::begin_on(Held::Pooled(connection), None)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    pub async fn try_begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Option<Transaction<'static, DB>>, Error> {
        let statement = statement.into_sql_str();
        match self.try_acquire() {
            Some(connection) => Transaction::begin_on(Held::Pooled(connection), Some(statement))
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    #[must_use]
    pub fn close_event(&self) -> CloseEvent {
        self.0.close_event()
    }

    pub async fn close(&self) {
        self.0.close().await;
    }

    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    #[must_use]
    pub fn size(&self) -> u32 {
        self.0.size()
    }

    #[must_use]
    pub fn num_idle(&self) -> usize {
        self.0.num_idle()
    }

    #[must_use]
    pub fn options(&self) -> &PoolOptions<DB> {
        self.0.options()
    }

    #[must_use]
    pub fn connect_options(&self) -> Arc<<DB::Connection as sqlx::Connection>::Options> {
        self.0.connect_options()
    }

    pub fn set_connect_options(&self, options: <DB::Connection as sqlx::Connection>::Options) {
        self.0.set_connect_options(options);
    }
}

impl<DB: Driver> Connection<DB> {
    #[must_use]
    pub fn inner(&self) -> &DB::Connection {
        &self.0
    }

    #[must_use]
    pub fn inner_mut(&mut self) -> &mut DB::Connection {
        &mut self.0
    }

    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        Transaction::begin_on(Held::Borrowed(self), None).await
    }

    pub async fn begin_with(
        &mut self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'_, DB>, Error> {
        Transaction::begin_on(Held::Borrowed(self), Some(statement.into_sql_str())).await
    }

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

    pub async fn ping(&mut self) -> Result<(), Error> {
        self.0.ping().await
    }

    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        self.0.is_in_transaction()
    }
}

impl<DB: Driver> PoolConnection<DB> {
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        self.0.begin().await
    }

    pub async fn close(self) -> Result<(), Error> {
        self.0.0.close().await
    }

    pub fn close_on_drop(&mut self) {
        self.0.0.close_on_drop();
    }

    #[must_use = "a detached connection is closed when it is dropped"]
    pub fn detach(self) -> DB::Connection {
        self.0.0.detach()
    }

    #[must_use = "a leaked connection is closed when it is dropped"]
    pub fn leak(self) -> DB::Connection {
        self.0.0.leak()
    }

    #[must_use = "a connection returns to its pool when it is dropped"]
    pub fn into_inner(self) -> sqlx::pool::PoolConnection<DB> {
        self.0.0
    }
}

impl<'c, DB: Driver> Transaction<'c, DB> {
    async fn begin_on(connection: Held<'c, DB>, statement: Option<SqlStr>) -> Result<Self, Error> {
        // Open from the start, as in sqlx: if it is not known whether the
        // transaction began, it is rolled back.
        let mut transaction = Self {
            connection,
            is_open: true,
        };
        DB::TransactionManager::begin(transaction.inner_mut(), statement).await?;
        Ok(transaction)
    }

    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        (**self).begin().await
    }

    pub async fn commit(mut self) -> Result<(), Error> {
        DB::TransactionManager::commit(self.inner_mut()).await?;
        self.is_open = false;
        Ok(())
    }

    pub async fn rollback(mut self) -> Result<(), Error> {
        DB::TransactionManager::rollback(self.inner_mut()).await?;
        self.is_open = false;
        Ok(())
    }
}

impl<DB: Driver> Drop for Transaction<'_, DB> {
    fn drop(&mut self) {
        if self.is_open {
            DB::TransactionManager::start_rollback(self.inner_mut());
        }
    }
}

impl<DB: Driver> Clone for Pool<DB> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<DB: Driver> Deref for PoolConnection<DB> {
    type Target = Connection<DB>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Driver> DerefMut for PoolConnection<DB> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<DB: Driver> Deref for Transaction<'_, DB> {
    type Target = Connection<DB>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        match &self.connection {
            Held::Borrowed(connection) => connection,
            Held::Pooled(connection) => connection,
        }
    }
}

impl<DB: Driver> DerefMut for Transaction<'_, DB> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.connection {
            Held::Borrowed(connection) => connection,
            Held::Pooled(connection) => connection,
        }
    }
}

impl<DB: Driver> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<DB: Driver> fmt::Debug for Connection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

impl<DB: Driver> fmt::Debug for PoolConnection<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolConnection").finish_non_exhaustive()
    }
}

impl<DB: Driver> fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl<'a, DB: Driver> Acquire<'a> for &'_ Pool<DB> {
    type Database = DB;
    type Connection = sqlx::pool::PoolConnection<DB>;

    fn acquire(self) -> BoxFuture<'static, Result<Self::Connection, Error>> {
        Acquire::acquire(&self.0)
    }

    fn begin(self) -> BoxFuture<'static, Result<sqlx::Transaction<'a, DB>, Error>> {
        let pool = self.0.clone();
        Box::pin(async move { pool.begin().await })
    }
}

impl<'c, DB: Driver> Acquire<'c> for &'c mut Connection<DB> {
    type Database = DB;
    type Connection = &'c mut DB::Connection;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut self.0)
    }

    fn begin(self) -> BoxFuture<'c, Result<sqlx::Transaction<'c, DB>, Error>> {
        Acquire::begin(&mut self.0)
    }
}

impl<'c, DB: Driver> Acquire<'c> for &'c mut PoolConnection<DB> {
    type Database = DB;
    type Connection = &'c mut DB::Connection;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut self.0)
    }

    fn begin(self) -> BoxFuture<'c, Result<sqlx::Transaction<'c, DB>, Error>> {
        Acquire::begin(&mut self.0)
    }
}

impl<'t, DB: Driver> Acquire<'t> for &'t mut Transaction<'_, DB> {
    type Database = DB;
    type Connection = &'t mut DB::Connection;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}
