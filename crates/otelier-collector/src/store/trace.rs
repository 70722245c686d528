//! Spans, and the traces that they make.

use super::{
    age::Age,
    log::Log,
    origin::{Origin, attribute_methods, display, find},
};
use crate::id::{SpanId, TraceId};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::{Span as ProtoSpan, SpanFlags, span::SpanKind, status::StatusCode},
};
use std::{borrow::Cow, collections::HashSet, sync::Arc, time::Duration};

/// A span as it was received, with its origin.
///
/// See the example of [`Trace`].
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    origin: Arc<Origin>,
    trace: TraceId,
    id: SpanId,
    proto: ProtoSpan,
}

impl Span {
    /// Takes the span if its ids are valid.
    pub(crate) fn new(origin: &Arc<Origin>, proto: ProtoSpan) -> Option<Self> {
        Some(Self {
            origin: Arc::clone(origin),
            trace: TraceId::from_bytes(&proto.trace_id)?,
            id: SpanId::from_bytes(&proto.span_id)?,
            proto,
        })
    }

    /// The message as it travelled, for everything that has no method here.
    #[must_use]
    pub const fn proto(&self) -> &ProtoSpan {
        &self.proto
    }

    /// The trace that the span belongs to.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace
    }

    /// The span's own id.
    #[must_use]
    pub const fn id(&self) -> SpanId {
        self.id
    }

    /// The parent's id; `None` for the root of a trace.
    #[must_use]
    pub fn parent_id(&self) -> Option<SpanId> {
        SpanId::from_bytes(&self.proto.parent_span_id)
    }

    /// Whether its parent is of another process. Where the flags do not tell, that of a request
    /// or a message is taken to be.
    fn comes_from_elsewhere(&self) -> bool {
        const HAS_IS_REMOTE: u32 = SpanFlags::ContextHasIsRemoteMask as u32;
        const IS_REMOTE: u32 = SpanFlags::ContextIsRemoteMask as u32;
        let flags = self.proto.flags;
        match flags & HAS_IS_REMOTE {
            0 => matches!(self.kind(), SpanKind::Server | SpanKind::Consumer),
            _ => flags & IS_REMOTE != 0,
        }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.proto.name
    }

    /// The kind; an unknown number is `Unspecified`.
    #[must_use]
    pub fn kind(&self) -> SpanKind {
        self.proto.kind()
    }

    /// The kind in a word.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind() {
            SpanKind::Unspecified => "unspecified",
            SpanKind::Internal => "internal",
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        }
    }

    /// The status code; an unknown number, like an absent status, is `Unset`.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.proto
            .status
            .as_ref()
            .map_or(StatusCode::Unset, |status| status.code())
    }

    /// The status code in a word.
    pub(crate) fn status_name(&self) -> &'static str {
        match self.status() {
            StatusCode::Unset => "unset",
            StatusCode::Ok => "ok",
            StatusCode::Error => "error",
        }
    }

    /// The description of the status; empty when there is none.
    #[must_use]
    pub fn status_message(&self) -> &str {
        self.proto
            .status
            .as_ref()
            .map_or("", |status| &status.message)
    }

    /// The status of an HTTP request, under its present name or its old one.
    pub(crate) fn http_status(&self) -> Option<i64> {
        let keys = ["http.response.status_code", "http.status_code"];
        let value = keys.into_iter().find_map(|key| self.attribute(key))?;
        match value.value {
            Some(Value::IntValue(code)) => Some(code),
            _ => None,
        }
    }

    /// End minus start; zero when the end is before the start.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        let nanos = self
            .proto
            .end_time_unix_nano
            .saturating_sub(self.proto.start_time_unix_nano);
        Duration::from_nanos(nanos)
    }

    /// The span's attributes, in the order received.
    #[must_use]
    pub fn attributes(&self) -> &[KeyValue] {
        &self.proto.attributes
    }

    attribute_methods!();
}

/// One trace as the store knows it at the moment of asking.
///
/// [`Trace::tree`] draws it.
///
/// ```
/// use otelier_collector::{InvalidId, Store, TraceId};
///
/// /// What a trace took longest for, by its id as text.
/// fn slowest(store: &Store, id: &str) -> Result<Option<String>, InvalidId> {
///     let id: TraceId = id.parse()?;
///     let trace = store.trace(id);
///     let spans = trace.iter().flat_map(|trace| trace.spans());
///     let slowest = spans.max_by_key(|span| span.duration());
///     Ok(slowest.map(|span| format!("{} of {}", span.name(), span.service())))
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    pub(crate) id: TraceId,
    pub(crate) spans: Vec<Arc<Span>>,
    pub(crate) logs: Vec<Arc<Log>>,
    /// When it grew last.
    pub(crate) grown: Age,
}

impl Trace {
    /// The id.
    #[must_use]
    pub const fn id(&self) -> TraceId {
        self.id
    }

    /// The spans of all services, in the order they arrived.
    #[must_use]
    pub fn spans(&self) -> &[Arc<Span>] {
        &self.spans
    }

    /// The log records that name this trace, in the order they arrived.
    #[must_use]
    pub fn logs(&self) -> &[Arc<Log>] {
        &self.logs
    }

    /// The spans of this name, in the order they arrived.
    pub fn spans_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Arc<Span>> {
        self.spans.iter().filter(move |span| span.name() == name)
    }

    /// The span without a parent, or else the earliest whose parent has not arrived, or else
    /// (every span has its parent here: a cycle) the earliest. `None` while only logs are here.
    #[must_use]
    pub fn root(&self) -> Option<&Arc<Span>> {
        let here: HashSet<_> = self.spans.iter().map(|span| span.id).collect();
        self.spans.iter().min_by_key(|span| {
            let rank = match span.parent_id() {
                None => 0,
                Some(parent) if !here.contains(&parent) => 1,
                Some(_) => 2,
            };
            (rank, span.proto.start_time_unix_nano)
        })
    }

    /// The services in it, sorted.
    #[must_use]
    pub fn services(&self) -> Vec<&str> {
        let mut services: Vec<_> = self.spans.iter().map(|span| span.service()).collect();
        services.extend(self.logs.iter().map(|log| log.service()));
        services.sort_unstable();
        services.dedup();
        services
    }

    /// From the earliest start to the latest end.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let starts = self.spans.iter().map(|s| s.proto.start_time_unix_nano);
        let ends = self.spans.iter().map(|s| s.proto.end_time_unix_nano);
        let nanos = ends
            .max()
            .unwrap_or_default()
            .saturating_sub(starts.min().unwrap_or_default());
        Duration::from_nanos(nanos)
    }

    /// How many of its spans have the status `Error`.
    #[must_use]
    pub fn error_count(&self) -> usize {
        self.spans
            .iter()
            .filter(|span| span.status() == StatusCode::Error)
            .count()
    }
}

/// Whether nothing more of the processes that have sent these spans is to be expected above them:
/// there is a root, or every parent that is not here is of another process.
pub(crate) fn has_top(spans: &[Arc<Span>]) -> bool {
    let here: HashSet<_> = spans.iter().map(|span| span.id).collect();
    let mut orphans = (spans.iter())
        .filter(|span| span.parent_id().is_some_and(|id| !here.contains(&id)))
        .peekable();
    spans.iter().any(|span| span.parent_id().is_none())
        || (orphans.peek().is_some() && orphans.all(|span| span.comes_from_elsewhere()))
}
