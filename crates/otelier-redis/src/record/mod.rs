//! What is recorded, and how.

mod begin;
mod command;
mod error;
mod operation;
mod reply;
mod series;
mod shape;
mod telemetry;
mod text;
mod tracing;
mod watched;

pub(crate) type On<'a> = &'a telemetry::Telemetry;

pub(crate) use self::{
    tracing::{Tracing, command, on, pipeline},
    watched::{Lease, Wait, Watched, cancel, lent, wait, watch},
};
