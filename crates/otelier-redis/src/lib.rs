//! Client spans and metrics for [redis-rs](redis) 1.x, one span per command.
//!
//! ```no_run
//! # async fn example() -> redis::RedisResult<()> {
//! use otelier_redis::{Config, Connection};
//! use redis::AsyncCommands as _;
//!
//! let client = redis::Client::open("redis://127.0.0.1/")?;
//! let connection = client.get_multiplexed_async_connection().await?;
//! // `wrap(connection)` does; this says which server it is, too.
//! let config = Config::new().with_server(client.get_connection_info());
//! let mut redis = Connection::with_config(connection, config);
//! // From here on it is redis-rs as ever.
//! let stock: Option<u32> = redis.get("stock:7").await?;
//! # drop(stock);
//! # Ok(())
//! # }
//! ```
//!
//! [`wrap`] takes whatever implements redis-rs's [`ConnectionLike`](redis::aio::ConnectionLike):
//! a `MultiplexedConnection`, a `ConnectionManager`, a `ClusterConnection`, a connection of
//! deadpool-redis; that of another pool in a [`Guard`]. The result implements it, too, and so has
//! every command, pipeline, transaction and script; it is cloned like what is inside. A [`Pool`]
//! hands out wrapped connections, and tells of itself. Functions that take
//! `&mut impl ConnectionLike` stay as they are.
//!
//! # What is recorded
//! One span of kind `CLIENT` per command, from the first poll until the reply is there. It is
//! named as the command is written: `HGET`. A pipeline is one span, `PIPELINE GET` where all its
//! commands are alike and `PIPELINE` where they are not, and so is a transaction, `MULTI GET` and
//! `MULTI`; a pipeline of one command is that command.
//!
//! Outside of a span there are metrics alone: what polls a queue all day would fill the backend
//! with traces of one span. [`Config::with_root_spans`] asks for them. Samplers and processors see
//! a span when it is over, with the parent and the start that it had from the beginning.
//!
//! | attribute | when |
//! |---|---|
//! | `db.system.name` | always: `redis`, or as configured |
//! | `db.namespace` | the index of the database that the connection was opened for; `0` in a cluster |
//! | `server.address`, `server.port` | if [`Config::with_server`] tells; the port unless it is 6379 |
//! | `db.operation.name` | always, as written; `_OTHER` if it is no name |
//! | `db.operation.batch.size` | of a pipeline or transaction, unless it is 1 |
//! | `db.query.text` | the command and a `?` for each argument: `SET ? ?`, `MGET ? ? ? ? ? ? ? ? ... (40 arguments)`; see [`Config::with_key_shape`] |
//! | `db.stored_procedure.name` | the name that `FCALL`, the hash that `EVALSHA` calls |
//! | `otelier.cache.reads`, `otelier.cache.hits` | of how many keys or fields the value was asked for, and how many had one |
//! | `otelier.db.blocking` | if the command waits in the server for somebody else: `BLPOP`, `XREAD` with `BLOCK` |
//! | `db.response.status_code` | the first word of the server's error: `WRONGTYPE`, `MOVED` |
//! | `error.type` | the same code, else `timeout`, `connection_refused`, `connection_dropped`, or the kind of redis-rs's error |
//!
//! | ending | status | `error.type` |
//! |---|---|---|
//! | complete, and a key that is not there | unset | |
//! | an error, also of one command of a pipeline | error | code or kind |
//! | dropped before the reply | error | `cancelled` |
//! | the same of a command that blocks | unset | |
//! | panic | error | `panic` |
//! | never polled | no span | |
//!
//! The status of a span that failed by an error of the connection is described by its message,
//! without what can be told to be a secret, cut at 2 KiB. What the server answers is not, as it
//! quotes arguments, nor is what could not be read.
//!
//! Metrics: `db.client.operation.duration` in seconds (system, namespace, server, operation,
//! `error.type`, status code), without commands that block; `otelier.db.client.operation.timeouts`,
//! with them; `otelier.cache.reads` by `otelier.cache.hit`. All of them are recorded outside of
//! spans, too. After 256 names of commands new ones are `_OTHER`, and so is the `error.type` of new
//! codes after 64. A pool adds, by `db.client.connection.pool.name`,
//! `db.client.connection.count` by state,
//! `idle.max`, `idle.min`, `limit`, `pending_requests`, `timeouts`, `wait_time` and `use_time`,
//! and `otelier.db.client.connection.errors`; whoever waits for a connection for more than a
//! millisecond, or in vain, has a span `acquire connection` to show for it.
//!
//! # What is not
//! Keys, values, scripts, passwords: no argument of any command, but for keys of a shape that the
//! program declares, which are recorded as that shape. What happens on the connection
//! inside, by way of `inner`, and messages of subscriptions. Redirections of a cluster: whoever
//! calls sees one command.
//!
//! # Off
//! While telemetry is off a command costs an atomic load and a branch; without the feature `otel`
//! nothing.
//!
//! # Features
//! - `otel` (default): Records spans and metrics. Without it a connection forwards to redis-rs and
//!   does nothing else.
//! - `deadpool`: Pools of deadpool 0.13, which are those of deadpool-redis.
//! - `bb8`: Pools of bb8 0.9.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "bb8")]
mod bb8;
mod config;
mod connection;
mod connection_pool;
#[cfg(feature = "deadpool")]
mod deadpool;
mod guard;
mod pool;
#[cfg_attr(not(feature = "otel"), path = "silent.rs")]
mod record;

/// The code blocks of the documentation, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/redis.md")]
mod document {}

pub use self::config::Config;
pub use self::connection::{Connection, wrap};
pub use self::connection_pool::{ConnectionPool, Refusal, Size};
pub use self::guard::Guard;
pub use self::pool::Pool;
