//! The pool.

use std::{fmt, sync::Arc};

use sqlx::{
    Error, SqlSafeStr,
    pool::{CloseEvent, PoolOptions},
};

use crate::{
    config::Config,
    connection::PoolConnection,
    driver::Driver,
    record::{self, Handle},
    transaction::Transaction,
};

/// A pool whose statements are recorded, see the [crate] root.
///
/// Cheap to clone. It records to the providers that are current when it is made,
/// or, if there are none, to the process's as soon as these are installed.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example(pool: sqlx::SqlitePool) -> sqlx::Result<()> {
/// use otelier_sqlx::{Config, Pool};
///
/// let pool = Pool::with_config(pool, Config::new().with_pool_name("orders"));
/// let orders = sqlx::query("SELECT id FROM orders").fetch_all(&pool).await?;
/// # drop(orders);
/// # Ok(())
/// # }
/// ```
///
/// # Cost
/// While telemetry is off a statement pays an atomic load and a branch.
pub struct Pool<DB: Driver>(pub(crate) Handle<DB>);

impl<DB: Driver> Pool<DB> {
    /// Records a pool in a way of its own.
    #[must_use]
    pub fn with_config(pool: sqlx::Pool<DB>, config: Config) -> Self {
        Self(record::handle(pool, config))
    }

    /// Opens a pool by its URL.
    ///
    /// # Errors
    /// Those of [`sqlx::Pool::connect`].
    pub async fn connect(url: &str) -> Result<Self, Error> {
        Ok(sqlx::Pool::connect(url).await?.into())
    }

    /// Opens a pool by its options.
    ///
    /// # Errors
    /// Those of [`sqlx::Pool::connect_with`].
    pub async fn connect_with(
        options: <DB::Connection as sqlx::Connection>::Options,
    ) -> Result<Self, Error> {
        Ok(sqlx::Pool::connect_with(options).await?.into())
    }

    /// Makes a pool that opens its first connection when it is needed.
    ///
    /// # Errors
    /// If the URL is none.
    pub fn connect_lazy(url: &str) -> Result<Self, Error> {
        Ok(sqlx::Pool::connect_lazy(url)?.into())
    }

    /// Makes a pool by its options that opens its first connection when it is
    /// needed.
    #[must_use]
    pub fn connect_lazy_with(options: <DB::Connection as sqlx::Connection>::Options) -> Self {
        sqlx::Pool::connect_lazy_with(options).into()
    }

    /// The pool of sqlx; what is done with it is not recorded, but for the count
    /// of its connections.
    #[must_use]
    pub fn inner(&self) -> &sqlx::Pool<DB> {
        record::raw(&self.0)
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// If there is none in time, or none at all.
    pub async fn acquire(&self) -> Result<PoolConnection<DB>, Error> {
        PoolConnection::out_of(&self.0).await
    }

    /// Takes a connection if one is idle.
    #[must_use]
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        let raw = self.inner().try_acquire()?;
        Some(PoolConnection::new(raw, record::lease(&self.0)))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// Those of [`acquire`](Self::acquire) and of the database.
    pub async fn begin(&self) -> Result<Transaction<'static, DB>, Error> {
        Transaction::begin_pooled(&self.0, None).await
    }

    /// Begins a transaction with a statement of its own.
    ///
    /// # Errors
    /// Those of [`acquire`](Self::acquire) and of the database.
    pub async fn begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Transaction<'static, DB>, Error> {
        let statement = statement.into_sql_str();
        Transaction::begin_pooled(&self.0, Some(statement)).await
    }

    /// Begins a transaction if a connection is idle.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn try_begin(&self) -> Result<Option<Transaction<'static, DB>>, Error> {
        Transaction::begin_on_idle(self.try_acquire(), None).await
    }

    /// Begins a transaction with a statement of its own if a connection is idle.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn try_begin_with(
        &self,
        statement: impl SqlSafeStr,
    ) -> Result<Option<Transaction<'static, DB>>, Error> {
        let statement = statement.into_sql_str();
        Transaction::begin_on_idle(self.try_acquire(), Some(statement)).await
    }

    /// Closes the pool and waits for its connections.
    pub async fn close(&self) {
        self.inner().close().await;
    }

    /// Ends when [`close`](Self::close) is called.
    #[must_use]
    pub fn close_event(&self) -> CloseEvent {
        self.inner().close_event()
    }

    /// Tells whether [`close`](Self::close) was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner().is_closed()
    }

    /// How many connections are open.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.inner().size()
    }

    /// How many connections wait for work.
    #[must_use]
    pub fn num_idle(&self) -> usize {
        self.inner().num_idle()
    }

    /// The options of the pool.
    #[must_use]
    pub fn options(&self) -> &PoolOptions<DB> {
        self.inner().options()
    }

    /// The options of its connections.
    #[must_use]
    pub fn connect_options(&self) -> Arc<<DB::Connection as sqlx::Connection>::Options> {
        self.inner().connect_options()
    }

    /// Sets the options of connections that are opened from now on. What is
    /// recorded of the server stays what it was when the pool was made.
    pub fn set_connect_options(&self, options: <DB::Connection as sqlx::Connection>::Options) {
        self.inner().set_connect_options(options);
    }
}

impl<DB: Driver> Clone for Pool<DB> {
    #[inline]
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<DB: Driver> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.inner(), f)
    }
}
