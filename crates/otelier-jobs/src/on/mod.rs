//! What the crate does while the feature is on.

#[cfg(feature = "apalis")]
pub mod apalis;
mod attempts;
mod begin;
mod claim;
mod context;
mod current;
mod depth;
mod future;
mod heartbeat;
mod job;
mod seen;
mod series;
#[cfg(feature = "tokio")]
mod tasks;
mod telemetry;

#[cfg(feature = "tokio")]
pub use self::tasks::{JoinSetExt, spawn, spawn_blocking};
pub use self::{
    attempts::Attempts,
    context::Context,
    current::{count, measure, unrecorded},
    depth::{QueueDepth, queue_depth, watch_queue_depth},
    job::Job,
};
