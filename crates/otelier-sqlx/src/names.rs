//! sqlx's names for what is of one database.

macro_rules! names {
    ($feature:literal, $database:ty, $called:literal: $pool:ident $connection:ident $pooled:ident $transaction:ident) => {
        #[doc = concat!("A pool of connections to ", $called, ".")]
        #[cfg(feature = $feature)]
        pub type $pool = crate::pool::Pool<$database>;
        #[doc = concat!("A connection to ", $called, ".")]
        #[cfg(feature = $feature)]
        pub type $connection = crate::connection::Connection<$database>;
        #[doc = concat!("A connection to ", $called, " out of a pool.")]
        #[cfg(feature = $feature)]
        pub type $pooled = crate::connection::PoolConnection<$database>;
        #[doc = concat!("A transaction of ", $called, ".")]
        #[cfg(feature = $feature)]
        pub type $transaction<'c> = crate::transaction::Transaction<'c, $database>;
    };
}

names!("postgres", sqlx::Postgres, "PostgreSQL": PgPool PgConnection PgPoolConnection PgTransaction);
names!("mysql", sqlx::MySql, "MySQL or MariaDB": MySqlPool MySqlConnection MySqlPoolConnection MySqlTransaction);
names!("sqlite", sqlx::Sqlite, "SQLite": SqlitePool SqliteConnection SqlitePoolConnection SqliteTransaction);
