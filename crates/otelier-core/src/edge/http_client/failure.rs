//! What errors of the network are called, whichever client they come through.

use std::{error::Error, io, iter::successors};

use crate::Message;

/// More sources than an error of the network has.
const MAX_SOURCES: usize = 16;

/// The error and its sources.
pub fn chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    successors(Some(error), |&error| error.source()).take(MAX_SOURCES)
}

/// The `error.type` of what the network did, `None` if the error and its sources
/// say nothing of it.
#[must_use]
pub fn network_error(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if chain(error).any(is_dns) {
        return Some("dns_error");
    }
    chain(error).find_map(io_error)
}

/// A resolver fails inside of hyper's connector.
pub fn is_dns(error: &(dyn Error + 'static)) -> bool {
    !error.is::<io::Error>() && says(error, "dns error")
}

/// Whether an error says this and nothing else.
pub fn says(error: &(dyn Error + 'static), text: &str) -> bool {
    error.to_string() == text
}

/// What an error of the system is called.
pub fn io_error(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match error.downcast_ref::<io::Error>()?.kind() {
        io::ErrorKind::ConnectionRefused => Some("connection_refused"),
        io::ErrorKind::ConnectionReset => Some("connection_reset"),
        io::ErrorKind::ConnectionAborted => Some("connection_aborted"),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some("unreachable"),
        io::ErrorKind::TimedOut => Some("timeout"),
        _ => None,
    }
}

/// What an error and its sources say, one after the other.
#[must_use]
pub fn message<'a>(texts: impl IntoIterator<Item = &'a (dyn Error + 'static)>) -> Message {
    Message::of(joined(texts.into_iter().map(ToString::to_string)))
}

/// Texts one after the other. Some errors say what their sources will say again.
pub fn joined(texts: impl IntoIterator<Item = String>) -> String {
    let mut message = String::new();
    for text in texts {
        if message.is_empty() {
            message = text;
        } else if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
    }
    message
}
