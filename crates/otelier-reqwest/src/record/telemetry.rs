//! What is made once per middleware or layer.

use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use otelier_core::{
    Propagation,
    edge::{
        Edge,
        http_client::{self, Client},
    },
    name_error, scope,
};

use crate::config::Config;

pub(super) type Peers = http_client::Peers<Reqwest>;
pub(super) type Peer = http_client::Peer<Reqwest>;

/// The client that requests are made with.
pub(crate) struct Reqwest;

impl Client for Reqwest {
    fn scope() -> InstrumentationScope {
        scope(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
    }

    fn prepare() {
        name_error::<reqwest::Error>();
        name_error::<reqwest_middleware::Error>();
    }
}

/// What the clones of a middleware or layer have in common.
#[derive(Clone, Debug)]
pub(crate) struct Telemetry(Arc<(Config, Edge<Peers>)>);

/// What is to be done about a request.
#[derive(Clone, Copy)]
pub(crate) enum Way<'a> {
    Records(&'a Config, &'a Peers),
    /// Telemetry is off, but the context of others passes through.
    Passes(&'a Config, &'a Propagation),
}

impl Telemetry {
    pub(crate) fn new(config: Config) -> Self {
        Self(Arc::new((config, Edge::new())))
    }

    /// `None` while telemetry is off or suppressed: the exporter's own requests
    /// are.
    #[inline]
    pub(crate) fn way(&self) -> Option<Way<'_>> {
        let (config, edge) = &*self.0;
        match edge.on(Peers::new) {
            Some(peers) => Some(Way::Records(config, peers)),
            None => Some(Way::Passes(config, edge.passing()?)),
        }
    }
}
