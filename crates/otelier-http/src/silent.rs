//! What stands in for `record` where telemetry is compiled out: requests pass
//! through.

pub(crate) use otelier_core::edge::{
    Never as Operation, Never as Scope, Unlayered as Layered,
    silent::{
        ignore_two as answered, ignore_two as end, ignore_two as failed, ignore_two as inject,
        nothing_of as scope, nothing_of_two as begin, nothing_of_two as begin_call,
    },
    unlayered as layered,
};

pub(crate) type Telemetry = otelier_core::edge::silent::Silent<crate::Config>;

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
