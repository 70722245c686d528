//! Client spans and metrics for [sqlx], one span per statement.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # async fn example() -> sqlx::Result<()> {
//! use otelier_sqlx::SqlitePool;
//!
//! let pool = SqlitePool::connect("sqlite::memory:").await?;
//! // From here on it is sqlx as ever: `&pool`, `&mut *connection`, `&mut *transaction`.
//! let mut transaction = pool.begin().await?;
//! sqlx::query("INSERT INTO orders (id) VALUES (?)")
//!     .bind(7)
//!     .execute(&mut *transaction)
//!     .await?;
//! transaction.commit().await?;
//! let orders = sqlx::query("SELECT id FROM orders").fetch_all(&pool).await?;
//! # drop(orders);
//! # Ok(())
//! # }
//! ```
//!
//! A pool that exists is wrapped: `Pool::from(pool)`, or with a [`Config`],
//! [`Pool::with_config`]. Functions that take `&mut PgConnection` take
//! `&mut Connection<Postgres>` now, and are called as before with `&mut connection`
//! or `&mut transaction`; those that take `impl Executor` or `impl Acquire` stay as they are.
//!
//! # What is recorded
//! One span of kind `CLIENT` per statement, from the call until the last row was read. Its
//! parent is what is current when it is first polled; its name is the summary of the
//! text, such as `SELECT orders customers`, else the database's name. `BEGIN`, `COMMIT`,
//! `ROLLBACK`, `SAVEPOINT`, `RELEASE SAVEPOINT` and `ROLLBACK TO SAVEPOINT` are
//! statements too, the rollback of a transaction that is dropped included. Samplers and
//! processors mostly see a span when it is over, with the parent, the start and the request's
//! entries that it had from the beginning.
//!
//! | attribute | when |
//! |---|---|
//! | `db.system.name` | always: `postgresql`, `mysql`, `mariadb`, `sqlite`, or as configured |
//! | `db.namespace` | the database, or SQLite's file without its folder |
//! | `server.address`, `server.port` | a host or socket; the port unless it is the usual one |
//! | `db.query.summary` | if a statement is recognised; at most 255 bytes |
//! | `db.query.text` | with `?` for every literal, at most 8 KiB; see [`QueryText`] |
//! | `db.query.parameter.<n>` | if the program gives the value, see [`Pool::with_parameters`] |
//! | `db.operation.batch.size` | if the text holds several statements |
//! | `db.response.returned_rows` | if rows are asked for, or come |
//! | `db.response.status_code` | PostgreSQL's SQLSTATE, the number of MySQL and SQLite |
//! | `error.type` | the same code, else sqlx's error, such as `pool_timed_out` or `io` |
//!
//! | ending | status | `error.type` |
//! |---|---|---|
//! | complete, and `RowNotFound` | unset | |
//! | the stream is dropped between two rows | unset | |
//! | dropped while the database is at work | error | `cancelled` |
//! | error | error | code or kind |
//! | panic | error | `panic` |
//!
//! The status of a span that failed by an error of sqlx, such as of the connection or the pool, is
//! described by its message, without what can be told to be a secret, cut at 2 KiB. What the
//! database answers is not, as it may quote values, and nor is what could not be encoded or decoded.
//!
//! Whoever waits for a connection for more than a millisecond, or in vain, has a
//! span `acquire connection` to show for it, below the statement's.
//!
//! MySQL and MariaDB speak the same protocol, and sqlx keeps the version that the server tells
//! in its greeting to itself. So a pool that is not told by
//! [`with_system_name`](Config::with_system_name) asks once, on its first connection, by
//! `SELECT VERSION()`, and then starts the first span, which says how long all of it took.
//!
//! Metrics: `db.client.operation.duration` in seconds (system, namespace, server, summary,
//! `error.type`, status code), `db.client.response.returned_rows` with the same, and by
//! `db.client.connection.pool.name` all of `db.client.connection.*`: `count` by state,
//! `idle.max`, `idle.min`, `max` and `pending_requests` as the pool itself
//! reports them at each collection, `timeouts`, `wait_time`, `use_time` and `create_time`. The
//! last knows connections that are opened while somebody waits for them. After 500 summaries, new ones
//! are no labels.
//!
//! # What is not
//! Values: neither bound parameters nor literals, nor errors that quote them. What happens on
//! sqlx's own types, by way of `inner` and `detach`, `COPY`, `PgListener`. Decoding of rows, and
//! errors in it.
//!
//! The single statements of functions that take `impl Acquire`, and so those of migrations:
//! [`Acquire`](sqlx::Acquire) must hand out `<Postgres as Database>::Connection`, which is sqlx's
//! own, and so is what executes there: an [`Acquired`]. One span `use connection` covers the time
//! for which it is out, and so a migration run; its transactions show their `BEGIN`.
//! Functions that take `impl Executor` or `&mut Connection<Postgres>` have no such gap.
//!
//! With `otelier_sql::layer`, the facade's feature `sql-log`, these have spans, too, and so has
//! what runs on pools of others: out of what sqlx logs. What is recorded here is not recorded
//! once more.
//!
//! The `sqlx::query` events of sqlx itself hold raw text: `otelier-logs` does not ship them.
//!
//! # Features
//! - `otel` (default): Records spans and metrics. Without it a pool forwards to sqlx and does
//!   nothing else.
//! - `postgres`: PostgreSQL.
//! - `mysql`: MySQL and MariaDB.
//! - `sqlite`: SQLite, compiled in.
//! - `migrate`: Migrations: `migrate!` and `Migrator::run` take a traced pool.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod acquire;
mod config;
mod connection;
mod driver;
mod executor;
mod names;
mod pool;
mod raw_pool;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;
mod transaction;

pub use otelier_sql::QueryText;

pub use self::acquire::Acquired;
pub use self::config::{Comments, Config};
pub use self::connection::{Connection, PoolConnection};
pub use self::driver::Driver;
pub use self::executor::WithParameters;
pub use self::pool::Pool;
pub use self::raw_pool::RawPool;
pub use self::transaction::Transaction;

#[cfg(feature = "mysql")]
pub use self::names::{MySqlConnection, MySqlPool, MySqlPoolConnection, MySqlTransaction};
#[cfg(feature = "postgres")]
pub use self::names::{PgConnection, PgPool, PgPoolConnection, PgTransaction};
#[cfg(feature = "sqlite")]
pub use self::names::{SqliteConnection, SqlitePool, SqlitePoolConnection, SqliteTransaction};

/// What may be told of an SQL text, as [`otelier_sql`] reads it.
pub mod sql {
    pub use otelier_sql::{Dialect, Digest, MAX_TEXT};
}
