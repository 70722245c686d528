//! How a stream ended.

use std::{error::Error, io};

use otelier_core::{
    Outcome,
    edge::http_client::{chain, io_error},
    is_stopping,
};
use tokio::time::error::Elapsed;

use super::{
    fate::{Ended, Fate},
    protocol::Protocol,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    ClientCancel,
    NetworkError,
    Timeout,
    UpstreamError,
    Shutdown,
    Panic,
}

impl Ending {
    /// Of a response's body; `failed` is what its error says.
    pub(super) fn of(outcome: &Outcome, failed: Option<Self>, version: Protocol) -> Self {
        match outcome {
            Outcome::Done => Self::Complete,
            Outcome::Failed(_) => failed.unwrap_or(Self::UpstreamError),
            Outcome::Panicked => Self::Panic,
            _ => Self::of_drop(version),
        }
    }

    /// The server asks for no more.
    fn of_drop(version: Protocol) -> Self {
        let fate = Fate::here().map(|fate| fate.ended());
        match fate {
            Some(Ended::Broken) => Self::NetworkError,
            Some(Ended::Closed) => Self::ClientCancel,
            _ if is_stopping() => Self::Shutdown,
            // A client of HTTP/1 leaves by its connection, so somebody here gave up.
            Some(Ended::Not) if version.is_one_request_a_connection() => Self::Timeout,
            _ => Self::ClientCancel,
        }
    }

    /// Of a task that follows an upgrade, and has the connection for itself.
    pub(super) fn of_task(outcome: &Outcome, connection: Option<&Fate>) -> Self {
        match (outcome, connection.map(Fate::ended)) {
            (Outcome::Panicked, _) => Self::Panic,
            (_, Some(Ended::Broken)) => Self::NetworkError,
            (_, Some(Ended::Closed)) => Self::ClientCancel,
            (Outcome::Done, _) => Self::Complete,
            // Tasks are dropped with their runtime.
            _ => Self::Shutdown,
        }
    }

    /// What the error of a body says.
    pub(super) fn of_error(error: &(dyn Error + 'static)) -> Self {
        if chain(error).any(is_timeout) {
            Self::Timeout
        } else {
            Self::UpstreamError
        }
    }

    /// Whether the service failed. Who leaves a stream, or is asked to come again,
    /// has had what there was.
    pub(super) fn is_error(self) -> bool {
        matches!(self, Self::Timeout | Self::UpstreamError | Self::Panic)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::ClientCancel => "client_cancel",
            Self::NetworkError => "network_error",
            Self::Timeout => "timeout",
            Self::UpstreamError => "upstream_error",
            Self::Shutdown => "shutdown",
            Self::Panic => "panic",
        }
    }
}

/// Those that are known by their type, and those of crates that are not named
/// here by what they say.
fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    if error.is::<Elapsed>() {
        return true;
    }
    if error.is::<io::Error>() {
        return io_error(error) == Some("timeout");
    }
    let said = error.to_string();
    ["timeout", "timed out", "deadline has elapsed"]
        .iter()
        .any(|words| said.ends_with(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_whether_it_is_a_timeout() {
        let timed_out = io::Error::from(io::ErrorKind::TimedOut);
        for (error, ending) in [
            (io::Error::other(timed_out), Ending::Timeout),
            (
                io::Error::other("data was not received within the designated timeout"),
                Ending::Timeout,
            ),
            (io::Error::other("operation timed out"), Ending::Timeout),
            (io::Error::other("no timeout is set"), Ending::UpstreamError),
            (
                io::Error::from(io::ErrorKind::ConnectionReset),
                Ending::UpstreamError,
            ),
        ] {
            let error = axum::Error::new(error);
            assert_eq!(Ending::of_error(&error), ending, "{error}");
        }
    }
}
