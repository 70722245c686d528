//! Log records.

use super::{
    age::Age,
    origin::{Origin, attribute_methods, display, find},
};
use crate::id::{SpanId, TraceId};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue},
    logs::v1::LogRecord,
};
use std::{borrow::Cow, sync::Arc};

/// A log record as it was received, with its origin.
///
/// ```
/// use otelier_collector::Store;
///
/// /// What was logged in no trace.
/// fn lost(store: &Store) -> Vec<String> {
///     let logs = store.logs();
///     let lost = logs.iter().filter(|log| log.trace_id().is_none());
///     lost.map(|log| log.body().into_owned()).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    origin: Arc<Origin>,
    proto: LogRecord,
    /// Its place in the order in which records came.
    seq: Age,
}

impl Log {
    pub(crate) fn new(origin: &Arc<Origin>, proto: LogRecord) -> Self {
        Self {
            origin: Arc::clone(origin),
            proto,
            seq: 0,
        }
    }

    pub(crate) const fn with_seq(mut self, seq: Age) -> Self {
        self.seq = seq;
        self
    }

    pub(crate) const fn seq(&self) -> Age {
        self.seq
    }

    /// The message as it travelled, for everything that has no method here.
    #[must_use]
    pub const fn proto(&self) -> &LogRecord {
        &self.proto
    }

    /// The trace during which it was written; an invalid id counts as none.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_bytes(&self.proto.trace_id)
    }

    /// The span during which it was written; an invalid id counts as none.
    #[must_use]
    pub fn span_id(&self) -> Option<SpanId> {
        SpanId::from_bytes(&self.proto.span_id)
    }

    /// The severity number, 1 (TRACE) to 24 (FATAL4); 0 when there is none.
    #[must_use]
    pub const fn severity(&self) -> i32 {
        self.proto.severity_number
    }

    /// The name of the severity's range, such as `WARN`; empty when there is none.
    #[must_use]
    pub const fn level(&self) -> &'static str {
        match self.proto.severity_number {
            1..=4 => "TRACE",
            5..=8 => "DEBUG",
            9..=12 => "INFO",
            13..=16 => "WARN",
            17..=20 => "ERROR",
            21..=24 => "FATAL",
            _ => "",
        }
    }

    /// The body as text: a string as it is, everything else as JSON; empty where there is none.
    #[must_use]
    pub fn body(&self) -> Cow<'_, str> {
        let body = self.proto.body.as_ref();
        let body = body.filter(|body| body.value.is_some());
        body.map_or(Cow::Borrowed(""), display)
    }

    /// The time it was written, or else observed, in Unix nanoseconds.
    #[must_use]
    pub const fn time_unix_nano(&self) -> u64 {
        match self.proto.time_unix_nano {
            0 => self.proto.observed_time_unix_nano,
            time => time,
        }
    }

    /// The record's attributes, in the order received.
    #[must_use]
    pub fn attributes(&self) -> &[KeyValue] {
        &self.proto.attributes
    }

    attribute_methods!();
}
