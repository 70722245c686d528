//! What a pool of another crate is to ours.

use redis::{RedisError, aio::ConnectionLike};

/// A pool of connections as it is made by another crate: those of `deadpool` and `bb8` with the
/// features of these names.
///
/// ```
/// use otelier_redis::{ConnectionPool, Refusal, Size};
/// use redis::{Client, RedisError, aio::MultiplexedConnection};
///
/// /// No pool at all: each connection is opened.
/// #[derive(Clone)]
/// struct Opened(Client);
///
/// impl ConnectionPool for Opened {
///     type Connection = MultiplexedConnection;
///     type Error = RedisError;
///
///     async fn take(&self) -> Result<MultiplexedConnection, RedisError> {
///         self.0.get_multiplexed_async_connection().await
///     }
///
///     fn size(&self) -> Size {
///         Size::default()
///     }
///
///     fn refusal(error: &RedisError) -> Refusal<'_> {
///         Refusal::Failed(error)
///     }
/// }
///
/// # fn main() -> redis::RedisResult<()> {
/// let pool = otelier_redis::Pool::from(Opened(Client::open("redis://127.0.0.1/")?));
/// # drop(pool);
/// # Ok(())
/// # }
/// ```
pub trait ConnectionPool: Clone + Send + Sync + 'static {
    /// What it hands out.
    type Connection: ConnectionLike + Send;
    /// Why it has none.
    type Error;

    /// Takes a connection out.
    ///
    /// # Errors
    /// If there is none in time, or none at all.
    fn take(&self) -> impl Future<Output = Result<Self::Connection, Self::Error>> + Send;

    /// How large it is, asked when metrics are collected.
    fn size(&self) -> Size;

    /// What an error means.
    fn refusal(error: &Self::Error) -> Refusal<'_>;
}

/// How large a pool is.
///
/// See the example of [`ConnectionPool`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Connections that wait for work.
    pub idle: usize,
    /// Connections that are out.
    pub used: usize,
    /// How many it keeps idle at least.
    pub min: usize,
    /// How many there may be.
    pub limit: usize,
}

/// Why a pool hands out nothing.
///
/// See the example of [`ConnectionPool`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Refusal<'a> {
    /// None was free in time.
    TimedOut,
    /// The pool is closed.
    Closed,
    /// None could be opened.
    Failed(&'a RedisError),
    /// Something else.
    Other,
}
