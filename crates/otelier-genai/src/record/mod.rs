//! What is recorded, where telemetry is compiled in.

mod begin;
mod calls;
mod content;
mod error;
#[cfg(feature = "http")]
mod exchange;
mod labels;
#[cfg(feature = "rmcp")]
pub(crate) mod mcp;
mod names;
mod operation;
mod pace;
mod prices;
#[cfg(feature = "http")]
mod read;
mod running;
mod telemetry;

#[cfg(feature = "http")]
pub(crate) use self::exchange::{
    Exchange, Reading, Telemetry, answered, begin_exchange, failed, feed, over,
};
pub(crate) use self::{
    begin::{begin, capture, is_on},
    calls::{Within, converse},
    prices::prices,
    running::{
        Running, Streaming, answer, broke, chunk, end, ended, keep_open, received, result, tell,
        text,
    },
};
#[cfg(feature = "http")]
pub(crate) use otelier_core::edge::{Layered, layered};
