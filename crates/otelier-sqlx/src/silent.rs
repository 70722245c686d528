//! What records, where telemetry is compiled out: every way leads straight to sqlx.

pub(crate) use std::convert::identity as raw;

pub(crate) use otelier_core::edge::silent::{
    Silent as Lease, Silent as Started, first_of_two as handle, ignore as cancel, ignore as done,
    ignore_two as end, ignore_two as ends_by, nothing_of as lease, nothing_of as lent,
    nothing_of as on, nothing_of as start_use, nothing_of_two as start,
};
use otelier_core::edge::{Never, silent::Silent};
pub(crate) use sqlx::Pool as Handle;
use sqlx::{Error, pool::PoolConnection};

use crate::driver::Driver;

pub(crate) type Use = Silent<()>;

pub(crate) fn claimed<DB: Driver, T>(call: T) -> T {
    call
}

pub(crate) async fn acquire<DB: Driver>(
    pool: &Handle<DB>,
) -> Result<(PoolConnection<DB>, Lease<DB>), Error> {
    Ok((pool.acquire().await?, Lease::default()))
}

pub(crate) async fn acquire_for<DB: Driver, F>(
    pool: &Handle<DB>,
    _: F,
) -> Result<(PoolConnection<DB>, Lease<DB>, Started<DB>), Error> {
    Ok((pool.acquire().await?, Lease::default(), Started::default()))
}

pub(crate) fn fetch_many<DB, E>(_: impl Sized, on: Never, _: E, _: impl Sized, _: impl Sized) -> ! {
    match on {}
}

pub(crate) use fetch_many as fetch_many_on;
pub(crate) use fetch_many as fetch_optional;
pub(crate) use fetch_many as fetch_optional_on;
