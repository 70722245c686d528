//! What is recorded of a request, where telemetry is compiled in.

mod begin;
mod body;
mod call;
mod end;
mod error;
mod telemetry;

pub(crate) use otelier_core::edge::{Layered, layered};
use otelier_core::{Run, edge::http_client};

use self::telemetry::Reqwest;
pub(crate) use self::{
    begin::begin,
    call::{Call, begin_call, end_call},
    end::{count, end, read},
};

pub(crate) type Telemetry = http_client::Telemetry<Reqwest>;
pub(crate) type Way<'a> = http_client::Way<'a, Reqwest>;
pub(crate) type Operation = http_client::Operation<Reqwest>;
pub(crate) type Attempt = Run<Operation>;

// It moves with every poll: a line of the cache more would cost a call of
// `memcpy` each time.
const _: () = assert!(size_of::<Attempt>() <= 128);

/// A client needs a middleware.
pub(crate) const RECORDS: bool = true;
