//! Pools of bb8.

use std::any::Any;

use bb8::{ManageConnection, Pool, PooledConnection, RunError};
use redis::aio::ConnectionLike;

use crate::{
    connection_pool::{ConnectionPool, Refusal, Size},
    guard::Guard,
};

impl<M> ConnectionPool for Pool<M>
where
    M: ManageConnection<Connection: ConnectionLike>,
{
    type Connection = Guard<PooledConnection<'static, M>>;
    type Error = RunError<M::Error>;

    async fn take(&self) -> Result<Self::Connection, Self::Error> {
        self.get_owned().await.map(Guard)
    }

    fn size(&self) -> Size {
        let (state, config) = (self.state(), self.config());
        let many = |connections: u32| usize::try_from(connections).unwrap_or(usize::MAX);
        Size {
            idle: many(state.idle_connections),
            used: many(state.connections.saturating_sub(state.idle_connections)),
            min: many(config.min_idle.unwrap_or_default()),
            limit: many(config.max_size),
        }
    }

    fn refusal(error: &Self::Error) -> Refusal<'_> {
        match error {
            RunError::TimedOut => Refusal::TimedOut,
            RunError::User(error) => {
                let error = (error as &dyn Any).downcast_ref();
                error.map_or(Refusal::Other, Refusal::Failed)
            }
        }
    }
}
