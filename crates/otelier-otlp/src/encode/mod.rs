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

mod attribute;
mod buffer;
mod collection;
mod exemplar;
mod form;
mod groups;
mod item;
mod json;
mod log;
mod metric;
mod policy;
mod protobuf;
mod request;
mod run;
mod scope;
mod secrets;
mod span;

use std::fmt;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::{
    Resource, logs::SdkLogRecord, metrics::data::ResourceMetrics, trace::SpanData,
};

use self::{
    buffer::Buffer, groups::Groups, json::Json, protobuf::Protobuf, scope::Encoded,
    secrets::Secrets,
};
pub use self::{
    exemplar::{Exemplar, Exemplars},
    policy::Policy,
    request::{Request, Tally},
};

/// The largest request by default: the usual receive limit of gRPC servers.
pub const MAX_REQUEST: usize = 4 * 1024 * 1024;

/// Turns batches of spans or log records, and collections of metrics, into
/// requests.
///
/// ```
/// use otelier_otlp::{Encoder, Policy, Request, Tally};
///
/// #[derive(Debug)]
/// struct NoPasswords;
///
/// impl Policy for NoPasswords {
///     fn is_secret(&self, key: &str) -> bool {
///         key.ends_with("password")
///     }
/// }
///
/// # let batch: Vec<opentelemetry_sdk::trace::SpanData> = Vec::new();
/// let mut encoder = Encoder::new(NoPasswords);
/// let mut requests = Vec::new();
/// let keep = |request: Request<'_>| requests.push(request.as_slice().to_vec());
/// let tally: Tally = encoder.spans(&batch, keep);
/// assert_eq!(tally.oversized, 0);
/// ```
///
/// # Cost
/// About 1,700 instructions for a span with 10 attributes. Nothing is
/// allocated once the buffer has its size, of which 1 MiB at most is kept.
#[must_use]
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
    pub fn with_json(mut self) -> Self {
        self.is_json = true;
        self.set_resource(&Resource::builder_empty().build());
        self
    }

    /// Makes requests of at most `bytes`, resource included.
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
