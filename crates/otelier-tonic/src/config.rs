//! What the program asks of a layer.

use std::{fmt, net::SocketAddr, sync::Arc};

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

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("excluded", &self.excluded)
            .field("known", &self.known)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
