//! What is made once per middleware or layer: the hosts that it knows.

use std::{
    fmt,
    sync::{Arc, PoisonError, RwLock},
};

use http::Method;
use otelier_core::{Methods, Propagation, Providers, edge::Edge};
use reqwest::Url;

use super::{instruments::Recorder, peer::Peer};
use crate::config::Config;

/// Where a service talks to more hosts than these, it starts to forget them.
const MAX_PEERS: usize = 64;

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

/// The hosts that requests go to.
pub(crate) struct Peers {
    pub(super) recorder: Arc<Recorder>,
    pub(super) methods: Methods,
    known: RwLock<Vec<Arc<Peer>>>,
}

impl Peers {
    fn new(providers: &Providers) -> Self {
        Self {
            recorder: Recorder::of(providers),
            methods: Methods::new(providers.conventions().known_methods.as_deref()),
            known: RwLock::default(),
        }
    }

    /// The place of a method among the known ones, behind them if it is unknown.
    pub(super) fn place(&self, method: &Method) -> u16 {
        let place = self.methods.position(method);
        let place = place.unwrap_or_else(|| self.methods.count());
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    pub(super) fn is_unknown(&self, place: u16) -> bool {
        usize::from(place) == self.methods.count()
    }

    /// Whom a request is for, with all that was ever worked out about it.
    pub(super) fn peer(&self, url: &Url, config: &Config) -> Arc<Peer> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default();
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = known.iter().find(|peer| peer.is(host, port)) {
            return Arc::clone(peer);
        }
        drop(known);
        let recorder = Arc::clone(&self.recorder);
        let peer = Peer::new(host, port, config, recorder, self.methods.count());
        let peer = Arc::new(peer);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PEERS {
            known.clear();
        }
        known.push(Arc::clone(&peer));
        peer
    }
}

impl fmt::Debug for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peers")
            .field("recorder", &self.recorder)
            .finish_non_exhaustive()
    }
}
