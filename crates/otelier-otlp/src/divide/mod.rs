//! Encoded requests, put together and cut in two, without being decoded.

mod json;
mod protobuf;
#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::{Protocol, Signal};

/// One request with the records of all, in their order. `None` if one of them is
/// no request.
pub(crate) fn gather(bodies: &[Bytes], protocol: Protocol, signal: Signal) -> Option<Vec<u8>> {
    match protocol {
        Protocol::HttpJson => json::gather(bodies, signal),
        Protocol::Grpc | Protocol::HttpProtobuf => protobuf::gather(bodies),
    }
}

/// Cuts a request after `keep` records. What stands around records goes to both
/// sides. `None` if it is no request with records on both.
pub(crate) fn divide(
    body: &[u8],
    protocol: Protocol,
    signal: Signal,
    keep: usize,
) -> Option<(Vec<u8>, Vec<u8>)> {
    match protocol {
        Protocol::HttpJson => json::divide(body, signal, keep),
        Protocol::Grpc | Protocol::HttpProtobuf => protobuf::divide(body, signal, keep),
    }
}
