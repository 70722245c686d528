//! What travels with a job, from who enqueues it to who runs it.

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    self as otel,
    trace::{SpanContext, TraceContextExt as _},
};
use otelier_core::{Propagation, Providers, Source};

use crate::wire::{BAGGAGE, FIELDS, MAX_FIELD, TRACEPARENT, TRACESTATE};

/// Room for what later versions of the format may add.
const MAX_TRACEPARENT: usize = 128;
/// As much as W3C asks everybody to carry.
const MAX_TRACESTATE: usize = 512;

/// The trace and the baggage that a job belongs to.
///
/// In a row or message it is an object of W3C headers (serde), or one text
/// (`Display` and `FromStr`); a service that is off or compiled without
/// telemetry writes the empty one. Nothing that it is made from is an error:
/// what is malformed, or longer than 128 bytes (`traceparent`), 512 bytes
/// (`tracestate`) or 8 KiB (`baggage`), is left out, and a job without a valid
/// `traceparent` begins a new trace.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Context {
    traceparent: Box<str>,
    tracestate: Box<str>,
    baggage: Box<str>,
}

impl Context {
    /// Captures the current span and its baggage, the empty context where
    /// there is none, while telemetry is off, and where nothing is propagated
    /// (`OTEL_PROPAGATORS=none`).
    ///
    /// The form is W3C's whatever else is configured.
    #[must_use]
    pub fn current() -> Self {
        let source = Source::current();
        let Some(providers) = source.providers() else {
            return Self::default();
        };
        let mut headers = HeaderMap::new();
        otel::Context::map_current(|cx| {
            providers.propagation().inject(cx, &mut headers);
            if headers.keys().any(|name| name != BAGGAGE) {
                w3c().inject(cx, &mut headers);
            }
        });
        let fields = headers.iter().filter_map(|(name, value)| {
            let value = value.to_str().ok()?;
            Some((name.as_str(), value))
        });
        fields.collect()
    }

    /// Tells whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Goes through names and values of the fields that are there, for the
    /// headers or attributes of a message; `collect` makes a context of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let values = [&*self.traceparent, &*self.tracestate, &*self.baggage];
        let fields = FIELDS.into_iter().zip(values);
        fields.filter(|(_, value)| !value.is_empty())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let fields = [
            (TRACEPARENT, &mut self.traceparent, MAX_TRACEPARENT),
            (TRACESTATE, &mut self.tracestate, MAX_TRACESTATE),
            (BAGGAGE, &mut self.baggage, MAX_FIELD),
        ];
        let value = value.trim_matches([' ', '\t']);
        let plain = value.bytes().all(|b| matches!(b, b'\t' | b' '..=b'~'));
        for (field, place, most) in fields {
            if field.eq_ignore_ascii_case(name) && plain && value.len() <= most {
                *place = value.into();
            }
        }
    }

    /// The span that it names, if that is valid.
    pub(super) fn span_context(&self) -> Option<SpanContext> {
        if self.traceparent.is_empty() {
            return None;
        }
        let fields = [
            (TRACEPARENT, &*self.traceparent),
            (TRACESTATE, &*self.tracestate),
        ];
        let cx = w3c().extract(&headers(fields), &otel::Context::new());
        let span = cx.span().span_context().clone();
        span.is_valid().then_some(span)
    }

    /// Adds the baggage to a context, if the process takes baggage.
    pub(super) fn add_baggage(&self, providers: &Providers, cx: otel::Context) -> otel::Context {
        if self.baggage.is_empty() {
            return cx;
        }
        let headers = headers([(BAGGAGE, &self.baggage)]);
        providers.propagation().extract(&headers, &cx)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

fn w3c() -> Propagation {
    Propagation::none().with_trace_context()
}

fn headers<const N: usize>(fields: [(&'static str, &str); N]) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(N);
    for (name, value) in fields {
        if let Ok(value) = HeaderValue::from_str(value)
            && !value.is_empty()
        {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers
}
