//! What an error is called, and what it says.

use std::borrow::Cow;

use otelier_core::Message;
use redis::{ErrorKind, RedisError};

pub(super) const TIMEOUT: &str = "timeout";

/// Longer codes are none.
const MAX_CODE: usize = 32;

/// An error's names.
#[derive(Debug)]
pub(super) struct Failure {
    /// `error.type`
    pub(super) kind: Cow<'static, str>,
    /// Whether that is what the server answered: `db.response.status_code`.
    pub(super) is_code: bool,
}

impl Failure {
    pub(super) fn of(error: &RedisError) -> Self {
        if let Some(code) = error.code() {
            return Self::answered(code);
        }
        // Of a pipeline redis-rs knows the codes of its own alone; cloning counts a reference.
        if let Some([(_, first), ..]) = error.clone().into_server_errors().as_deref() {
            return Self::answered(first.code());
        }
        Self::named(kind(error))
    }

    /// By the first word of what the server answered. A script answers what it likes: only what
    /// looks like a code is one.
    pub(super) fn answered(code: &str) -> Self {
        let is_word = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
        let is_code = code.len() <= MAX_CODE
            && code.starts_with(|first: char| first.is_ascii_uppercase())
            && code.bytes().all(is_word);
        if is_code {
            Self {
                kind: Cow::Owned(code.to_owned()),
                is_code: true,
            }
        } else {
            Self::named("server_error")
        }
    }

    fn named(kind: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            is_code: false,
        }
    }

    /// What it says, where that quotes nothing: servers quote arguments, and what could not be
    /// read is a value.
    pub(super) fn message(error: &RedisError) -> Message {
        match error.kind() {
            ErrorKind::Io
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel => Message::of(error),
            _ => Message::default(),
        }
    }
}

fn kind(error: &RedisError) -> &'static str {
    match error.kind() {
        _ if error.is_timeout() => TIMEOUT,
        _ if error.is_connection_refusal() => "connection_refused",
        _ if error.is_connection_dropped() => "connection_dropped",
        ErrorKind::Io => "io",
        ErrorKind::Parse => "parse",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::UnexpectedReturnType => "unexpected_return_type",
        ErrorKind::InvalidClientConfig => "invalid_client_config",
        ErrorKind::Client => "client",
        ErrorKind::Extension => "server_error",
        ErrorKind::MasterNameNotFoundBySentinel => "master_name_not_found",
        ErrorKind::NoValidReplicasFoundBySentinel => "no_valid_replicas_found",
        ErrorKind::EmptySentinelList => "empty_sentinel_list",
        ErrorKind::ClusterConnectionNotFound => "cluster_connection_not_found",
        ErrorKind::RESP3NotSupported => "resp3_not_supported",
        _ => "_OTHER",
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use redis::make_extension_error;

    use super::*;

    #[test]
    fn an_error_is_named_by_its_code_or_else_by_what_went_wrong() {
        let io = |kind: io::ErrorKind| RedisError::from(io::Error::from(kind));
        for (error, name) in [
            (make_extension_error("WRONGTYPE".into(), None), "WRONGTYPE"),
            (make_extension_error("wrong".into(), None), "server_error"),
            (make_extension_error("7".into(), None), "server_error"),
            (io(io::ErrorKind::TimedOut), "timeout"),
            (io(io::ErrorKind::ConnectionRefused), "connection_refused"),
            (io(io::ErrorKind::BrokenPipe), "connection_dropped"),
            (io(io::ErrorKind::Other), "io"),
            ((ErrorKind::Parse, "no").into(), "parse"),
        ] {
            assert_eq!(Failure::of(&error).kind, name);
        }
    }

    #[test]
    fn a_code_of_a_megabyte_is_none() {
        let huge = make_extension_error("A".repeat(1 << 20), Some("s3cr3t".into()));
        let failure = Failure::of(&huge);
        assert_eq!((&*failure.kind, failure.is_code), ("server_error", false));
        assert_eq!(Failure::message(&huge), Message::default());
    }
}
