//! All formats together.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
};

use super::{
    b3, baggage,
    carrier::HeaderCarrier,
    remote::{Outgoing, Remote, Unsampled, own_id_if_unsampled},
    trace_context::{self, TraceHeaders},
};

/// How context enters and leaves the process: W3C Trace Context, W3C Baggage and
/// B3 by our own parsers, everything else by propagators of the OpenTelemetry
/// API.
///
/// What came in and nobody changed goes out as it came, in whichever headers
/// are set: members of baggage byte by byte, all of a `tracestate`, the flag of
/// a random trace id whatever is sampled, and B3's debug.
///
/// ```
/// use http::HeaderMap;
/// use opentelemetry::Context;
/// use otelier_core::{Propagation, traceparent};
///
/// let propagation = Propagation::none().with_trace_context().with_baggage();
/// assert_eq!(propagation.fields(), ["traceparent", "tracestate", "baggage"]);
///
/// let mut headers = HeaderMap::new();
/// let sent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// headers.insert("traceparent", sent.parse().unwrap());
/// let cx = propagation.extract(&headers, &Context::new());
/// assert_eq!(traceparent(&cx).unwrap(), sent);
///
/// let mut onward = HeaderMap::new();
/// propagation.inject(&cx, &mut onward);
/// assert_eq!(onward["traceparent"], sent);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct Propagation {
    /// Read before `spans`.
    trace_context: bool,
    baggage: bool,
    /// What else names a span, in the order of the way in.
    spans: Vec<Format>,
    others: Vec<Arc<dyn TextMapPropagator + Send + Sync>>,
}

/// A format of ours that names a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    TraceContext,
    B3(b3::Form),
}

impl Propagation {
    /// Propagates nothing (`OTEL_PROPAGATORS=none`).
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds W3C Trace Context: the headers `traceparent` and `tracestate`.
    ///
    /// Of the formats that name a span, the one that was added last wins on the
    /// way in, where several find one.
    pub fn with_trace_context(mut self) -> Self {
        if self.spans.is_empty() {
            self.trace_context = true;
            return self;
        }
        self.with_span(Format::TraceContext)
    }

    /// Adds W3C Baggage: the header `baggage`.
    pub fn with_baggage(mut self) -> Self {
        self.baggage = true;
        self
    }

    /// Adds B3 in one header, `b3`. Both forms are read.
    pub fn with_b3(self) -> Self {
        self.with_span(Format::B3(b3::Form::Single))
    }

    /// Adds B3 in several headers, `x-b3-*`. Both forms are read.
    pub fn with_b3_multi(self) -> Self {
        self.with_span(Format::B3(b3::Form::Multi))
    }

    fn with_span(mut self, format: Format) -> Self {
        if !self.spans.contains(&format) {
            self.spans.push(format);
        }
        self
    }

    /// Adds a propagator. On the way in it wins against all that were added
    /// before and against those of ours.
    pub fn with(mut self, propagator: Arc<dyn TextMapPropagator + Send + Sync>) -> Self {
        self.others.push(propagator);
        self
    }

    /// Tells whether nothing is propagated.
    #[must_use]
    pub fn is_none(&self) -> bool {
        !self.trace_context && !self.baggage && self.spans.is_empty() && self.others.is_empty()
    }

    /// The names of the headers that are written, each once.
    #[must_use]
    pub fn fields(&self) -> Vec<&str> {
        let mut fields = Vec::new();
        let trace_context = [Format::TraceContext];
        let first = if self.trace_context {
            &trace_context[..]
        } else {
            &[]
        };
        for format in first.iter().chain(&self.spans) {
            fields.extend(match format {
                Format::TraceContext => &[trace_context::PARENT, trace_context::STATE][..],
                Format::B3(form) => form.fields(),
            });
        }
        if self.baggage {
            fields.push(baggage::NAME);
        }
        for other in &self.others {
            fields.extend(other.fields());
        }
        let mut known = Vec::with_capacity(fields.len());
        for field in fields {
            if !known.contains(&field) {
                known.push(field);
            }
        }
        known
    }

