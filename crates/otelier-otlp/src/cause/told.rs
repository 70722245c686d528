//! A cause in words: what happened, and what to look at.

use std::{fmt, time::Duration};

use super::{Asked, Cause, NOT_HTTP};
use crate::{Signal, code::Code};

const UNREADABLE: &str = ": the server could not read the request";
const FORBIDDEN: &str = ": check OTEL_EXPORTER_OTLP_HEADERS";
const TIMED_OUT: &str = ": the server, or one behind it, timed out";
const UNAVAILABLE: &str = ": the server, or one behind it, is unavailable";

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { peer } => {
                write!(f, "connection refused by {peer}: is a collector running there?")
            }
            Self::NoSocket { peer } => {
                write!(f, "there is no socket {peer}: is a collector running there?")
            }
            Self::Forbidden { peer } => {
                write!(f, "permission denied for {peer}: this process must be able to write to it and to pass its directories")
            }
            Self::Unresolved { peer } => write!(f, "name does not resolve: {peer}"),
            Self::ConnectTimeout { peer, after } => {
                write!(f, "no connection to {peer} within {}", Time(*after))
            }
            Self::Timeout { after } => write!(f, "timed out after {}", Time(*after)),
            Self::Closed { peer } => {
                write!(f, "{peer} closed the connection before it answered")
            }
            Self::Silent { peer } => {
                write!(f, "{peer} closed the connection without a word: does it speak gRPC? If it speaks HTTP, set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf; if it speaks TLS, the endpoint begins with https://")
            }
            Self::Network { peer, message } => write!(f, "connection to {peer} failed: {message}"),
            Self::ExpectedGrpc => {
                f.write_str("answered HTTP, expected gRPC: is this port 4318? Then set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")
            }
            Self::ExpectedHttp => {
                f.write_str("answered gRPC, expected HTTP: is this port 4317? Then set OTEL_EXPORTER_OTLP_PROTOCOL=grpc")
            }
            Self::ExpectedTls => {
                f.write_str("did not answer TLS: is the endpoint http:// rather than https://?")
            }
            Self::UnexpectedTls => {
                f.write_str("answered TLS: is the endpoint https:// rather than http://?")
            }
            Self::Untrusted => {
                f.write_str("certificate not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE to its authority's PEM file")
            }
            Self::Expired => {
                f.write_str("certificate expired or not valid yet: renew it, or check both clocks")
            }
            Self::WrongName { peer } => {
                write!(f, "certificate is not for {peer}: use a name that it holds")
            }
            Self::ClientCertificate => {
                f.write_str("client certificate asked for or not accepted: check OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY")
            }
            Self::Tls { message } => write!(f, "TLS failed: {message}"),
            Self::Proxy { status: 407 } => {
                f.write_str("proxy answered 407: put user and password into the proxy's URL")
            }
            Self::Proxy { status } => write!(
                f,
                "proxy answered {status} instead of opening a tunnel: check HTTPS_PROXY and NO_PROXY"
            ),
            Self::Page { path } => {
                write!(f, "answered with a page for people: is {path} the right path, and this the address of a collector?")
            }
            Self::Http {
                status,
                asked,
                message,
            } => {
                write!(f, "{status}")?;
                hint_http(f, *status, asked)?;
                says(f, message.as_deref())?;
                hint_temporality(f, asked.signal, message.as_deref())
            }
            Self::Grpc {
                code,
                asked,
                message,
            } => {
                f.write_str(code.as_str())?;
                hint_grpc(f, *code, asked)?;
                says(f, message.as_deref())?;
                hint_temporality(f, asked.signal, message.as_deref())
            }
            Self::Malformed { protocol, reason } => {
                write!(f, "answer is not OTLP over {protocol}: {reason}")?;
                match *reason {
                    NOT_HTTP => f.write_str("; OTEL_EXPORTER_OTLP_PROTOCOL sets what is spoken"),
                    _ => Ok(()),
                }
            }
            Self::RecordTooLarge { bytes, message } => {
                write!(f, "a request of {bytes} bytes is too large for the server, and there is only one record in it: raise its limit")?;
                says(f, message.as_deref())
            }
            Self::TooLong => f.write_str("batch longer than 4 GiB"),
            Self::Stopped => f.write_str("stopped before an answer came"),
        }
    }
}

fn hint_http(f: &mut fmt::Formatter<'_>, status: u16, asked: &Asked) -> fmt::Result {
    f.write_str(match status {
        300..=399 => ": redirects are not followed, set the endpoint to the final URL",
        400 => UNREADABLE,
        401 | 403 => FORBIDDEN,
        404 | 405 => return write!(f, ": is {} the right path?", asked.path),
        408 => ": the server timed out waiting for the request",
        407 => ": put user and password into the proxy's URL",
        413 => ": batch too large for the server, raise its limit or send smaller ones",
        415 => ": the server does not take this protocol",
        429 => ": the server is overloaded or a quota is used up",
        504 => TIMED_OUT,
        502 | 503 => UNAVAILABLE,
        500..=599 => ": the server failed",
        _ => "",
    })?;
    match status {
        400 => hint_compression(f, "which is", asked),
        415 => hint_compression(f, "or not", asked),
        _ => Ok(()),
    }
}

/// Metrics with a temporality that the receiver has no use for, as Prometheus.
fn hint_temporality(
    f: &mut fmt::Formatter<'_>,
    signal: Signal,
    message: Option<&str>,
) -> fmt::Result {
    let is_it = |message: &str| message.to_ascii_lowercase().contains("temporality");
    if signal == Signal::Metrics && message.is_some_and(is_it) {
        f.write_str(": set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative")?;
    }
    Ok(())
}

fn hint_compression(f: &mut fmt::Formatter<'_>, what: &str, asked: &Asked) -> fmt::Result {
    match asked.compression.encoding() {
        Some(name) => write!(
            f,
            ", {what} compressed by {name} (OTEL_EXPORTER_OTLP_COMPRESSION)"
        ),
        None => Ok(()),
    }
}

fn hint_grpc(f: &mut fmt::Formatter<'_>, code: Code, asked: &Asked) -> fmt::Result {
    f.write_str(match code {
        Code::UNAUTHENTICATED | Code::PERMISSION_DENIED => FORBIDDEN,
        Code::UNIMPLEMENTED => {
            write!(f, ": the server takes no {} over gRPC", asked.signal)?;
            return hint_compression(f, "or not", asked);
        }
        Code::DEADLINE_EXCEEDED => TIMED_OUT,
        Code::RESOURCE_EXHAUSTED => {
            ": batch too large for the server, or it is overloaded, or a quota is used up"
        }
        Code::OUT_OF_RANGE => ": usually a batch too large for the server",
        Code::UNAVAILABLE => UNAVAILABLE,
        Code::INVALID_ARGUMENT => UNREADABLE,
        _ => "",
    })?;
    match code {
        Code::INVALID_ARGUMENT => hint_compression(f, "which is", asked),
        _ => Ok(()),
    }
}

fn says(f: &mut fmt::Formatter<'_>, message: Option<&str>) -> fmt::Result {
    match message {
        Some(message) => write!(f, " (the server says: {message})"),
        None => Ok(()),
    }
}

struct Time(Duration);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.subsec_nanos() {
            0 => write!(f, "{} s", self.0.as_secs()),
            _ => write!(f, "{} ms", self.0.as_millis()),
        }
    }
}
