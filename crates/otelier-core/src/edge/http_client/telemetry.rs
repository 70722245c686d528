//! What is made once per client, middleware or layer.

use std::{fmt, sync::Arc};

use super::{Client, Peers};
use crate::{Propagation, edge::Edge};

/// What the clones of a client, a middleware or a layer have in common.
///
/// See the [example of the module](crate::edge::http_client).
pub struct Telemetry<C: Client>(Arc<(C::Config, Edge<Peers<C>>)>);

/// What is to be done about a request.
///
/// See the [example of the module](crate::edge::http_client).
pub enum Way<'a, C: Client> {
    /// It is recorded.
    Records(&'a C::Config, &'a Peers<C>),
    /// Telemetry is off, but the context of others passes through.
    Passes(&'a C::Config, &'a Propagation),
}

// Derived, they would ask the same of the client.
impl<C: Client> Clone for Way<'_, C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: Client> Copy for Way<'_, C> {}

impl<C: Client> Telemetry<C> {
    /// Records to what is current.
    #[must_use]
    pub fn new(config: C::Config) -> Self {
        Self(Arc::new((config, Edge::new())))
    }

    /// `None` while telemetry is off or suppressed: the exporter's own requests
    /// are.
    #[inline]
    #[must_use]
    pub fn way(&self) -> Option<Way<'_, C>> {
        let (config, edge) = &*self.0;
        match edge.on(Peers::new) {
            Some(peers) => Some(Way::Records(config, peers)),
            None => Some(Way::Passes(config, edge.passing()?)),
        }
    }
}

impl<C: Client<Config: Default>> Default for Telemetry<C> {
    fn default() -> Self {
        Self::new(C::Config::default())
    }
}

impl<C: Client> Clone for Telemetry<C> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<C: Client<Config: fmt::Debug>> fmt::Debug for Telemetry<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Telemetry").field(&self.0).finish()
    }
}

impl<C: Client> fmt::Debug for Way<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Records(..) => "Records",
            Self::Passes(..) => "Passes",
        })
    }
}
