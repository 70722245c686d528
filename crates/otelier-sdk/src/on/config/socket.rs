//! Endpoints that are sockets of this machine: `unix:/path`.

use std::path::PathBuf;

use http::Uri;
use otelier_otlp::{Protocol, Signal};

/// What requests over a socket are addressed to.
const HOST: &str = "http://localhost";

/// The path of the socket, `None` if the endpoint is a URL. Complaints name no
/// part of it.
pub(super) fn path(value: &str) -> Option<Result<PathBuf, &'static str>> {
    let (scheme, rest) = value.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("unix") {
        return None;
    }
    let path = rest.strip_prefix("//").unwrap_or(rest);
    Some(if !cfg!(unix) {
        Err("this system has no Unix sockets")
    } else if !path.starts_with('/') || path.ends_with('/') {
        Err("a Unix socket is unix:/path or unix:///path")
    } else {
        Ok(path.into())
    })
}

/// The URL that is asked for over a socket: it has no room for a path of HTTP,
/// so that is always the signal's usual one.
pub(super) fn uri(protocol: Protocol, signal: Signal) -> Result<Uri, &'static str> {
    let path = match protocol {
        Protocol::Grpc => "/",
        Protocol::HttpProtobuf | Protocol::HttpJson => signal.http_path(),
    };
    format!("{HOST}{path}").parse().map_err(|_| "not a URL")
}
