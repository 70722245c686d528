//! Spans and log records as OTLP protobuf, straight from the SDK's data.
//!
//! An [`Encoder`] writes whole requests into one buffer that it keeps. Records
//! are grouped by scope, in the order in which the scopes came. What it writes
//! is what prost writes for the messages of opentelemetry-proto, byte for byte;
//! but of attributes with the same key the last one alone is written, as OTLP
//! wants each key once.
//!
//! ```
//! use otelier_otlp::{Encoder, Policy};
//!
//! #[derive(Debug)]
//! struct NoPasswords;
//!
//! impl Policy for NoPasswords {
//!     fn is_secret(&self, key: &str) -> bool {
//!         key.ends_with("password")
//!     }
//! }
//!
//! # let batch: Vec<opentelemetry_sdk::trace::SpanData> = Vec::new();
//! let mut encoder = Encoder::new(NoPasswords);
//! let mut requests = Vec::new();
//! let tally = encoder.spans(&batch, |request| requests.push(request.as_slice().to_vec()));
//! assert_eq!(tally.oversized, 0);
//! ```

mod any;
mod batch;
mod buffer;
mod log;
mod scope;
mod secrets;
mod span;
mod value;

use std::{borrow::Cow, fmt};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{Resource, logs::SdkLogRecord, trace::SpanData};

use self::{batch::Groups, buffer::Buffer, secrets::Secrets};

/// The largest request by default: the usual receive limit of gRPC servers.
pub const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// What may not leave as it is.
pub trait Policy {
    /// Tells whether the value of this key is replaced: of an attribute of a
    /// span, event, link or log record, or of an entry of a map in one or in a
    /// body. Asked once for each key, as the answers are kept for up to 1,024 of
    /// them, so it may take its time.
    fn is_secret(&self, key: &str) -> bool {
        let _ = key;
        false
    }

    /// Tells whether the values of this key come from a closed set, so that
    /// [`text`](Self::text) need not look at them. Asked as seldom.
    fn is_closed(&self, key: &str) -> bool {
        let _ = key;
        false
    }

    /// What leaves of a text: a value whose key is no secret, the name of a span
    /// or event, the description of a status, or the body of a log record. Asked
    /// once for each text that is written.
    fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        text.into()
    }

    /// What stands in the place of a secret. An array stays one, of this alone.
    fn replacement(&self) -> &str {
        "[REDACTED]"
    }

    /// A copy of a span that takes at most `room` bytes, where one request
    /// cannot hold the span; `None` drops it.
    fn cut_span(&self, span: &SpanData, room: usize) -> Option<SpanData> {
        let _ = (span, room);
        None
    }

    /// The same for a log record.
    fn cut_log(
        &self,
        record: &SdkLogRecord,
        scope: &InstrumentationScope,
        room: usize,
    ) -> Option<SdkLogRecord> {
        let _ = (record, scope, room);
        None
    }
}

/// What happened to a batch on its way into requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that no request could hold, and that are in none.
    pub oversized: usize,
    /// Values that were replaced.
    pub redacted: u64,
}

/// One encoded request, in the encoder's buffer.
#[derive(Debug)]
pub struct Request<'a> {
    buffer: &'a mut Vec<u8>,
    len: usize,
    items: usize,
}

impl Request<'_> {
    /// The request.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The number of spans or log records in it.
    #[must_use]
    pub const fn items(&self) -> usize {
        self.items
    }

    /// Takes the buffer, and leaves another one to the encoder. The request is
    /// so many of its first bytes.
    pub(crate) fn swap(self, other: Vec<u8>) -> (Vec<u8>, usize) {
        (std::mem::replace(self.buffer, other), self.len)
    }
}

/// Turns batches of spans or log records into requests.
///
/// # Cost
/// About 1,700 instructions for a span with 10 attributes. Nothing is
/// allocated once the buffer has its size, of which 1 MiB at most is kept.
pub struct Encoder<P> {
    policy: P,
    limit: usize,
    /// Encoded: what stands before the scopes, and after them.
    resource: (Vec<u8>, Vec<u8>),
    out: Buffer,
    groups: Groups,
    secrets: Secrets,
}

impl<P: Policy> Encoder<P> {
    /// An encoder of an empty resource and requests of up to [`MAX_REQUEST`].
    #[must_use]
    pub fn new(policy: P) -> Self {
        Self {
            policy,
            limit: MAX_REQUEST,
            resource: scope::resource(&Resource::builder_empty().build()),
            out: Buffer::default(),
            groups: Groups::default(),
            secrets: Secrets::new(),
        }
    }

    /// Makes requests of at most `bytes`, resource included.
    #[must_use]
    pub const fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Makes requests of at most so many bytes from now on, resource included.
    pub const fn set_limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Sets the resource of all that follows.
    pub fn set_resource(&mut self, resource: &Resource) {
        self.resource = scope::resource(resource);
    }

    /// Encodes spans as `ExportTraceServiceRequest`s. `emit` gets each one.
    pub fn spans(&mut self, batch: &[SpanData], emit: impl FnMut(Request<'_>)) -> Tally {
        self.run(batch, emit)
    }

    /// Encodes log records as `ExportLogsServiceRequest`s. `emit` gets each one.
    pub fn logs(
        &mut self,
        batch: &[(&SdkLogRecord, &InstrumentationScope)],
        emit: impl FnMut(Request<'_>),
    ) -> Tally {
        self.run(batch, emit)
    }
}

impl<P: fmt::Debug> fmt::Debug for Encoder<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder")
            .field("policy", &self.policy)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
