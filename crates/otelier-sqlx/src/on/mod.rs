//! What a pool does while the feature is on.

mod acquire;
mod cache;
mod call;
mod connection;
mod executor;
mod failure;
mod lent;
mod pool;
mod pools;
mod query;
mod rows;
mod shared;
mod statement;
mod telemetry;
mod transaction;

pub use self::{
    connection::{Connection, PoolConnection},
    executor::WithParameters,
    pool::Pool,
    transaction::Transaction,
};
