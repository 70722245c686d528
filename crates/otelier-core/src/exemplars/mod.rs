//! Exemplars: by which traces the buckets of histograms were filled.
//!
//! The SDK has none. [`Durations`](crate::edge::Durations) keep them beside its
//! histograms, and whoever exports [takes](Exemplars::take) them.

mod cell;
mod instrument;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use opentelemetry::{
    Context, InstrumentationScope, KeyValue,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceId},
};

pub(crate) use self::instrument::{Instrument, Series};

/// What cells are made of, which a model checker replaces.
mod atomic {
    pub(super) use std::sync::atomic::{AtomicU64, Ordering};
}

/// The sampled span that a duration is measured in, and when.
///
/// ```
/// use otelier_core::edge::Sampled;
///
/// assert!(Sampled::current().is_none(), "no span is current here");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Sampled {
    trace_id: TraceId,
    span_id: SpanId,
    at: SystemTime,
}

impl Sampled {
    /// A span at a moment, if it is sampled.
    #[inline]
    pub(crate) fn of(span: &SpanContext, at: SystemTime) -> Option<Self> {
        span.is_sampled().then(|| Self {
            trace_id: span.trace_id(),
            span_id: span.span_id(),
            at,
        })
    }

    /// The current span now, if it is sampled.
    #[must_use]
    pub fn current() -> Option<Self> {
        Context::map_current(|cx| {
            let span = cx.span();
            let span = span.span_context();
            // The clock is not read in vain.
            span.is_sampled()
                .then(|| Self::of(span, SystemTime::now()))?
        })
    }

    #[inline]
    fn parts(self, value: f64) -> [u64; cell::PARTS] {
        let trace = u128::from_be_bytes(self.trace_id.to_bytes());
        [
            value.to_bits(),
            nanos(self.at),
            (trace >> 64) as u64,
            trace as u64,
            u64::from_be_bytes(self.span_id.to_bytes()),
        ]
    }
}

/// Since 1970. No clock of ours is set before that, or beyond the year 2500.
#[inline]
fn nanos(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH);
    let since = since.unwrap_or(Duration::ZERO);
    (since.as_secs().wrapping_mul(1_000_000_000)).wrapping_add(u64::from(since.subsec_nanos()))
}

/// One measurement, and the sampled span that it was made in.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// What was measured.
    pub value: f64,
    /// When, in nanoseconds since 1970.
    pub nanos: u64,
    /// The trace.
    pub trace_id: TraceId,
    /// The span.
    pub span_id: SpanId,
}

impl Exemplar {
    fn of([value, nanos, high, low, span]: [u64; cell::PARTS]) -> Self {
        Self {
            value: f64::from_bits(value),
            nanos,
            trace_id: (u128::from(high) << 64 | u128::from(low)).into(),
            span_id: span.into(),
        }
    }
}

/// The exemplars of one set of providers, until they are taken: the newest of each
/// bucket. Cheap to clone.
///
/// They are for one reader, which takes them at each of its collections; others
/// see none.
///
/// # Cost
/// 48 bytes for a bucket of a series that was ever filled under a sampled span. An
/// instrument has at most 2,000 series with exemplars, which go with what they
/// were bound for, and 256 exemplars of what is not bound.
#[derive(Clone, Default)]
pub struct Exemplars(Arc<Mutex<Vec<Weak<Instrument>>>>);

impl Exemplars {
    /// There are none yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub(crate) fn add(&self, instrument: &Arc<Instrument>) {
        let mut instruments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        instruments.retain(|known| known.strong_count() > 0);
        instruments.push(Arc::downgrade(instrument));
    }

    /// Takes what was kept since the last time: `each` gets the scope and the name
    /// of the instrument, the attributes of the series, sorted by key, and the
    /// exemplar. Those of an instrument come one after the other.
    pub fn take(&self, mut each: impl FnMut(&InstrumentationScope, &str, &[KeyValue], Exemplar)) {
        let instruments = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known: Vec<_> = instruments.iter().filter_map(Weak::upgrade).collect();
        drop(instruments);
        for instrument in known {
            instrument.take(|attributes, parts| {
                let exemplar = Exemplar::of(parts);
                each(&instrument.scope, &instrument.name, attributes, exemplar);
            });
        }
    }
}

impl fmt::Debug for Exemplars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemplars").finish_non_exhaustive()
    }
}
