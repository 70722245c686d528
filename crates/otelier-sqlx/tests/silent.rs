//! What there is of a pool where telemetry is compiled out.
#![cfg(all(feature = "sqlite", not(feature = "otel")))]

use otelier_sqlx::{Pool, PoolConnection};
use sqlx::Sqlite;

#[test]
fn a_pool_and_its_connections_are_those_of_sqlx_and_nothing_else() {
    assert_eq!(size_of::<Pool<Sqlite>>(), size_of::<sqlx::Pool<Sqlite>>());
    let raw = size_of::<sqlx::pool::PoolConnection<Sqlite>>();
    assert_eq!(size_of::<PoolConnection<Sqlite>>(), raw);
}
