//! What records, where telemetry is compiled out: every way leads straight to sqlx.
#![expect(
    clippy::needless_pass_by_value,
    reason = "what records keeps what it is given"
)]

use std::marker::PhantomData;

use futures_core::{future::BoxFuture, stream::BoxStream};
use sqlx::{Error, Execute, SqlStr, pool::PoolConnection};

use crate::{
    config::Config,
    driver::{
        Driver,
        sealed::{Parameters, Rows, Step},
    },
};

pub(crate) type Handle<DB> = sqlx::Pool<DB>;
pub(crate) struct Lease<DB>(PhantomData<fn() -> DB>);
pub(crate) struct Started;
pub(crate) struct Use;

pub(crate) fn handle<DB: Driver>(pool: sqlx::Pool<DB>, _: Config) -> Handle<DB> {
    pool
}

pub(crate) fn raw<DB: Driver>(pool: &Handle<DB>) -> &sqlx::Pool<DB> {
    pool
}

pub(crate) fn lease<DB: Driver>(_: &Handle<DB>) -> Lease<DB> {
    Lease(PhantomData)
}

pub(crate) async fn acquire<DB: Driver>(
    pool: &Handle<DB>,
) -> Result<(PoolConnection<DB>, Lease<DB>), Error> {
    Ok((pool.acquire().await?, lease(pool)))
}

pub(crate) async fn acquire_for<DB: Driver>(
    pool: &Handle<DB>,
    _: impl FnOnce() -> SqlStr,
) -> Result<(PoolConnection<DB>, Lease<DB>, Started), Error> {
    Ok((pool.acquire().await?, lease(pool), Started))
}

pub(crate) fn start<DB: Driver>(_: &Lease<DB>, _: impl FnOnce() -> Option<SqlStr>) -> Started {
    Started
}

pub(crate) fn start_use<DB: Driver>(_: &Lease<DB>) -> Use {
    Use
}

#[expect(
    clippy::extra_unused_type_parameters,
    reason = "what records asks the driver"
)]
pub(crate) fn claimed<DB: Driver, T>(call: T) -> T {
    call
}

impl<DB> Lease<DB> {
    pub(crate) fn ends_by(&self, _: &'static str) {}
    pub(crate) fn cancel(self) {}
}

impl Started {
    pub(crate) fn end<DB, T>(self, _: &Result<T, Error>) {}
    pub(crate) fn done(self) {}
}

pub(crate) fn fetch_many_on<'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    pool: Handle<DB>,
    query: E,
    _: Rows,
    _: Parameters,
) -> BoxStream<'e, Step<DB>> {
    DB::fetch_many_on(&pool, query)
}

pub(crate) fn fetch_many<'e, 'c: 'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    connection: &'c mut DB::Connection,
    _: &Lease<DB>,
    query: E,
    _: Rows,
    _: Parameters,
) -> BoxStream<'e, Step<DB>> {
    DB::fetch_many(connection, query)
}

pub(crate) fn fetch_optional_on<'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    pool: Handle<DB>,
    query: E,
    _: Parameters,
) -> BoxFuture<'e, Result<Option<DB::Row>, Error>> {
    DB::fetch_optional_on(&pool, query)
}

pub(crate) fn fetch_optional<'e, 'c: 'e, 'q: 'e, DB: Driver, E: 'q + Execute<'q, DB>>(
    connection: &'c mut DB::Connection,
    _: &Lease<DB>,
    query: E,
    _: Parameters,
) -> BoxFuture<'e, Result<Option<DB::Row>, Error>> {
    DB::fetch_optional(connection, query)
}
