//! What stands in for `record` where telemetry is compiled out: calls pass
//! through.

pub(crate) use otelier_core::edge::{
    Never as Scope, Unlayered as Layered,
    silent::{
        ignore as waits, ignore_two as broke, ignore_two as ended, ignore_two as failed,
        nothing as client, nothing as server, nothing_of_two as answered,
        nothing_of_two as receive, nothing_of_two as send,
    },
    unlayered as layered,
};

pub(crate) type Telemetry = otelier_core::edge::silent::Silent<crate::config::Config>;

pub(crate) const BODY_ERROR: &str = "";
pub(crate) const SERVICE_ERROR: &str = "";

#[cfg(test)]
mod tests {
    use tower_layer::Layer as _;

    use crate::{ClientLayer, ServerLayer, client_layer, server_layer};

    const _: () = assert!(size_of::<(ServerLayer, ClientLayer)>() == 0);

    #[test]
    fn a_layer_hands_the_service_back() {
        struct Service(u8);
        let Service(served) = server_layer().layer(Service(7));
        let Service(called) = client_layer().layer(Service(8));
        assert_eq!((served, called), (7, 8));
    }
}
