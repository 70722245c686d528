//! What is recorded of a request, where telemetry is compiled in.

mod begin;
mod call;
mod end;
mod error;
mod target;
mod telemetry;

pub(crate) use opentelemetry::Context as Scope;
pub(crate) use otelier_core::edge::{Layered, layered};

pub(crate) use self::{
    begin::begin,
    call::{begin_call, inject, scope},
    end::{answered, end, failed},
    telemetry::{Operation, Telemetry},
};
