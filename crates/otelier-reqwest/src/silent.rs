//! What stands in for `record` where telemetry is compiled out: requests pass
//! through.

pub(crate) use otelier_core::edge::{
    Never as Attempt, Never as Call, Unlayered as Layered,
    silent::{
        first_of_two as read, ignore_two as count, ignore_two as end_call,
        nothing_of_three as begin, nothing_of_three as begin_call, nothing_of_two as end,
    },
    unlayered as layered,
};

pub(crate) type Telemetry = otelier_core::edge::silent::Silent<crate::Config>;

/// No client needs a middleware.
pub(crate) const RECORDS: bool = false;

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
