//! Connections out of a pool.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Instant,
};

use futures_core::future::BoxFuture;
use sqlx::{Connection as _, Error, SqlSafeStr};

use super::{acquire::Lease, shared::Shared, transaction::Transaction};
use crate::driver::Driver;

/// A connection whose statements are recorded.
///
/// It is what `&mut *conn` and `&mut *tx` lead to, and so what functions that
/// work on either take: `&mut Connection<Postgres>`.
pub struct Connection<DB: Driver> {
    pub(super) raw: sqlx::pool::PoolConnection<DB>,
    pub(super) shared: Arc<Shared<DB>>,
    lease: Option<Lease>,
}

/// A connection that returns to its pool when it is dropped.
pub struct PoolConnection<DB: Driver>(Connection<DB>);

impl<DB: Driver> Connection<DB> {
    /// The connection of sqlx; what is done with it is not recorded.
    #[must_use]
    pub fn inner(&self) -> &DB::Connection {
        &self.raw
    }

    /// The connection of sqlx; what is done with it is not recorded.
    #[must_use]
    pub fn inner_mut(&mut self) -> &mut DB::Connection {
        &mut self.raw
    }

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

    /// Checks that the connection is alive.
    ///
    /// # Errors
    /// If it is not.
    pub async fn ping(&mut self) -> Result<(), Error> {
        self.raw.ping().await
    }

    /// Tells whether a transaction is open.
    #[must_use]
    pub fn is_in_transaction(&self) -> bool {
        self.raw.is_in_transaction()
    }

    /// Counts that it does not return to the pool.
    fn leaves_by(&self, how: &'static str) {
        if let Some(telemetry) = self.shared.telemetry() {
            telemetry.closed(how);
        }
    }
}

impl<DB: Driver> PoolConnection<DB> {
    /// `since` is `None` where the use of the connection is not recorded.
    pub(super) fn new(
        raw: sqlx::pool::PoolConnection<DB>,
        shared: &Arc<Shared<DB>>,
        since: Option<Instant>,
    ) -> Self {
        Self(Connection {
            raw,
            shared: Arc::clone(shared),
            lease: since.map(|since| Lease::new(&shared.core, since)),
        })
    }

    /// Begins a transaction, see [`Connection::begin`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(&mut self) -> Result<Transaction<'_, DB>, Error> {
        // Here as well, as otherwise `sqlx::Acquire::begin` would be nearer.
        self.0.begin().await
    }

    /// Closes the connection instead of returning it to the pool.
    ///
    /// # Errors
    /// If the server could not be told.
    pub async fn close(self) -> Result<(), Error> {
        self.0.leaves_by("close");
        self.0.raw.close().await
    }

    /// Has the connection closed when it is dropped, instead of returned to the
    /// pool.
    pub fn close_on_drop(&mut self) {
        self.0.leaves_by("close_on_drop");
        self.0.raw.close_on_drop();
    }

    /// Takes the connection out of the pool for good; from then on it is not
    /// recorded.
    #[must_use = "a detached connection is closed when it is dropped"]
    pub fn detach(self) -> DB::Connection {
        self.0.leaves_by("detach");
        self.into_inner().detach()
    }

    /// Takes the connection for good, and its place in the pool with it; from then
    /// on it is not recorded.
    #[must_use = "a leaked connection is closed when it is dropped"]
    pub fn leak(self) -> DB::Connection {
        self.0.leaves_by("leak");
        self.into_inner().leak()
    }

    /// The connection of sqlx, which returns to the pool when it is dropped; what
    /// is done with it is not recorded.
    #[must_use = "a connection returns to its pool when it is dropped"]
    pub fn into_inner(self) -> sqlx::pool::PoolConnection<DB> {
        if let Some(lease) = self.0.lease {
            lease.cancel();
        }
        self.0.raw
    }
}

impl<DB: Driver> Deref for PoolConnection<DB> {
    type Target = Connection<DB>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Driver> DerefMut for PoolConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
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
