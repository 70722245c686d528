//! The current context, for a request that somebody else records, or nobody.

use http::HeaderMap;

use crate::record::{self, Operation};

/// Writes the current trace context and baggage into the headers of a request, in
/// the place of those that are there, as the process's propagators have it.
///
/// For clients without a layer; with a [`Call`](crate::Call) its own method is
/// meant. While telemetry is disabled the context of others passes through;
/// while it is off or suppressed nothing is written.
///
/// ```
/// let mut headers = http::HeaderMap::new();
/// otelier_http::inject(&mut headers);
/// ```
#[inline]
pub fn inject(headers: &mut HeaderMap) {
    record::inject(None::<&Operation>, headers);
}
