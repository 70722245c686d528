//! Spans, log records and metrics as OTLP, straight from the SDK's data.
//!
//! An [`Encoder`] writes whole requests into one buffer that it keeps. Records
//! are grouped by scope, in the order in which the scopes came. In protobuf it
//! writes what prost writes for the messages of opentelemetry-proto, byte for
//! byte; but of attributes with the same key the last one alone is written, as
//! OTLP wants each key once, and what has no data points is left out.
//!
//! While it writes, it asks a [`Policy`] what of each text may leave, begins a new
//! request before one passes the limit, and cuts the texts of a record that no
//! request could hold.
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

mod attribute;
mod buffer;
mod exemplar;
mod form;
mod groups;
mod json;
mod log;
mod metric;
mod protobuf;
mod run;
mod scope;
mod secrets;
mod span;

use std::{borrow::Cow, fmt};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{
    Resource, logs::SdkLogRecord, metrics::data::ResourceMetrics, trace::SpanData,
};

use crate::{Protocol, Signal, divide::divide};

pub use self::exemplar::{Exemplar, Exemplars};
use self::{
    buffer::Buffer, groups::Groups, json::Json, protobuf::Protobuf, scope::Encoded,
    secrets::Secrets,
};

/// The largest request by default: the usual receive limit of gRPC servers.
pub const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// What may not leave as it is.
pub trait Policy {
    /// Tells whether the value of this key is replaced: of an attribute of a
    /// span, event, link, log record or data point, or of an entry of a map in one
    /// or in a body. Asked once for each key, as the answers are kept for up to 1,024 of
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

    /// What is left of a text that may have so many characters, where one request
    /// cannot hold its record otherwise. Comes after [`text`](Self::text).
    fn shorten<'a>(&self, text: &'a str, most: usize) -> Cow<'a, str> {
        let end = text
            .char_indices()
            .nth(most)
            .map_or(text.len(), |(at, _)| at);
        text.get(..end).unwrap_or_default().into()
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

impl<'a> Request<'a> {
    /// A request that another encoder wrote.
    pub fn of(buffer: &'a mut Vec<u8>, items: usize) -> Self {
        let len = buffer.len();
        Self { buffer, len, items }
    }

    /// Hands out the request, in parts where it has more than `most` bytes. Returns
    /// how many items were too large by themselves, and are in none.
    pub fn split(
        self,
        protocol: Protocol,
        signal: Signal,
        most: usize,
        emit: &mut dyn FnMut(Request<'_>),
    ) -> usize {
        if self.len <= most {
            emit(self);
            return 0;
        }
        let keep = self.items / 2;
        let halves = divide(self.as_slice(), protocol, signal, keep);
        let Some((mut near, mut far)) = halves.filter(|_| keep > 0) else {
            return self.items;
        };
        let far = Request::of(&mut far, self.items - keep);
        Request::of(&mut near, keep).split(protocol, signal, most, emit)
            + far.split(protocol, signal, most, emit)
    }

    /// The request.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The number of spans, log records or data points in it.
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

/// Turns batches of spans or log records, and collections of metrics, into
/// requests.
///
/// # Cost
/// About 1,700 instructions for a span with 10 attributes. Nothing is
/// allocated once the buffer has its size, of which 1 MiB at most is kept.
pub struct Encoder<P> {
    policy: P,
    is_json: bool,
    limit: usize,
    resource: Encoded,
    out: Buffer,
    groups: Groups,
    secrets: Secrets,
}

/// Calls a function for the encoding that is asked for.
macro_rules! encode {
    ($encoder:ident.$how:ident($items:expr, $emit:expr)) => {
        if $encoder.is_json {
            $encoder.$how::<Json>($items, $emit)
        } else {
            $encoder.$how::<Protobuf>($items, $emit)
        }
    };
}

impl<P: Policy> Encoder<P> {
    /// An encoder of protobuf, an empty resource and requests of up to
    /// [`MAX_REQUEST`].
    #[must_use]
    pub fn new(policy: P) -> Self {
        let mut encoder = Self {
            policy,
            is_json: false,
            limit: MAX_REQUEST,
            resource: Encoded::default(),
            out: Buffer::default(),
            groups: Groups::default(),
            secrets: Secrets::new(),
        };
        encoder.set_resource(&Resource::builder_empty().build());
        encoder
    }

    /// Writes JSON, on one line, in the place of protobuf. The resource is to be
    /// set after that.
    #[must_use]
    pub fn with_json(mut self) -> Self {
        self.is_json = true;
        self.set_resource(&Resource::builder_empty().build());
        self
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

    /// Sets the resource of all spans and log records that follow.
    pub fn set_resource(&mut self, resource: &Resource) {
        self.resource = if self.is_json {
            Encoded::new::<Json>(resource)
        } else {
            Encoded::new::<Protobuf>(resource)
        };
    }

    /// Encodes spans as `ExportTraceServiceRequest`s. `emit` gets each one.
    pub fn spans(&mut self, batch: &[SpanData], emit: impl FnMut(Request<'_>)) -> Tally {
        encode!(self.batch(batch, emit))
    }

    /// Encodes log records as `ExportLogsServiceRequest`s. `emit` gets each one.
    pub fn logs(
        &mut self,
        batch: &[(&SdkLogRecord, &InstrumentationScope)],
        emit: impl FnMut(Request<'_>),
    ) -> Tally {
        encode!(self.batch(batch, emit))
    }

    /// Encodes a collection as `ExportMetricsServiceRequest`s, with its own
    /// resource. `emit` gets each one. A point that is too large is not cut, as it
    /// would be another series then, but left out.
    pub fn metrics(&mut self, metrics: &ResourceMetrics, emit: impl FnMut(Request<'_>)) -> Tally {
        self.metrics_with(metrics, &Exemplars::default(), emit)
    }

    /// The same with exemplars, in the points of histograms that they belong to.
    pub fn metrics_with(
        &mut self,
        metrics: &ResourceMetrics,
        exemplars: &Exemplars,
        emit: impl FnMut(Request<'_>),
    ) -> Tally {
        self.set_resource(metrics.resource());
        encode!(self.collection((metrics, exemplars), emit))
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
