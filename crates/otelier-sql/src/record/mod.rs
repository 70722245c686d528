//! What records.

mod event;
mod filter;
mod listener;
mod statement;
mod telemetry;

pub(crate) use self::listener::layer;
