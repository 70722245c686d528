//! Requests pass through.

use std::fmt::{Debug, Display};

use http::{HeaderMap, Method, StatusCode, Uri};
use otelier_core::edge::Never;
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::Config;

pub(crate) type Aim = Never;
pub(crate) type Exchange = Never;
pub(crate) type Reading = Never;

pub(crate) const MAX_REQUEST: usize = 0;

#[derive(Clone, Debug)]
pub(crate) struct Telemetry;

impl Telemetry {
    #[inline]
    pub(crate) fn new(_: Config) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn target(&self, _: &Method, _: &Uri, _: &HeaderMap) -> Option<Aim> {
        None
    }
}

#[inline]
pub(crate) fn begin_exchange(_: &Telemetry, aim: Aim, _: &[u8]) -> Option<Exchange> {
    match aim {}
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
