//! The connection.

use std::fmt;

use redis::{Cmd, Pipeline, RedisFuture, Value, aio::ConnectionLike};

use crate::{
    config::Config,
    record::{self, Lease, On, Tracing},
};

/// Wraps a connection so that its commands are recorded, see the [crate] root.
///
/// What is made with a [`Config`] is [`Connection::with_config`].
#[must_use]
pub fn wrap<C>(connection: C) -> Connection<C> {
    Connection::with_config(connection, Config::default())
}

/// A connection whose commands are recorded, see the [crate] root.
///
/// It is cloned as the connection inside. It records to the providers that are current when it is
/// made, or, if there are none, to the process's as soon as these are installed.
///
/// ```
/// use otelier_redis::{Config, Connection};
///
/// # fn example<C: redis::aio::ConnectionLike>(connection: C) {
/// let redis = Connection::with_config(connection, Config::new().with_system_name("valkey"));
/// # let _ = redis;
/// # }
/// ```
///
/// # Cancellation
/// As that of the connection inside; the command is recorded all the same.
///
/// # Cost
/// While telemetry is off a command pays an atomic load and a branch, and no allocation.
pub struct Connection<C> {
    // In this order: it is back in its pool before the time of its use ends.
    inner: C,
    lease: Option<Lease>,
    tracing: Tracing,
}

impl<C> Connection<C> {
    /// Records a connection in a way of its own.
    #[must_use]
    pub fn with_config(connection: C, config: Config) -> Self {
        Self {
            inner: connection,
            lease: None,
            tracing: Tracing::new(config),
        }
    }

    /// One out of a pool.
    pub(crate) fn lent(connection: C, lease: Option<Lease>, tracing: Tracing) -> Self {
        Self {
            inner: connection,
            lease,
            tracing,
        }
    }

    /// The connection inside; what is done with it is not recorded.
    #[must_use]
    pub fn inner(&self) -> &C {
        &self.inner
    }

    /// The connection inside; what is done with it is not recorded.
    #[must_use]
    pub fn inner_mut(&mut self) -> &mut C {
        &mut self.inner
    }

    /// The connection inside; what is done with it is not recorded.
    #[must_use]
    pub fn into_inner(self) -> C {
        record::cancel(self.lease);
        self.inner
    }
}

impl<C: ConnectionLike> ConnectionLike for Connection<C> {
    #[inline]
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        let database = self.inner.get_db();
        let sent = self.inner.req_packed_command(cmd);
        let on: Option<On<'_>> = record::on(&self.tracing, database);
        match on {
            Some(on) => record::command(sent, on, cmd),
            None => sent,
        }
    }

    #[inline]
    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let database = self.inner.get_db();
        let sent = self.inner.req_packed_commands(pipeline, offset, count);
        let on: Option<On<'_>> = record::on(&self.tracing, database);
        match on {
            Some(on) => record::pipeline(sent, on, pipeline),
            None => sent,
        }
    }

    #[inline]
    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}

impl<C> From<C> for Connection<C> {
    fn from(connection: C) -> Self {
        wrap(connection)
    }
}

impl<C: Clone> Clone for Connection<C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            // The pool lent one.
            lease: None,
            tracing: self.tracing.clone(),
        }
    }
}

impl<C: fmt::Debug> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}
