//! What is known of a request besides its records.

use crate::{
    refusal::Refusal,
    signal::{Signal, Transport},
};
use std::time::SystemTime;

/// One export request as it arrived, for tests that ask how something was sent.
///
/// ```
/// use otelier_collector::{Outcome, Running};
///
/// /// Whether each request had its key, and was taken.
/// fn is_as_it_should(collector: &Running) -> bool {
///     let requests = collector.store().requests();
///     requests.iter().all(|request| {
///         let is_taken = matches!(request.outcome, Outcome::Taken { rejected: 0, .. });
///         is_taken && request.header("api-key") == Some("s3cret")
///     })
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// When its head had been read.
    pub at: SystemTime,
    /// The signal, by the path.
    pub signal: Signal,
    /// gRPC or HTTP.
    pub transport: Transport,
    /// The media type, lower case, without parameters.
    pub content_type: String,
    /// The compression as the sender names it, `identity` when there is none.
    pub encoding: String,
    /// Bytes of the body as it travelled, gRPC's frame head included.
    pub wire_bytes: usize,
    /// Bytes of the message after decompression; 0 if it did not come to that.
    pub decoded_bytes: usize,
    /// All headers in the order received; a value that is not UTF-8 has replacement characters.
    pub headers: Vec<(String, String)>,
    /// What became of it.
    pub outcome: Outcome,
}

impl Received {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What became of a request.
///
/// See the example of [`Received`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// Taken.
    Taken {
        /// Spans, data points or log records that are now in the store.
        items: u64,
        /// How many the answer called rejected.
        rejected: u64,
    },
    /// Refused as a whole.
    Refused(Refusal),
    /// Kept without an answer, by [`Fault::BlackHole`](crate::Fault::BlackHole).
    Held,
    /// The sender went away before the answer, or the collector was shut down.
    Abandoned,
}
