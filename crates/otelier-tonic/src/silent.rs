//! What stands in for `record` where telemetry is compiled out: calls pass
//! through.

use std::error::Error;

use http::{HeaderMap, Request, Response};
use otelier_core::edge::Never;
pub(crate) use otelier_core::edge::{Unlayered as Layered, unlayered as layered};

use crate::config::Config;

pub(crate) type Scope = Never;

pub(crate) const BODY_ERROR: &str = "";
pub(crate) const SERVICE_ERROR: &str = "";

#[derive(Clone, Debug)]
pub(crate) struct Telemetry;

impl Telemetry {
    pub(crate) fn server() -> Self {
        Self
    }

    pub(crate) fn client() -> Self {
        Self
    }

    pub(crate) fn edit(self, _: impl FnOnce(&mut Config)) -> Self {
        self
    }

    pub(crate) fn receive<B>(&self, _: &mut Request<B>) -> Option<Box<Scope>> {
        None
    }

    pub(crate) fn send<B>(&self, _: &mut Request<B>) -> Option<Box<Scope>> {
        None
    }
}

pub(crate) fn waits(_: Option<&mut Box<Scope>>) {}

pub(crate) fn answered<B>(_: Option<Box<Scope>>, _: &Response<B>) -> Option<Box<Scope>> {
    None
}

pub(crate) fn ended(_: Option<Box<Scope>>, _: Option<&HeaderMap>) {}

pub(crate) fn failed(_: Option<Box<Scope>>, _: &(dyn Error + 'static)) {}

pub(crate) fn broke(_: Option<Box<Scope>>, _: &'static str) {}

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
