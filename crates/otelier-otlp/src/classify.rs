//! From the errors of hyper, TLS and the system to causes.

use std::{error::Error, io, sync::Arc};

use crate::{Cause, Protocol, answer, cause::NOT_HTTP, tls};

impl Cause {
    /// Finds out what an error, or one below it, means.
    pub(crate) fn of(error: &(dyn Error + 'static), protocol: Protocol, peer: &Arc<str>) -> Self {
        let mut closed = false;
        let mut deepest = String::new();
        let mut next = Some(error);
        while let Some(error) = next {
            deepest = error.to_string();
            next = error.source();
            if let Some(cause) = error.downcast_ref::<Self>() {
                return cause.clone();
            }
            if let Some(error) = error.downcast_ref::<tls::Fault>() {
                return tls::cause(error, protocol, peer);
            }
            if let Some(error) = error.downcast_ref::<hyper::Error>() {
                closed |= error.is_canceled() || error.is_closed() || error.is_incomplete_message();
                if error.is_parse() {
                    return Self::Malformed {
                        protocol,
                        reason: NOT_HTTP,
                    };
                }
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                match error.kind() {
                    io::ErrorKind::ConnectionRefused => {
                        return Self::Refused {
                            peer: Arc::clone(peer),
                        };
                    }
                    io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionAborted
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::NotConnected
                    | io::ErrorKind::UnexpectedEof => closed = true,
                    _ => {}
                }
                // Its `source` is that of what it wraps.
                next = error.get_ref().map(|inner| inner as _).or(next);
            }
        }
        let peer = Arc::clone(peer);
        match answer::presentable(&deepest, []) {
            Some(message) if !closed => Self::Network { peer, message },
            _ => Self::Closed { peer },
        }
    }
}
