//! What stands in for `record` where telemetry is compiled out: jobs run as they
//! are, and a context is empty.

use std::fmt::Display;

use otelier_core::edge::{Never, Unlayered};
#[cfg(feature = "apalis")]
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::{carrier::Carrier, facts::Facts, failure::Ending, quantity::Quantity};

pub(crate) type Scope<J> = Unlayered<Never, J>;

#[derive(Clone, Debug)]
pub(crate) struct Claim;

impl Claim {
    #[inline]
    pub(crate) fn new(_: &str) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn facts(&mut self) -> Option<&mut Facts> {
        None
    }

    pub(crate) fn enqueued_by(&mut self, _: &Fields) {}
    pub(crate) fn batch<'a>(&mut self, _: impl Iterator<Item = &'a Fields>) {}
    pub(crate) fn first_attempt(&mut self, _: &Fields) {}
    pub(crate) fn join_attempts(&mut self) {}
}

#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields;

impl Fields {
    #[inline]
    pub(crate) fn current() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn from_env() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn from_carrier(_: &Carrier) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn around(&self) -> Option<Never> {
        None
    }

    #[inline]
    pub(crate) fn all(&self) -> [&str; 3] {
        [""; 3]
    }
}

#[derive(Debug)]
pub(crate) struct Sending;

impl Sending {
    pub(crate) fn new(_: &str) -> Self {
        Self
    }

    pub(crate) fn system(&mut self, _: &str) {}
    pub(crate) fn id(&mut self, _: &dyn Display) {}
    pub(crate) fn batch(&mut self, _: u32) {}

    #[inline]
    pub(crate) fn begin(self) -> Option<Never> {
        None
    }
}

#[inline]
pub(crate) fn sent<T, E>(_: Option<Never>, _: &Result<T, E>) {}

#[inline]
pub(crate) fn from_json<T: Default>(_: &str) -> T {
    T::default()
}

#[inline]
pub(crate) fn run<J>(_: Claim, _: J) -> Option<Never> {
    None
}

pub(crate) fn beat(_: &mut Never) {}

pub(crate) fn end<T>(_: &mut Never, _: &T) {}

pub(crate) fn by_result<T, E>(_: &Result<T, E>) -> Option<Ending> {
    None
}

pub(crate) fn count(_: impl Into<Quantity>, _: u64) {}

pub(crate) fn measure(_: impl Into<Quantity>, _: f64) {}

#[inline]
pub(crate) fn carried() -> Option<Never> {
    None
}

pub(crate) use carried as quiet;

#[derive(Debug)]
pub(crate) struct Asked;

pub(crate) fn ask(_: &str, _: impl Fn() -> Option<i64> + Send + Sync + 'static) -> Asked {
    Asked
}

#[inline]
pub(crate) fn is_on() -> bool {
    false
}

#[cfg(test)]
#[path = "silent/tests.rs"]
mod tests;
