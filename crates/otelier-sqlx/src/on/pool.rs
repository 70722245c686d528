//! The pool.

use std::{fmt, sync::Arc};

use sqlx::{
    Error, SqlSafeStr,
    pool::{CloseEvent, PoolOptions},
};

use super::{
    acquire::acquire, connection::PoolConnection, shared::Shared, transaction::Transaction,
};
use crate::{config::Config, driver::Driver};

/// A pool whose statements are recorded, see the [crate] root.
///
/// Cheap to clone. It records to the providers that are current when it is made,
/// or, if there are none, to the process's as soon as these are installed.
///
/// # Cost
/// While telemetry is off a statement pays an atomic load and a branch.
pub struct Pool<DB: Driver> {
    pub(super) shared: Arc<Shared<DB>>,
}

impl<DB: Driver> Pool<DB> {
    /// Records a pool in a way of its own.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "configuration is handed over"
    )]
    pub fn with_config(pool: sqlx::Pool<DB>, config: Config) -> Self {
        Self {
            shared: Arc::new(Shared::new(pool, &config)),
        }
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
        &self.shared.raw
    }

    /// Takes a connection.
    ///
    /// # Errors
    /// If there is none in time, or none at all.
    pub async fn acquire(&self) -> Result<PoolConnection<DB>, Error> {
        acquire(&self.shared).await
    }

    /// Takes a connection if one is idle.
    #[must_use]
    pub fn try_acquire(&self) -> Option<PoolConnection<DB>> {
        let raw = self.shared.raw.try_acquire()?;
        let since = self.shared.is_on().then(std::time::Instant::now);
        Some(PoolConnection::new(raw, &self.shared, since))
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// Those of [`acquire`](Self::acquire) and of the database.
    pub async fn begin(&self) -> Result<Transaction<'static, DB>, Error> {
        Transaction::begin_pooled(&self.shared, None).await
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
        Transaction::begin_pooled(&self.shared, Some(statement)).await
    }

    /// Begins a transaction if a connection is idle.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn try_begin(&self) -> Result<Option<Transaction<'static, DB>>, Error> {
        match self.try_acquire() {
            Some(connection) => Transaction::begin_on(connection.into(), None)
                .await
                .map(Some),
            None => Ok(None),
        }
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
        match self.try_acquire() {
            Some(connection) => Transaction::begin_on(connection.into(), Some(statement))
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// Closes the pool and waits for its connections.
    pub async fn close(&self) {
        self.shared.raw.close().await;
    }

    /// Ends when [`close`](Self::close) is called.
    #[must_use]
    pub fn close_event(&self) -> CloseEvent {
        self.shared.raw.close_event()
    }

    /// Tells whether [`close`](Self::close) was called.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.shared.raw.is_closed()
    }

    /// How many connections are open.
    #[must_use]
    pub fn size(&self) -> u32 {
        self.shared.raw.size()
    }

    /// How many connections wait for work.
    #[must_use]
    pub fn num_idle(&self) -> usize {
        self.shared.raw.num_idle()
    }

    /// The options of the pool.
    #[must_use]
    pub fn options(&self) -> &PoolOptions<DB> {
        self.shared.raw.options()
    }

    /// The options of its connections.
    #[must_use]
    pub fn connect_options(&self) -> Arc<<DB::Connection as sqlx::Connection>::Options> {
        self.shared.raw.connect_options()
    }

    /// Sets the options of connections that are opened from now on. What is
    /// recorded of the server stays what it was when the pool was made.
    pub fn set_connect_options(&self, options: <DB::Connection as sqlx::Connection>::Options) {
        self.shared.raw.set_connect_options(options);
    }
}

impl<DB: Driver> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<DB: Driver> fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shared.raw, f)
    }
}
