//! What stands in for `record` where telemetry is compiled out: requests pass
//! through.

use http::Extensions;
use otelier_core::edge::{Never, Silent};
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};
use reqwest::{Request, Response};

pub(crate) type Telemetry = Silent<crate::Config>;
pub(crate) type Attempt = Never;

/// No client needs a middleware.
pub(crate) const RECORDS: bool = false;

pub(crate) fn begin(way: Never, _: &mut Request, _: Option<&Extensions>) -> Option<Never> {
    match way {}
}

pub(crate) fn count<E>(_: &Result<Response, E>, _: &mut Extensions) {}

pub(crate) fn end<E>(_: &mut Option<Never>, _: &Result<Response, E>) -> bool {
    false
}

pub(crate) fn read<A>(_: &mut Option<Never>, answer: A) -> A {
    answer
}

pub(crate) fn begin_call(way: Never, _: &Request, _: &Extensions) -> Option<Never> {
    match way {}
}

pub(crate) fn end_call<E>(_: Option<Never>, _: &Result<Response, E>) {}

#[cfg(test)]
mod tests {
    use tower_layer::Layer as _;

    use crate::{CallMiddleware, TraceLayer, TraceMiddleware};

    const _: () = assert!(size_of::<(CallMiddleware, TraceLayer, TraceMiddleware)>() == 0);

    #[test]
    fn a_layer_hands_the_service_back() {
        struct Service(u8);
        let Service(same) = TraceLayer::new().layer(Service(7));
        assert_eq!(same, 7);
    }
}
