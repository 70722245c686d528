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

pub(crate) use self::{
    tracing::Tracing,
    watched::{Lease, Watched},
};
