//! What the clones of a layer have in common.

use std::sync::Arc;

use otelier_core::edge::{Edge, grpc};

use super::calls::{Calls, Side};
use crate::config::Config;

#[derive(Clone, Debug)]
pub(crate) struct Telemetry(Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    side: Side,
    pub(super) config: Config,
    pub(super) edge: Edge<Arc<Calls>>,
    /// Has servers of HTTP leave calls to this layer.
    _marks: Option<grpc::Layer>,
}

pub(crate) fn server() -> Telemetry {
    Telemetry::new(Side::Server, Config::default(), Edge::new())
}

pub(crate) fn client() -> Telemetry {
    Telemetry::new(Side::Client, Config::default(), Edge::new())
}

impl Telemetry {
    fn new(side: Side, config: Config, edge: Edge<Arc<Calls>>) -> Self {
        Self(Arc::new(Inner {
            side,
            config,
            edge,
            _marks: (side == Side::Server).then(grpc::Layer::new),
        }))
    }

    /// What clones share, they go on sharing: this one has another configuration.
    pub(crate) fn edit(self, edit: impl FnOnce(&mut Config)) -> Self {
        let mut config = self.0.config.clone();
        edit(&mut config);
        Self::new(self.0.side, config, self.0.edge.anew())
    }

    /// `None` where there is nothing to do.
    #[inline]
    pub(super) fn inner(&self) -> Option<&Inner> {
        (!self.0.edge.is_idle()).then_some(&*self.0)
    }
}

impl Inner {
    /// What records, while telemetry is on and not suppressed.
    pub(super) fn calls(&self, current: &opentelemetry::Context) -> Option<&Arc<Calls>> {
        let make = |providers: &_| Arc::new(Calls::new(self.side, &self.config, providers));
        self.edge.on_in(current, make)
    }
}
