//! The first processor of a signal: adds what is known about the request, bounds
//! what one record may hold and how many may wait, before batches are made of them.
//!
//! Values are cut here and not at export, so that a queue of large records
//! cannot fill the memory.

use std::{
    fmt,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use opentelemetry::{Context, InstrumentationScope, logs::LogRecord as _};
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    logs::{LogProcessor, SdkLogRecord},
    trace::{Span, SpanData, SpanProcessor},
};

use otelier_otlp::Outbox;

use super::{
    batch::{Batches, Logged, Sink},
    bounded::deadline,
    config::{LogLimits, SpanLimits},
    ledger::Ledger,
    record,
    request::{tell_record, tell_span},
    truncate,
};

/// The longest name of a span, in characters. The limits are those of values, but
/// a queue of names is not to fill the memory either.
const NAME: usize = 16 * 1024;

/// Waits until what was encoded is sent, or lost: who flushed only knows that it
/// was handed over.
pub(super) fn drain(outbox: Option<&Outbox>, bound: Duration) -> OTelSdkResult {
    match outbox {
        Some(outbox) if !outbox.drain(deadline(bound)) => Err(OTelSdkError::Timeout(bound)),
        _ => Ok(()),
    }
}

/// Admits records to batches.
pub(crate) struct Admit<S: Sink, L> {
    pub(crate) next: Batches<S>,
    pub(crate) limits: L,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) outbox: Option<Arc<Outbox>>,
    /// The bound on a flush.
    pub(crate) flush: Duration,
}

impl<S: Sink, L> Admit<S, L> {
    fn flush(&self) -> OTelSdkResult {
        let flushed = self.next.flush();
        flushed.and(drain(self.outbox.as_deref(), self.flush))
    }

    fn stop(&self, bound: Duration) -> OTelSdkResult {
        let started = Instant::now();
        let stopped = self.next.stop(bound);
        let left = bound.saturating_sub(started.elapsed());
        stopped.and(drain(self.outbox.as_deref(), left))
    }
}

impl<S: Sink<Item = SpanData>> SpanProcessor for Admit<S, SpanLimits> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        tell_span(span, cx);
    }

    fn on_end(&self, mut span: SpanData) {
        if !span.span_context.is_sampled() || !self.ledger.admit() {
            return;
        }
        let cut = self.cut(&mut span);
        if cut > 0 {
            self.ledger.truncated.fetch_add(cut, Relaxed);
        }
        self.next.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.stop(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

impl<S: Sink> Admit<S, SpanLimits> {
    fn cut(&self, span: &mut SpanData) -> u64 {
        let SpanData {
            name,
            attributes,
            events,
            links,
            // No texts, or such as the encoder cuts.
            span_context: _,
            parent_span_id: _,
            parent_span_is_remote: _,
            span_kind: _,
            start_time: _,
            end_time: _,
            dropped_attributes_count: _,
            status: _,
            instrumentation_scope: _,
        } = span;
        let limit = self.limits.value_length;
        truncate::name(name, NAME);
        let mut cut = truncate::attributes(attributes, limit);
        for event in &mut events.events {
            truncate::name(&mut event.name, NAME);
            cut += truncate::attributes(&mut event.attributes, limit);
        }
        for link in &mut links.links {
            cut += truncate::attributes(&mut link.attributes, limit);
        }
        cut
    }
}

impl<S: Sink<Item = Logged>> LogProcessor for Admit<S, LogLimits> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if !self.ledger.admit() {
            return;
        }
        tell_record(record);
        let kept = match self.cut(record) {
            Some((short, cut)) => {
                self.ledger.truncated.fetch_add(cut, Relaxed);
                short
            }
            None => record.clone(),
        };
        self.next.push((kept, scope.clone()));
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.stop(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

impl<S: Sink> Admit<S, LogLimits> {
    /// A copy within the limits, or `None` if the record is within them.
    fn cut(&self, original: &SdkLogRecord) -> Option<(SdkLogRecord, u64)> {
        let limit = self.limits.value_length;
        let most = usize::try_from(self.limits.attributes).unwrap_or(usize::MAX);
        let exceeds = |value| truncate::exceeds(value, limit);
        let too_long = original
            .attributes_iter()
            .filter(|(_, value)| exceeds(value))
            .count()
            + usize::from(original.body().is_some_and(exceeds));
        let too_many = original.attributes_iter().nth(most).is_some();
        if too_long == 0 && !too_many && !record::has_zero_ids(original) {
            return None;
        }
        let mut copy = record::head_of(original);
        if let Some(body) = original.body() {
            copy.set_body(truncate::any_value(body, limit));
        }
        for (key, value) in original.attributes_iter().take(most) {
            copy.add_attribute(key.clone(), truncate::any_value(value, limit));
        }
        Some((copy, u64::try_from(too_long).unwrap_or(u64::MAX)))
    }
}

otelier_core::shown!([S: Sink, L: fmt::Debug] Admit<S, L>: limits);
