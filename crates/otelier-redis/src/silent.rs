//! What stands in for `record` where telemetry is compiled out: nothing.

use std::marker::PhantomData;

use redis::{Cmd, Pipeline, RedisFuture, Value};

use crate::{
    config::Config,
    connection_pool::{ConnectionPool, Refusal},
};

#[derive(Clone)]
pub(crate) struct Tracing;

impl Tracing {
    #[inline]
    pub(crate) fn new(_: Config) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn command<'a>(
        &self,
        _: i64,
        _: &Cmd,
        sent: RedisFuture<'a, Value>,
    ) -> RedisFuture<'a, Value> {
        sent
    }

    #[inline]
    pub(crate) fn pipeline<'a>(
        &self,
        _: i64,
        _: &Pipeline,
        sent: RedisFuture<'a, Vec<Value>>,
    ) -> RedisFuture<'a, Vec<Value>> {
        sent
    }
}

pub(crate) struct Lease;

impl Lease {
    #[inline]
    pub(crate) fn none() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn cancel(self) {}
}

pub(crate) struct Watched<P>(PhantomData<fn() -> P>);

impl<P: ConnectionPool> Watched<P> {
    #[inline]
    pub(crate) fn new(_: &P, _: &Config) -> Self {
        Self(PhantomData)
    }

    #[inline]
    pub(crate) fn wait(&self) -> Wait {
        Wait
    }
}

impl<P> Clone for Watched<P> {
    #[inline]
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

pub(crate) struct Wait;

impl Wait {
    #[inline]
    pub(crate) fn end<C>(self, _: Result<&C, Refusal<'_>>) -> Lease {
        Lease
    }
}

#[cfg(test)]
mod tests {
    use crate::{Connection, wrap};

    #[test]
    fn what_is_wrapped_is_no_larger() {
        assert_eq!(size_of::<Connection<u64>>(), size_of::<u64>());
        assert_eq!(wrap(7_u64).into_inner(), 7);
    }
}
