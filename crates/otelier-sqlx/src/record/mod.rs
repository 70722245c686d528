//! What records.

mod begin;
mod claim;
mod error;
mod execute;
mod instruments;
mod labels;
mod lease;
mod operation;
mod pool;
mod query;
mod rows;
mod statement;
mod telemetry;
mod usage;
mod wait;

pub(crate) use self::{
    begin::{Started, done, end, start},
    claim::claimed,
    execute::{fetch_many, fetch_many_on, fetch_optional, fetch_optional_on},
    lease::{Lease, cancel, ends_by, lease, lent},
    pool::{Handle, handle, on, raw},
    usage::{Use, start_use},
    wait::{acquire, acquire_for},
};
