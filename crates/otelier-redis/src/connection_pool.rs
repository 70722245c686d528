//! What a pool of another crate is to ours.

use redis::{RedisError, aio::ConnectionLike};

/// A pool of connections as it is made by another crate: those of `deadpool` and `bb8` with the
/// features of these names.
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
