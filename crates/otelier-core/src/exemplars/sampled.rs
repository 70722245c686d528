//! The span that something is measured in.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceId},
};

use super::{cell::PARTS, wall};

/// The sampled span that a duration is measured in, and when that began.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_core::edge::Sampled;
///
/// let took = Duration::from_millis(5);
/// assert!(Sampled::current(took).is_none(), "no span is current here");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sampled {
    trace_id: TraceId,
    span_id: SpanId,
    since: SystemTime,
}

impl Sampled {
    /// A span in which something is measured since a moment, if it is sampled.
    #[inline]
    pub(crate) fn of(span: &SpanContext, since: SystemTime) -> Option<Self> {
        span.is_sampled().then(|| Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            since,
        })
    }

    /// The current span, if it is sampled, for what took so long until now.
    #[must_use]
    pub fn current(elapsed: Duration) -> Option<Self> {
        Context::map_current(|cx| {
            let span = cx.span();
            let span = span.span_context();
            // The clock is not read in vain.
            let now = span.is_sampled().then(SystemTime::now)?;
            Some(Self::of(span, now)?.earlier(elapsed))
        })
    }

    /// The same span, for what began so much earlier.
    #[must_use]
    pub fn earlier(self, by: Duration) -> Self {
        let since = self.since.checked_sub(by);
        Self {
            since: since.unwrap_or(self.since),
            ..self
        }
    }

    #[inline]
    pub(super) fn parts(self, value: f64) -> [u64; PARTS] {
        let trace = u128::from_be_bytes(self.trace_id.to_bytes());
        [
            value.to_bits(),
            wall::nanos(self.since),
            (trace >> 64) as u64,
            trace as u64,
            u64::from_be_bytes(self.span_id.to_bytes()),
        ]
    }
}
