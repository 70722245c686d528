//! The start of a request.

use http::Request;
use otelier_core::edge::http_client::{Asked, pass};

use super::{
    target::Target,
    telemetry::{IsSecure, Operation, Peers, Way},
};
use crate::config::Config;

/// Starts the record of a request, if there is to be one, and sends a context
/// along.
pub(crate) fn begin<B>(way: Way<'_>, request: &mut Request<B>) -> Option<Operation> {
    let (Way::Records(config, _) | Way::Passes(config, _)) = way;
    let target = Target::new(request.uri(), &config.origin);
    let host = target.host();
    let asked = target.asked(&host, request.method(), request.extensions());
    match way {
        Way::Records(config, peers) => {
            let is_refused = asked.is_refused();
            let run = start(peers, config, asked, &target);
            let operation = run.record();
            if operation.peer.propagates && !is_refused {
                operation.inject(request.headers_mut());
            }
            Some(run)
        }
        Way::Passes(config, propagation) => {
            if asked.passes(&config.propagation) {
                pass(propagation, request.headers_mut());
            }
            None
        }
    }
}

pub(super) fn start(
    peers: &Peers,
    config: &Config,
    asked: Asked<'_>,
    target: &Target<'_>,
) -> Operation {
    let more = IsSecure(target.is_secure());
    peers.begin(asked, &config.propagation, more, || target.url(), |_| {})
}
