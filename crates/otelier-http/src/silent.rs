//! What stands in for `record` where telemetry is compiled out: requests pass
//! through.

use std::error::Error;

use http::{HeaderMap, Request};
use otelier_core::edge::{Never, Silent};
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

pub(crate) type Telemetry = Silent<crate::Config>;
pub(crate) type Operation = Never;

pub(crate) fn begin<B>(way: Never, _: &mut Request<B>) -> Option<Never> {
    match way {}
}

pub(crate) fn begin_call(_: &str, _: &str) -> Option<Never> {
    None
}

pub(crate) fn scope(operation: &Never) -> Never {
    *operation
}

pub(crate) fn inject(_: Option<&Never>, _: &mut HeaderMap) {}

pub(crate) fn end<A>(_: Option<Never>, _: &A) {}

pub(crate) fn end_call(_: Option<Never>, _: Result<u16, &(dyn Error + 'static)>) {}

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
