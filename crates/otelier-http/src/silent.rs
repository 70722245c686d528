//! What stands in for `record` where telemetry is compiled out: requests pass
//! through.

use std::error::Error;

use http::{HeaderMap, Request, Response};
use otelier_core::edge::Never;
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::Config;

pub(crate) type Operation = Never;

#[derive(Clone, Debug)]
pub(crate) struct Telemetry;

impl Telemetry {
    #[inline]
    pub(crate) fn new(_: Config) -> Self {
        Self
    }

    #[inline]
    pub(crate) fn way(&self) -> Option<Never> {
        None
    }
}

pub(crate) fn begin<B>(way: Never, _: &mut Request<B>) -> Option<Never> {
    match way {}
}

#[inline]
pub(crate) fn end<A, E>(_: Option<Never>, _: &Result<Response<A>, E>) {}

#[inline]
pub(crate) fn begin_call(_: &str, _: &str) -> Option<Never> {
    None
}

pub(crate) fn inject_call(operation: &Never, _: &mut HeaderMap) {
    match *operation {}
}

pub(crate) fn scope(operation: &Never) -> Never {
    *operation
}

pub(crate) fn within<T>(operation: &Never, _: impl FnOnce() -> T) -> T {
    match *operation {}
}

pub(crate) fn end_call(operation: Never, _: Result<u16, &(dyn Error + 'static)>) {
    match operation {}
}

#[inline]
pub(crate) fn inject(_: &mut HeaderMap) {}

#[cfg(test)]
mod tests {
    use tower_layer::Layer as _;

    use crate::{Call, TraceLayer};

    const _: () = assert!(size_of::<(Call, TraceLayer)>() == 0);

    #[test]
    fn a_layer_hands_the_service_back() {
        struct Service(u8);
        let Service(same) = TraceLayer::new().layer(Service(7));
        assert_eq!(same, 7);
    }
}
