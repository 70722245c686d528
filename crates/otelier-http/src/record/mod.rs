//! What is recorded of a request, where telemetry is compiled in.

mod begin;
mod call;
mod end;
mod error;
mod target;
mod telemetry;

pub(crate) use opentelemetry::Context as Scope;
pub(crate) use otelier_core::edge::{Layered, layered};
use otelier_core::{Run, edge::http_client};

use self::telemetry::Http;
pub(crate) use self::{
    begin::begin,
    call::{begin_call, inject, scope},
    end::{answered, end, failed},
};

pub(crate) type Telemetry = http_client::Telemetry<Http>;
pub(crate) type Way<'a> = http_client::Way<'a, Http>;
pub(crate) type Peers = http_client::Peers<Http>;
pub(crate) type Record = http_client::Operation<Http>;
pub(crate) type Operation = Run<Record>;

const _: () = assert!(size_of::<Operation>() <= 128);