    /// Reads the caller's context into `cx`. What is missing or malformed is
    /// as if it had not been sent.
    ///
    /// # Cost
    /// One pass over the headers; where a span context was sent, the allocation
    /// in which the API wants it. Baggage, a list that the API cannot hold, a
    /// random trace id and debug are a value of the context each.
    #[must_use]
    pub fn extract(&self, headers: &HeaderMap, cx: &Context) -> Context {
        self.extract_met(TraceHeaders::of(headers), headers, cx)
    }

    /// Like [`extract`](Self::extract), for those who have passed over the
    /// headers already.
    #[must_use]
    pub fn extract_met(&self, met: TraceHeaders<'_>, headers: &HeaderMap, cx: &Context) -> Context {
        let (_, entered) = self.enter(met, headers, cx, Unsampled::AsItCame);
        entered.unwrap_or_else(|| cx.clone())
    }

    /// Like [`extract`](Self::extract), `None` where nothing came in.
    #[must_use]
    pub fn extract_any(&self, headers: &HeaderMap, cx: &Context) -> Option<Context> {
        let met = TraceHeaders::of(headers);
        let (_, entered) = self.enter(met, headers, cx, Unsampled::AsItCame);
        entered
    }

    /// Like [`extract_met`](Self::extract_met), for a request that leaves no
    /// span where it is not sampled: its callees are told a span id of its own
    /// then, as if there were one.
    #[must_use]
    pub fn extract_unrecorded(
        &self,
        met: TraceHeaders<'_>,
        headers: &HeaderMap,
        cx: &Context,
    ) -> Context {
        let (is_ours, entered) = self.enter(met, headers, cx, Unsampled::WithOwnId);
        let entered = entered.unwrap_or_else(|| cx.clone());
        if is_ours {
            entered
        } else {
            own_id_if_unsampled(entered)
        }
    }

    /// What came in, and whether its span is what a format of ours told.
    #[inline(always)]
    fn enter(
        &self,
        met: TraceHeaders<'_>,
        headers: &HeaderMap,
        cx: &Context,
        unsampled: Unsampled,
    ) -> (bool, Option<Context>) {
        if !self.spans.is_empty() || !self.others.is_empty() {
            return self.enter_by_all(met, headers, cx, unsampled);
        }
        let mut entered = None;
        if self.trace_context {
            entered = met.enter(headers, cx, unsampled);
        }
        let is_ours = entered.is_some();
        if self.baggage && met.has_baggage {
            entered = add_baggage(headers, entered, cx);
        }
        (is_ours, entered)
    }

    /// The same for more formats than those of W3C. Apart, because they seldom
    /// are.
    #[cold]
    fn enter_by_all(
        &self,
        met: TraceHeaders<'_>,
        headers: &HeaderMap,
        cx: &Context,
        unsampled: Unsampled,
    ) -> (bool, Option<Context>) {
        let mut remote = None;
        if self.trace_context {
            remote = met.read(headers);
        }
        for format in &self.spans {
            remote = format.read_after(remote, || met.read(headers), &HeaderCarrier(headers));
        }
        let is_ours = remote.is_some() && self.others.is_empty();
        let mut entered = remote.map(|remote| remote.enter(cx, unsampled));
        if self.baggage && met.has_baggage {
            entered = add_baggage(headers, entered, cx);
        }
        for other in &self.others {
            let base = entered.as_ref().unwrap_or(cx);
            entered = Some(other.extract_with_context(base, &HeaderCarrier(headers)));
        }
        (is_ours, entered)
    }

    /// Reads what a caller put into any carrier.
    pub(super) fn extract_text(&self, carrier: &dyn Extractor, cx: &Context) -> Context {
        let mut remote = None;
        if self.trace_context {
            remote = trace_context::read_text(carrier);
        }
        for format in &self.spans {
            remote = format.read_after(remote, || trace_context::read_text(carrier), carrier);
        }
        let mut entered = remote.map(|remote| remote.enter(cx, Unsampled::AsItCame));
        if self.baggage
            && let Some(lines) = carrier.get_all(baggage::NAME)
        {
            let lines = lines.into_iter().map(str::as_bytes);
            let base = entered.as_ref().unwrap_or(cx);
            entered = baggage::read(lines, base).or(entered);
        }
        for other in &self.others {
            let base = entered.as_ref().unwrap_or(cx);
            entered = Some(other.extract_with_context(base, carrier));
        }
        entered.unwrap_or_else(|| cx.clone())
    }

