//! Pools of deadpool.

use std::any::Any;

use deadpool::managed::{Manager, Object, Pool, PoolError};
use redis::aio::ConnectionLike;

use crate::connection_pool::{ConnectionPool, Refusal, Size};

impl<M, W> ConnectionPool for Pool<M, W>
where
    M: Manager<Error: 'static> + 'static,
    W: From<Object<M>> + ConnectionLike + Send + 'static,
{
    type Connection = W;
    type Error = PoolError<M::Error>;

    async fn take(&self) -> Result<W, Self::Error> {
        self.get().await
    }

    fn size(&self) -> Size {
        let status = self.status();
        Size {
            idle: status.available,
            used: status.size.saturating_sub(status.available),
            min: 0,
            limit: status.max_size,
        }
    }

    fn refusal(error: &Self::Error) -> Refusal<'_> {
        match error {
            PoolError::Timeout(_) => Refusal::TimedOut,
            PoolError::Closed => Refusal::Closed,
            PoolError::Backend(error) => {
                let error = (error as &dyn Any).downcast_ref();
                error.map_or(Refusal::Other, Refusal::Failed)
            }
            PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => Refusal::Other,
        }
    }
}
