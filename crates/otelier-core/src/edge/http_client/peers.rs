//! The hosts that a client, a middleware or a layer knows.

use std::sync::{Arc, PoisonError, RwLock};

use http::Method;

use super::{
    hosts::Hosts,
    instruments::{Client, Recorder},
    peer::Peer,
};
use crate::{Methods, Providers};

/// Where a service talks to more hosts than these, it starts to forget them.
const MAX_PEERS: usize = 64;

/// The hosts that requests go to.
///
/// See the [example of the module](crate::edge::http_client).
pub struct Peers<C> {
    /// What starts spans.
    pub recorder: Arc<Recorder<C>>,
    /// Which methods may be labels.
    pub methods: Methods,
    known: RwLock<Vec<Arc<Peer<C>>>>,
}

impl<C: Client> Peers<C> {
    /// None is known yet.
    #[must_use]
    pub fn new(providers: &Providers) -> Self {
        Self {
            recorder: Recorder::of(providers),
            methods: Methods::new(providers.conventions().known_methods.as_deref()),
            known: RwLock::default(),
        }
    }

    /// The place of a method among the known ones, behind them if it is unknown.
    #[must_use]
    pub fn place(&self, method: &Method) -> u16 {
        let place = self.methods.position(method);
        let place = place.unwrap_or_else(|| self.methods.count());
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    /// Whether a place is that of the unknown methods.
    #[must_use]
    pub fn is_unknown(&self, place: u16) -> bool {
        usize::from(place) == self.methods.count()
    }

    /// Whom a request is for, with all that was ever worked out about it.
    /// `hosts` must be the same at each call.
    #[must_use]
    pub fn peer(&self, host: &str, port: Option<u16>, hosts: &Hosts) -> Arc<Peer<C>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = known.iter().find(|peer| peer.is(host, port)) {
            return Arc::clone(peer);
        }
        drop(known);
        let recorder = Arc::clone(&self.recorder);
        let peer = Peer::new(host, port, hosts, recorder, self.methods.count());
        let peer = Arc::new(peer);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PEERS {
            known.clear();
        }
        known.push(Arc::clone(&peer));
        peer
    }
}

crate::shown!([C] Peers<C>: recorder);
