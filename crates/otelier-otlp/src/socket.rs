//! Sockets of the machine itself, which have a path instead of a host.

use std::{io, path::Path, sync::Arc};

use crate::{Cause, Protocol, stream::Duplex};

/// Opens a connection. All errors are a [`Cause`].
pub(crate) async fn dial(
    path: &Path,
    peer: &Arc<str>,
    protocol: Protocol,
) -> Result<Box<dyn Duplex>, Cause> {
    connect(path)
        .await
        .map_err(|error| cause(&error, peer, protocol))
}

fn cause(error: &io::Error, peer: &Arc<str>, protocol: Protocol) -> Cause {
    let peer = Arc::clone(peer);
    match error.kind() {
        io::ErrorKind::NotFound => Cause::NoSocket { peer },
        io::ErrorKind::PermissionDenied => Cause::Forbidden { peer },
        _ => Cause::of(error, protocol, &peer),
    }
}

#[cfg(unix)]
async fn connect(path: &Path) -> io::Result<Box<dyn Duplex>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "it is on other systems")]
async fn connect(_: &Path) -> io::Result<Box<dyn Duplex>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_socket_is_told_in_words() {
        for (kind, expected) in [
            (
                io::ErrorKind::NotFound,
                "there is no socket unix:/s: is a collector running there?",
            ),
            (
                io::ErrorKind::PermissionDenied,
                "permission denied for unix:/s: this process must be able to write to it",
            ),
            (
                io::ErrorKind::ConnectionRefused,
                "connection refused by unix:/s: is a collector running there?",
            ),
            (io::ErrorKind::Unsupported, "connection to unix:/s failed"),
        ] {
            let cause = cause(&kind.into(), &"unix:/s".into(), Protocol::Grpc);
            assert!(cause.to_string().starts_with(expected), "{cause}");
            assert!(cause.is_transient());
        }
    }
}
