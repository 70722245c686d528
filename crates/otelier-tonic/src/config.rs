//! What the program asks of a layer.

use std::{net::SocketAddr, sync::Arc};

use http::{Extensions, HeaderName, Uri};

type PeerOf = dyn Fn(&Extensions) -> Option<SocketAddr> + Send + Sync;

#[derive(Clone, Default)]
pub(crate) struct Config {
    pub(crate) excluded: Option<Vec<String>>,
    pub(crate) known: Option<Vec<String>>,
    pub(crate) request_metadata: Vec<HeaderName>,
    pub(crate) response_metadata: Vec<HeaderName>,
    /// Of a server.
    pub(crate) peer: Option<Arc<PeerOf>>,
    /// Of a client.
    pub(crate) origin: Uri,
    pub(crate) keeps_context: bool,
}

otelier_core::shown!(Config: excluded, known, origin);
