//! What is recorded of a request, where telemetry is compiled in.

mod begin;
mod call;
mod error;
mod operation;
mod target;
mod telemetry;

use otelier_core::Run;
pub(crate) use otelier_core::edge::{Layered, layered};

pub(crate) use self::{
    begin::begin,
    call::{begin_call, end_call, inject, inject_call, scope, within},
    operation::end,
    telemetry::Telemetry,
};

pub(crate) type Operation = Run<operation::Operation>;
