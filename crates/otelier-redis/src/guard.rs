//! What leads to a connection.

use std::ops::DerefMut;

use redis::{Cmd, Pipeline, RedisFuture, Value, aio::ConnectionLike};

/// What leads to a connection, such as what a pool hands out, as a connection itself:
/// `wrap(Guard(pool.get().await?))`.
///
/// ```
/// use otelier_redis::{Guard, wrap};
///
/// # fn example<C: redis::aio::ConnectionLike>(lent: Box<C>) {
/// // What a pool lends derefs to a connection, as a box does.
/// let redis = wrap(Guard(lent));
/// # let _ = redis;
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Guard<G>(pub G);

impl<G> ConnectionLike for Guard<G>
where
    G: DerefMut,
    G::Target: ConnectionLike,
{
    #[inline]
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        (*self.0).req_packed_command(cmd)
    }

    #[inline]
    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        (*self.0).req_packed_commands(pipeline, offset, count)
    }

    #[inline]
    fn get_db(&self) -> i64 {
        (*self.0).get_db()
    }
}
