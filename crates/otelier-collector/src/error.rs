//! Why a collector cannot start.

use crate::Transport;
use std::{fmt, io, net::SocketAddr, path::PathBuf};

/// Why a collector cannot start.
///
/// See the example of [`Collector`](crate::Collector).
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Another program has the port. Choose another, or 0 for any that is free.
    PortInUse {
        /// Which of the two listeners.
        transport: Transport,
        /// The address asked for.
        address: SocketAddr,
    },
    /// The address cannot be listened on. Check the host and the rights of the process.
    Listen {
        /// Which of the two listeners.
        transport: Transport,
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// A file to read or to append to cannot be opened. Check the path.
    File {
        /// The path as given.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A host or an origin to allow is none. Give a bare name, or `http://host:port`.
    Allow {
        /// What was given.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The URL to forward to cannot be used. Give `http://host:port`.
    ForwardUrl {
        /// The URL, without user, password and query.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PortInUse { transport, address } => write!(
                f,
                "the {transport} port {} on {} is in use",
                address.port(),
                address.ip()
            ),
            Self::Listen {
                transport, address, ..
            } => write!(f, "cannot listen on {address} for {transport}"),
            Self::File { path, .. } => write!(f, "cannot open {}", path.display()),
            Self::Allow { value, expected } => write!(f, "cannot allow {value:?}: {expected}"),
            Self::ForwardUrl { url, reason } => write!(f, "cannot forward to {url:?}: {reason}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } | Self::File { source, .. } => Some(source),
            Self::PortInUse { .. } | Self::Allow { .. } | Self::ForwardUrl { .. } => None,
        }
    }
}
