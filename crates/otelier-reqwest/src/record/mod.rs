//! What is recorded of a request, where telemetry is compiled in.

mod begin;
mod body;
mod call;
mod end;
mod error;
mod telemetry;

pub(crate) use otelier_core::edge::{Layered, layered};

pub(crate) use self::{
    begin::begin,
    call::{Call, begin_call, end_call},
    end::{count, end, read},
    telemetry::{Attempt, Telemetry},
};

/// A client needs a middleware.
pub(crate) const RECORDS: bool = true;
