//! The pool.

use std::fmt;

use crate::{
    config::Config,
    connection::Connection,
    connection_pool::ConnectionPool,
    record::{self, Tracing, Wait, Watched},
};

/// A pool that hands out connections whose commands are recorded, and that tells of itself, see
/// the [crate] root.
///
/// Clones are the same pool. Wrap a pool once, and clone that: two wrappers are two pools in the
/// metrics.
///
/// ```no_run
/// # #[cfg(feature = "deadpool")]
/// # async fn example<M, W>(pool: deadpool::managed::Pool<M, W>) -> redis::RedisResult<()>
/// # where
/// #     M: deadpool::managed::Manager<Error: std::fmt::Debug + 'static> + 'static,
/// #     W: From<deadpool::managed::Object<M>> + redis::aio::ConnectionLike + Send + Sync + 'static,
/// # {
/// use redis::AsyncCommands as _;
///
/// // A `deadpool_redis::Pool`, for example.
/// let pool = otelier_redis::Pool::from(pool);
/// let mut redis = pool.get().await.expect("a connection");
/// let stock: Option<u32> = redis.get("stock:7").await?;
/// # drop(stock);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pool<P: ConnectionPool> {
    pool: P,
    tracing: Tracing,
    watched: Watched<P>,
}

impl<P: ConnectionPool> Pool<P> {
    /// Records a pool in a way of its own.
    #[must_use]
    pub fn with_config(pool: P, config: Config) -> Self {
        Self {
            watched: record::watch(&pool, &config),
            tracing: Tracing::new(config),
            pool,
        }
    }

    /// Takes a connection, which is back in the pool when it is dropped.
    ///
    /// # Errors
    /// Those of the pool.
    ///
    /// # Cancellation
    /// Safe if the pool's own is; the wait is recorded all the same.
    pub async fn get(&self) -> Result<Connection<P::Connection>, P::Error> {
        let wait: Option<Wait<'_>> = record::wait(&self.watched);
        let taken = self.pool.take().await;
        let lease = record::lent(wait, taken.as_ref().map_err(P::refusal));
        Ok(Connection::lent(taken?, lease, self.tracing.clone()))
    }

    /// The pool inside; what is done with it is not recorded, but for the count of its
    /// connections.
    #[must_use]
    pub fn inner(&self) -> &P {
        &self.pool
    }
}

impl<P: ConnectionPool> From<P> for Pool<P> {
    fn from(pool: P) -> Self {
        Self::with_config(pool, Config::default())
    }
}

impl<P: ConnectionPool + fmt::Debug> fmt::Debug for Pool<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.pool, f)
    }
}
