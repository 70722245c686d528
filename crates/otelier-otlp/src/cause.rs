mod told;

use std::{borrow::Cow, error, sync::Arc, time::Duration};

use crate::{Compression, Protocol, Signal, code::Code};

/// Why a batch was not delivered.
///
/// `Display` is for the person on call: what happened, in plain words, and
/// what to look at. It never holds a header's value; a server's own message
/// is cut at 200 characters.
///
/// ```
/// use otelier_otlp::{Asked, Cause, Code, Compression, Signal};
///
/// let cause = Cause::Grpc {
///     code: Code::UNAUTHENTICATED,
///     asked: Asked {
///         signal: Signal::Traces,
///         path: "/v1/traces".into(),
///         compression: Compression::None,
///     },
///     message: None,
/// };
/// assert_eq!(cause.error_type(), "UNAUTHENTICATED");
/// assert!(cause.to_string().contains("OTEL_EXPORTER_OTLP_HEADERS"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// Nothing listens there.
    Refused {
        /// Host and port, or the socket.
        peer: Arc<str>,
    },
    /// There is no such Unix socket.
    NoSocket {
        /// The socket.
        peer: Arc<str>,
    },
    /// This process may not use the Unix socket.
    Forbidden {
        /// The socket.
        peer: Arc<str>,
    },
    /// The name does not resolve.
    Unresolved {
        /// Host and port.
        peer: Arc<str>,
    },
    /// No connection within the bound on connecting.
    ConnectTimeout {
        /// Host and port.
        peer: Arc<str>,
        /// The bound.
        after: Duration,
    },
    /// A connection, but no answer within the bound on a batch.
    Timeout {
        /// The bound.
        after: Duration,
    },
    /// The peer closed or reset the connection before it answered.
    Closed {
        /// Host and port.
        peer: Arc<str>,
    },
    /// The peer closed a new connection without the greeting of gRPC: what
    /// servers of HTTP/1.1 do, and proxies with nothing behind them.
    Silent {
        /// Host and port.
        peer: Arc<str>,
    },
    /// Another failure of the network.
    Network {
        /// Host and port.
        peer: Arc<str>,
        /// What the system says.
        message: Box<str>,
    },
    /// gRPC was spoken, plain HTTP was answered.
    ExpectedGrpc,
    /// HTTP was spoken, gRPC (or bare HTTP/2) was answered.
    ExpectedHttp,
    /// TLS was spoken, something else was answered.
    ExpectedTls,
    /// TLS was answered to an `http://` endpoint.
    UnexpectedTls,
    /// The server's certificate leads to no trusted authority.
    Untrusted,
    /// The server's certificate has expired or is not valid yet.
    Expired,
    /// The server's certificate was made for other names.
    WrongName {
        /// Host and port.
        peer: Arc<str>,
    },
    /// The server wants a client certificate, or another one.
    ClientCertificate,
    /// Another failure of TLS.
    Tls {
        /// What the TLS library says.
        message: Box<str>,
    },
    /// The proxy did not open a tunnel.
    Proxy {
        /// The status that it answered.
        status: u16,
    },
    /// A page for people was answered, with a status of success.
    Page {
        /// The path that was sent to.
        path: Arc<str>,
    },
    /// An HTTP status other than 2xx.
    Http {
        /// The status.
        status: u16,
        /// What was sent, for the hint in the message.
        asked: Asked,
        /// What the server says.
        message: Option<Box<str>>,
    },
    /// A gRPC status other than OK.
    Grpc {
        /// The status.
        code: Code,
        /// What was sent, for the hint in the message.
        asked: Asked,
        /// What the server says.
        message: Option<Box<str>>,
    },
    /// The answer makes no sense in its protocol.
    Malformed {
        /// The protocol that was spoken.
        protocol: Protocol,
        /// What is wrong.
        reason: &'static str,
    },
    /// A single record makes a request that is too large for the receiver.
    RecordTooLarge {
        /// The size of the request, without compression.
        bytes: usize,
        /// What the receiver says.
        message: Option<Box<str>>,
    },
    /// The request is beyond the 4 GiB of a gRPC message; it was not sent.
    TooLong,
    /// [`Transport::finish_by`](crate::Transport::finish_by), or the end of
    /// the runtime, came before an answer.
    Stopped,
}

/// What was sent where, as far as a refusal may be due to it.
///
/// See the example of [`Cause`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The kind of data.
    pub signal: Signal,
    /// The path of the request, without its query.
    pub path: Arc<str>,
    /// How the body was compressed.
    pub compression: Compression,
}

