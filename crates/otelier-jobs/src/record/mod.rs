//! What is recorded of jobs, where telemetry is compiled in.

mod begin;
mod claim;
mod current;
mod depth;
mod error;
mod fields;
mod heartbeat;
mod instruments;
mod operation;
mod running;
mod sending;
mod series;
mod telemetry;
#[cfg(test)]
mod tests;

#[cfg(feature = "apalis")]
pub(crate) use otelier_core::edge::{Layered, layered};

#[cfg(feature = "tokio")]
pub(crate) use self::current::carried;
pub(crate) use self::{
    claim::{Claim, batch, claim, enqueued_by, first_attempt, join_attempts},
    current::{count, measure, quiet},
    depth::{Asked, ask, is_on},
    error::by_result,
    fields::{Fields, all, around, current, from_carrier, from_env, from_json},
    running::{Scope, beat, end, run},
    sending::{Sending, SentRun, begin_sending, sending, sent, sent_as, sent_at_once, sent_by},
};
pub(crate) use opentelemetry::Context as Around;
