//! Connections out of a pool.

use std::ops::{Deref, DerefMut};

use sqlx::{Connection as _, Error};

use crate::{
    driver::Driver,
    record::{self, Handle, Lease},
};

/// A connection whose statements are recorded.
///
/// It is what `&mut *conn` and `&mut *tx` lead to, and so what functions that
/// work on either take: `&mut Connection<Postgres>`.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # mod example {
/// use otelier_sqlx::Connection;
/// use sqlx::Sqlite;
///
/// // For a connection out of the pool as for a transaction.
/// async fn ship(connection: &mut Connection<Sqlite>, id: i64) -> sqlx::Result<()> {
///     let statement = sqlx::query("UPDATE orders SET shipped = TRUE WHERE id = ?");
///     statement.bind(id).execute(connection).await?;
///     Ok(())
/// }
/// # }
/// ```
pub struct Connection<DB: Driver> {
    pub(crate) raw: sqlx::pool::PoolConnection<DB>,
    pub(crate) lease: Lease<DB>,
}

/// A connection that returns to its pool when it is dropped.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn example(pool: otelier_sqlx::SqlitePool) -> sqlx::Result<()> {
/// let mut connection = pool.acquire().await?;
/// sqlx::query("PRAGMA optimize").execute(&mut *connection).await?;
/// # Ok(())
/// # }
/// ```
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
}

impl<DB: Driver> PoolConnection<DB> {
    pub(crate) fn new(raw: sqlx::pool::PoolConnection<DB>, lease: Lease<DB>) -> Self {
        Self(Connection { raw, lease })
    }

    pub(crate) async fn out_of(pool: &Handle<DB>) -> Result<Self, Error> {
        let (raw, lease) = record::acquire(pool).await?;
        Ok(Self::new(raw, lease))
    }

    /// Closes the connection instead of returning it to the pool.
    ///
    /// # Errors
    /// If the server could not be told.
    pub async fn close(self) -> Result<(), Error> {
        record::ends_by(&self.0.lease, "close");
        self.0.raw.close().await
    }

    /// Has the connection closed when it is dropped, instead of returned to the
    /// pool.
    pub fn close_on_drop(&mut self) {
        record::ends_by(&self.0.lease, "close_on_drop");
        self.0.raw.close_on_drop();
    }

    /// Takes the connection out of the pool for good; from then on it is not
    /// recorded.
    #[must_use = "a detached connection is closed when it is dropped"]
    pub fn detach(self) -> DB::Connection {
        record::ends_by(&self.0.lease, "detach");
        self.into_inner().detach()
    }

    /// Takes the connection for good, and its place in the pool with it; from then
    /// on it is not recorded.
    #[must_use = "a leaked connection is closed when it is dropped"]
    pub fn leak(self) -> DB::Connection {
        record::ends_by(&self.0.lease, "leak");
        self.into_inner().leak()
    }

    /// The connection of sqlx, which returns to the pool when it is dropped; what
    /// is done with it is not recorded.
    #[must_use = "a connection returns to its pool when it is dropped"]
    pub fn into_inner(self) -> sqlx::pool::PoolConnection<DB> {
        record::cancel(self.0.lease);
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

impl<DB: Driver> AsMut<Connection<DB>> for PoolConnection<DB> {
    fn as_mut(&mut self) -> &mut Connection<DB> {
        self
    }
}

impl<DB: Driver> AsRef<Connection<DB>> for PoolConnection<DB> {
    fn as_ref(&self) -> &Connection<DB> {
        self
    }
}

otelier_core::shown!([DB: Driver] Connection<DB>);

otelier_core::shown!([DB: Driver] PoolConnection<DB>);

/// A connection that is used for a while: somebody's, or one's own.
pub(crate) enum Held<'c, DB: Driver> {
    Borrowed(&'c mut Connection<DB>),
    Pooled(PoolConnection<DB>),
}

impl<DB: Driver> Deref for Held<'_, DB> {
    type Target = Connection<DB>;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<DB: Driver> DerefMut for Held<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Borrowed(connection) => connection,
            Self::Pooled(connection) => connection,
        }
    }
}

impl<'c, DB: Driver> From<&'c mut Connection<DB>> for Held<'c, DB> {
    fn from(connection: &'c mut Connection<DB>) -> Self {
        Self::Borrowed(connection)
    }
}

impl<DB: Driver> From<PoolConnection<DB>> for Held<'_, DB> {
    fn from(connection: PoolConnection<DB>) -> Self {
        Self::Pooled(connection)
    }
}