impl Cause {
    /// A name for the kind of failure, out of a small fixed set, as the value
    /// of the attribute `error.type`.
    #[must_use]
    pub fn error_type(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Refused { .. } => "connection_refused",
            Self::NoSocket { .. } => "no_socket",
            Self::Forbidden { .. } => "permission_denied",
            Self::Unresolved { .. } => "name_resolution",
            Self::ConnectTimeout { .. } => "connect_timeout",
            Self::Timeout { .. } => "timeout",
            Self::Closed { .. } | Self::Silent { .. } => "connection_closed",
            Self::Network { .. } => "network",
            Self::ExpectedGrpc | Self::ExpectedHttp => "wrong_protocol",
            Self::ExpectedTls | Self::UnexpectedTls | Self::Tls { .. } => "tls",
            Self::Untrusted | Self::Expired | Self::WrongName { .. } => "certificate",
            Self::ClientCertificate => "client_certificate",
            Self::Proxy { .. } => "proxy",
            Self::Page { .. } => "not_otlp",
            Self::Http { status, .. } => return Cow::Owned(status.to_string()),
            Self::Grpc { code, .. } => code.as_str(),
            Self::Malformed { .. } => "malformed_answer",
            Self::RecordTooLarge { .. } => "record_too_large",
            Self::TooLong => "too_long",
            Self::Stopped => "stopped",
        })
    }

    /// Whether the receiver takes no request of that size.
    pub(crate) fn is_too_large(&self) -> bool {
        match self {
            Self::Http { status: 413, .. } | Self::RecordTooLarge { .. } => true,
            // Servers of Go and of Rust have no status of their own for it.
            Self::Http {
                status: 400,
                message,
                ..
            } => speaks_of_size(message.as_deref()),
            Self::Grpc { code, message, .. } => {
                matches!(
                    *code,
                    Code::RESOURCE_EXHAUSTED | Code::OUT_OF_RANGE | Code::INVALID_ARGUMENT
                ) && speaks_of_size(message.as_deref())
            }
            _ => false,
        }
    }

    /// Whether the peer has answered in the protocol that was spoken.
    pub(crate) const fn is_an_answer(&self) -> bool {
        matches!(self, Self::Http { .. } | Self::Grpc { .. })
    }

    /// Whether the peer may well speak another protocol.
    pub(crate) const fn is_of_the_protocol(&self) -> bool {
        matches!(
            self,
            Self::ExpectedGrpc
                | Self::ExpectedHttp
                | Self::Silent { .. }
                | Self::Closed { .. }
                | Self::Malformed { .. }
        )
    }

    /// What the receiver says.
    pub(crate) fn message(&self) -> Option<&str> {
        match self {
            Self::Http { message, .. }
            | Self::Grpc { message, .. }
            | Self::RecordTooLarge { message, .. } => message.as_deref(),
            _ => None,
        }
    }

    /// Whether another attempt may help, by the rules of the OTLP
    /// specification; `RESOURCE_EXHAUSTED` only does if the server says when,
    /// which this does not know of.
    pub(crate) const fn is_transient(&self) -> bool {
        match self {
            Self::Refused { .. }
            | Self::NoSocket { .. }
            | Self::Forbidden { .. }
            | Self::Unresolved { .. }
            | Self::ConnectTimeout { .. }
            | Self::Closed { .. }
            | Self::Silent { .. }
            | Self::Network { .. } => true,
            Self::Http { status, .. } | Self::Proxy { status } => {
                matches!(status, 429 | 502 | 503 | 504)
            }
            Self::Grpc { code, .. } => code.is_transient(),
            Self::Timeout { .. }
            | Self::Page { .. }
            | Self::ExpectedGrpc
            | Self::ExpectedHttp
            | Self::ExpectedTls
            | Self::UnexpectedTls
            | Self::Untrusted
            | Self::Expired
            | Self::WrongName { .. }
            | Self::ClientCertificate
            | Self::Tls { .. }
            | Self::Malformed { .. }
            | Self::RecordTooLarge { .. }
            | Self::TooLong
            | Self::Stopped => false,
        }
    }
}

impl error::Error for Cause {}

/// Why an answer makes no sense that is none of HTTP.
pub(crate) const NOT_HTTP: &str = "it is not HTTP";

/// By the words of the servers of Go, C++, Java, Rust, .NET and Python.
fn speaks_of_size(message: Option<&str>) -> bool {
    let message = message.unwrap_or_default().to_ascii_lowercase();
    [
        "too large",
        "too big",
        "larger than",
        "exceeds maximum",
        "exceeds the maximum",
        "exceeds the limit",
        "exceeded the limit",
        "maximum message size",
    ]
    .iter()
    .any(|words| message.contains(words))
}
