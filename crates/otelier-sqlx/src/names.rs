//! sqlx's names for what is of one database.

use crate::{Connection, Pool, PoolConnection, Transaction};

macro_rules! names {
    ($feature:literal, $database:ty, $called:literal: $pool:ident $connection:ident $pooled:ident $transaction:ident) => {
        #[doc = concat!("A pool of connections to ", $called, ".")]
        #[cfg(feature = $feature)]
        pub type $pool = Pool<$database>;
        #[doc = concat!("A connection to ", $called, ".")]
        #[cfg(feature = $feature)]
        pub type $connection = Connection<$database>;
        #[doc = concat!("A connection to ", $called, " out of a pool.")]
        #[cfg(feature = $feature)]
        pub type $pooled = PoolConnection<$database>;
        #[doc = concat!("A transaction of ", $called, ".")]
        #[cfg(feature = $feature)]
        pub type $transaction<'c> = Transaction<'c, $database>;
    };
}

names!("postgres", sqlx::Postgres, "PostgreSQL": PgPool PgConnection PgPoolConnection PgTransaction);
names!("mysql", sqlx::MySql, "MySQL or MariaDB": MySqlPool MySqlConnection MySqlPoolConnection MySqlTransaction);
names!("sqlite", sqlx::Sqlite, "SQLite": SqlitePool SqliteConnection SqlitePoolConnection SqliteTransaction);

impl<DB: crate::Driver> AsMut<Connection<DB>> for PoolConnection<DB> {
    fn as_mut(&mut self) -> &mut Connection<DB> {
        self
    }
}

impl<DB: crate::Driver> AsMut<Connection<DB>> for Transaction<'_, DB> {
    fn as_mut(&mut self) -> &mut Connection<DB> {
        self
    }
}

impl<DB: crate::Driver> AsRef<Connection<DB>> for PoolConnection<DB> {
    fn as_ref(&self) -> &Connection<DB> {
        self
    }
}
