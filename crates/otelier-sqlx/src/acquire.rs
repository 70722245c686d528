//! Connections for whoever asks by sqlx's `Acquire`.

use std::ops::{Deref, DerefMut};

use futures_core::future::BoxFuture;
use sqlx::{Acquire, Error};

use crate::{
    connection::{Connection, Held, PoolConnection},
    driver::Driver,
    pool::Pool,
    record::{self, Use},
    transaction::{Transaction, begin_raw, begin_raw_pooled},
};

/// A connection that was asked for by [`Acquire`]. That demands one of sqlx's own, whose
/// statements pass us by: one span `use connection` stands for all of them.
///
/// ```no_run
/// # #[cfg(feature = "postgres")]
/// # async fn example(pool: &otelier_sqlx::PgPool) -> sqlx::Result<()> {
/// use sqlx::Acquire;
///
/// // What takes anything that connections come from, such as a migrator.
/// async fn tidy<'c>(from: impl Acquire<'c, Database = sqlx::Postgres>) -> sqlx::Result<()> {
///     let mut connection = from.acquire().await?;
///     sqlx::query("VACUUM").execute(&mut *connection).await?;
///     Ok(())
/// }
///
/// tidy(pool).await
/// # }
/// ```
pub struct Acquired<'c, DB: Driver> {
    connection: Held<'c, DB>,
    // Ends when the connection is given back.
    _used: Use,
}

impl<'c, DB: Driver> From<Held<'c, DB>> for Acquired<'c, DB> {
    fn from(connection: Held<'c, DB>) -> Self {
        Self {
            _used: record::start_use(&connection.lease),
            connection,
        }
    }
}

impl<DB: Driver> Deref for Acquired<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        self.connection.inner()
    }
}

impl<DB: Driver> DerefMut for Acquired<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.connection.inner_mut()
    }
}

otelier_core::shown!([DB: Driver] Acquired<'_, DB>);

impl<'a, DB: Driver> Acquire<'a> for &'_ Pool<DB> {
    type Database = DB;
    type Connection = Acquired<'static, DB>;

    fn acquire(self) -> BoxFuture<'static, Result<Self::Connection, Error>> {
        let pool = self.0.clone();
        Box::pin(async move {
            let connection = PoolConnection::out_of(&pool).await?;
            Ok(Held::from(connection).into())
        })
    }

    fn begin(self) -> BoxFuture<'static, Result<sqlx::Transaction<'a, DB>, Error>> {
        let pool = self.0.clone();
        Box::pin(async move { begin_raw_pooled(&pool).await })
    }
}

impl<'c, DB: Driver> Acquire<'c> for &'c mut Connection<DB> {
    type Database = DB;
    type Connection = Acquired<'c, DB>;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Box::pin(async move { Ok(Held::from(self).into()) })
    }

    fn begin(self) -> BoxFuture<'c, Result<sqlx::Transaction<'c, DB>, Error>> {
        Box::pin(begin_raw(self))
    }
}

impl<'c, DB: Driver> Acquire<'c> for &'c mut PoolConnection<DB> {
    type Database = DB;
    type Connection = Acquired<'c, DB>;

    fn acquire(self) -> BoxFuture<'c, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'c, Result<sqlx::Transaction<'c, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}

impl<'t, DB: Driver> Acquire<'t> for &'t mut Transaction<'_, DB> {
    type Database = DB;
    type Connection = Acquired<'t, DB>;

    fn acquire(self) -> BoxFuture<'t, Result<Self::Connection, Error>> {
        Acquire::acquire(&mut **self)
    }

    fn begin(self) -> BoxFuture<'t, Result<sqlx::Transaction<'t, DB>, Error>> {
        Acquire::begin(&mut **self)
    }
}
