//! What stands in for `record` where telemetry is compiled out: jobs run as they
//! are, and a context is empty.

#[cfg(feature = "tokio")]
pub(crate) use otelier_core::edge::silent::nothing as carried;
pub(crate) use otelier_core::edge::{
    Never as Around, Never as SentRun,
    silent::{
        ignore as beat, ignore as join_attempts, ignore_two as batch, ignore_two as count,
        ignore_two as end, ignore_two as enqueued_by, ignore_two as first_attempt,
        ignore_two as measure, ignore_two as sent, ignore_two as sent_as,
        ignore_two as sent_at_once, ignore_two as sent_by, nothing as current, nothing as from_env,
        nothing as is_on, nothing as quiet, nothing_of as all, nothing_of as around,
        nothing_of as claim, nothing_of as from_carrier, nothing_of as begin_sending,
        nothing_of as from_json, nothing_of as sending, nothing_of_two as ask,
        nothing_of_two as run,
    },
};
use otelier_core::edge::{Never, Unlayered, silent::Silent};
#[cfg(feature = "apalis")]
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::{facts::Facts, failure::Ending};

pub(crate) type Claim = Silent<Facts>;
pub(crate) type Fields = Silent<()>;
pub(crate) type Asked = Silent<()>;
pub(crate) type Sending = Silent<()>;
pub(crate) type Scope<J> = Unlayered<Never, J>;

pub(crate) fn by_result<T, E>(_: &Result<T, E>) -> Option<Ending> {
    None
}

#[cfg(test)]
#[path = "silent/tests.rs"]
mod tests;
