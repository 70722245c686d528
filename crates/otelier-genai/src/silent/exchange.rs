//! Requests pass through.

use std::fmt::{Debug, Display};

use http::{HeaderMap, Method, StatusCode, Uri};
use otelier_core::edge::Never;
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::Config;

pub(crate) type Target = Never;
pub(crate) type Exchange = Never;
pub(crate) type Reading = Never;

#[derive(Clone, Debug, Default)]
pub(crate) struct Telemetry;

impl Telemetry {
    #[inline]
    pub(crate) fn new(_: Config) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn target(&self, _: &Method, _: &Uri, _: &HeaderMap) -> Option<Target> {
        None
    }
}

#[inline]
pub(crate) fn begin_exchange(
    _: &Telemetry,
    target: Target,
    _: &[impl AsRef<[u8]>],
) -> Option<Exchange> {
    match target {}
}

#[inline]
pub(crate) fn answered(_: Option<Exchange>, _: StatusCode, _: &HeaderMap) -> Option<Reading> {
    None
}

pub(crate) fn feed(reading: &mut Reading, _: &[u8]) {
    match *reading {}
}

#[inline]
pub(crate) fn over<E: Display + Debug + 'static>(_: Option<Reading>, _: Result<(), &E>) {}

#[inline]
pub(crate) fn failed<E: Display + Debug + 'static>(_: Option<Exchange>, _: &E) {}
