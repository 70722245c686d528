//! Context in and out of headers.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::TraceContextExt as _,
};

use crate::trace_context::{self, TraceHeaders};

/// How context enters and leaves the process: W3C Trace Context by our own
/// strict parser, everything else by propagators of the OpenTelemetry API.
#[derive(Clone, Default)]
pub struct Propagation {
    trace_context: bool,
    others: Vec<Arc<dyn TextMapPropagator + Send + Sync>>,
}

impl Propagation {
    /// Propagates nothing (`OTEL_PROPAGATORS=none`).
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds W3C Trace Context: the headers `traceparent` and `tracestate`.
    #[must_use]
    pub fn with_trace_context(mut self) -> Self {
        self.trace_context = true;
        self
    }

    /// Adds a propagator. On the way in, a later one wins where both find a
    /// span context.
    #[must_use]
    pub fn with(mut self, propagator: Arc<dyn TextMapPropagator + Send + Sync>) -> Self {
        self.others.push(propagator);
        self
    }

    /// Reads the caller's context into `cx`. What is missing or malformed is
    /// as if it had not been sent.
    ///
    /// # Cost
    /// One pass over the headers; where a span context was sent, the allocation
    /// in which the API wants it.
    #[must_use]
    pub fn extract(&self, headers: &HeaderMap, cx: &Context) -> Context {
        self.extract_met(TraceHeaders::of(headers), headers, cx)
    }

    /// Like [`extract`](Self::extract), for those who have passed over the
    /// headers already.
    #[must_use]
    pub fn extract_met(&self, met: TraceHeaders<'_>, headers: &HeaderMap, cx: &Context) -> Context {
        let mut extracted = None;
        if self.trace_context
            && let Some(remote) = met.read(headers)
        {
            extracted = Some(cx.with_remote_span_context(remote));
        }
        if !headers.is_empty() {
            for propagator in &self.others {
                let base = extracted.as_ref().unwrap_or(cx);
                extracted = Some(propagator.extract_with_context(base, &HeaderCarrier(headers)));
            }
        }
        extracted.unwrap_or_else(|| cx.clone())
    }

    /// Writes the context for the callee, replacing what stands there.
    /// What HTTP cannot carry is left out.
    pub fn inject(&self, cx: &Context, headers: &mut HeaderMap) {
        if self.trace_context {
            trace_context::into_headers(cx.span().span_context(), headers);
        }
        for propagator in &self.others {
            propagator.inject_context(cx, &mut HeaderCarrier(&mut *headers));
        }
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut list = f.debug_list();
        if self.trace_context {
            list.entry(&"traceparent").entry(&"tracestate");
        }
        list.entries(self.others.iter().flat_map(|other| other.fields()));
        list.finish()
    }
}

/// HTTP headers as a carrier for OpenTelemetry's propagators.
#[derive(Debug)]
pub struct HeaderCarrier<H>(pub H);

impl Extractor for HeaderCarrier<&HeaderMap> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

impl Injector for HeaderCarrier<&mut HeaderMap> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(key), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}