    /// Writes the context for the callee, replacing what stands there.
    /// What HTTP cannot carry is left out.
    pub fn inject(&self, cx: &Context, headers: &mut HeaderMap) {
        self.write(cx, headers, Unsampled::AsItCame);
    }

    /// Like [`inject`](Self::inject), for a call that leaves no span because it
    /// is not sampled: the callee is told a span id of its own, as if there were
    /// one.
    pub fn inject_unrecorded(&self, cx: &Context, headers: &mut HeaderMap) {
        if self.others.is_empty() {
            self.write(cx, headers, Unsampled::WithOwnId);
        } else {
            // They know of no ids but the context's.
            let own = own_id_if_unsampled(cx.clone());
            self.write(&own, headers, Unsampled::AsItCame);
        }
    }

    #[inline]
    fn write(&self, cx: &Context, headers: &mut HeaderMap, unsampled: Unsampled) {
        if (self.trace_context || !self.spans.is_empty())
            && let Some(span) = Outgoing::of(cx, unsampled)
        {
            if self.trace_context {
                trace_context::write(&span, headers);
            }
            if !self.spans.is_empty() {
                self.write_spans(&span, headers);
            }
        }
        if self.baggage
            && let Some(value) = baggage::write(cx)
            && let Ok(value) = HeaderValue::try_from(value)
        {
            headers.insert(&baggage::HEADER, value);
        }
        for other in &self.others {
            other.inject_context(cx, &mut HeaderCarrier(&mut *headers));
        }
    }

    fn write_spans(&self, span: &Outgoing<'_>, headers: &mut HeaderMap) {
        // What stands in one form must not contradict what is written in another.
        for name in b3::NAMES {
            headers.remove(name);
        }
        for format in &self.spans {
            match format {
                Format::TraceContext => trace_context::write(span, headers),
                Format::B3(form) => {
                    let mut carrier = HeaderCarrier(&mut *headers);
                    form.write(span, |name, value| carrier.set(name, value));
                }
            }
        }
    }

    /// Writes the context into any carrier.
    pub(super) fn inject_text(&self, cx: &Context, carrier: &mut dyn Injector) {
        if (self.trace_context || !self.spans.is_empty())
            && let Some(span) = Outgoing::of(cx, Unsampled::AsItCame)
        {
            if self.trace_context {
                trace_context::write_text(&span, carrier);
            }
            for format in &self.spans {
                match format {
                    Format::TraceContext => trace_context::write_text(&span, carrier),
                    Format::B3(form) => form.write(&span, |name, value| carrier.set(name, value)),
                }
            }
        }
        if self.baggage
            && let Some(value) = baggage::write(cx)
        {
            carrier.set(baggage::NAME, value);
        }
        for other in &self.others {
            other.inject_context(cx, carrier);
        }
    }
}

/// Adds what came in as baggage to what came in besides.
#[cold]
fn add_baggage(headers: &HeaderMap, entered: Option<Context>, cx: &Context) -> Option<Context> {
    let lines = headers.get_all(&baggage::HEADER).into_iter();
    let base = entered.as_ref().unwrap_or(cx);
    baggage::read(lines.map(HeaderValue::as_bytes), base).or(entered)
}

impl Format {
    /// What this format tells, or else what was told before.
    fn read_after(
        self,
        before: Option<Remote>,
        trace_context: impl FnOnce() -> Option<Remote>,
        carrier: &dyn Extractor,
    ) -> Option<Remote> {
        let now = match self {
            Self::TraceContext => trace_context(),
            Self::B3(_) => b3::read(carrier),
        };
        match now {
            Some(now) => Some(now.after(before)),
            None => before,
        }
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields()).finish()
    }
}

#[cfg(test)]
mod tests;
