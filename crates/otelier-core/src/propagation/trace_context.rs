//! W3C Trace Context: `traceparent` and `tracestate`, strictly and without
//! allocation (<https://www.w3.org/TR/trace-context-2/>).

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    Context,
    propagation::{Extractor, Injector},
    trace::{SpanId, TraceFlags, TraceId},
};

use super::{
    remote::{self, Outgoing, Remote, Unsampled},
    trace_state,
};

pub(super) const PARENT: &str = "traceparent";
pub(super) const STATE: &str = "tracestate";

static TRACEPARENT: HeaderName = HeaderName::from_static(PARENT);
static TRACESTATE: HeaderName = HeaderName::from_static(STATE);

/// The flags that Trace Context knows: sampled, and random trace id.
const KNOWN_FLAGS: u8 = 0b11;

/// The headers of Trace Context and Baggage, as a pass over a request's headers
/// meets them: with as many as requests have, one pass costs less than a look-up
/// for each.
///
/// ```
/// use http::HeaderMap;
/// use opentelemetry::Context;
/// use otelier_core::{Propagation, TraceHeaders};
///
/// fn enter(propagation: &Propagation, headers: &HeaderMap) -> Context {
///     let mut met = TraceHeaders::default();
///     for (name, value) in headers {
///         if !met.meet(name.as_str(), value) {
///             // .. another header, which is looked at in the same pass ..
///         }
///     }
///     propagation.extract_met(met, headers, &Context::new())
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceHeaders<'a> {
    parent: Option<&'a HeaderValue>,
    is_repeated: bool,
    has_state: bool,
    pub(super) has_baggage: bool,
}

impl<'a> TraceHeaders<'a> {
    /// Takes note of a header. Tells whether it is one of them.
    #[inline]
    pub fn meet(&mut self, name: &str, value: &'a HeaderValue) -> bool {
        match name {
            "traceparent" => self.is_repeated |= self.parent.replace(value).is_some(),
            "tracestate" => self.has_state = true,
            "baggage" => self.has_baggage = true,
            _ => return false,
        }
        true
    }

    /// Those of all headers.
    #[must_use]
    pub fn of(headers: &'a HeaderMap) -> Self {
        let mut met = Self::default();
        for (name, value) in headers {
            met.meet(name.as_str(), value);
        }
        met
    }

    /// The context of what the caller wants done, `None` unless it sent its span.
    #[inline(always)]
    pub(super) fn enter(
        &self,
        headers: &HeaderMap,
        cx: &Context,
        unsampled: Unsampled,
    ) -> Option<Context> {
        let ids = self.ids()?;
        Some(if self.has_state {
            self.remote(ids, headers).enter(cx, unsampled)
        } else {
            remote::enter(ids, cx, unsampled)
        })
    }

    /// What the caller sent of its span. `headers` are those that were met.
    pub(super) fn read(&self, headers: &HeaderMap) -> Option<Remote> {
        Some(self.remote(self.ids()?, headers))
    }

    /// `None` unless there is exactly one `traceparent` and it is valid.
    #[inline(always)]
    fn ids(&self) -> Option<(TraceId, SpanId, TraceFlags)> {
        let parent = self.parent.filter(|_| !self.is_repeated)?;
        parse(parent.as_bytes().trim_ascii())
    }

    #[cold]
    fn remote(
        &self,
        (trace_id, span_id, flags): (TraceId, SpanId, TraceFlags),
        headers: &HeaderMap,
    ) -> Remote {
        let mut remote = Remote::new(trace_id, span_id, flags);
        if self.has_state {
            let lines = headers.get_all(&TRACESTATE).into_iter();
            remote.set_state(trace_state::read(lines.map(HeaderValue::as_bytes)));
        }
        remote
    }
}

/// Reads the same out of any carrier.
pub(super) fn read_text(carrier: &dyn Extractor) -> Option<Remote> {
    let parents = carrier.get_all(PARENT)?;
    let [parent] = parents[..] else {
        return None;
    };
    let (trace_id, span_id, flags) = parse(parent.as_bytes().trim_ascii())?;
    let mut remote = Remote::new(trace_id, span_id, flags);
    let lines = carrier.get_all(STATE).unwrap_or_default();
    remote.set_state(trace_state::read(lines.into_iter().map(str::as_bytes)));
    Some(remote)
}

/// Writes a span for its callee, in place of what stands there.
pub(super) fn write(span: &Outgoing<'_>, headers: &mut HeaderMap) {
    if let Ok(value) = HeaderValue::from_bytes(&format(span)) {
        headers.insert(&TRACEPARENT, value);
    }
    // A caller's own list must not travel with our ids.
    let remove = |headers: &mut HeaderMap| {
        if headers.len() > 1 {
            headers.remove(&TRACESTATE);
        }
    };
    if span.state.is_empty() {
        return remove(headers);
    }
    match HeaderValue::from_str(&span.state) {
        Ok(value) => drop(headers.insert(&TRACESTATE, value)),
        Err(_) => remove(headers),
    }
}

/// Writes a span into any carrier.
pub(super) fn write_text(span: &Outgoing<'_>, carrier: &mut dyn Injector) {
    if let Ok(parent) = str::from_utf8(&format(span)) {
        carrier.set(PARENT, parent.to_owned());
    }
    if !span.state.is_empty() {
        carrier.set(STATE, span.state.to_string());
    }
}

/// Writes the span of a context as the value of `traceparent`, or of
/// `traceresponse`. `None` if there is none.
#[must_use]
pub fn traceparent(cx: &Context) -> Option<HeaderValue> {
    let span = Outgoing::of(cx, Unsampled::AsItCame)?;
    HeaderValue::from_bytes(&format(&span)).ok()
}

/// Reads `00-<32 hex>-<16 hex>-<2 hex>`; versions above 00 may go on after
/// another `-`, version ff is invalid.
#[inline(always)]
fn parse(value: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (version, tail) = value.split_first_chunk::<3>()?;
    let (trace_id, tail) = tail.split_first_chunk::<32>()?;
    let (&dash, tail) = tail.split_first()?;
    let (span_id, tail) = tail.split_first_chunk::<16>()?;
    let (flags, rest) = tail.split_first_chunk::<3>()?;
    let ([v1, v0, b'-'], b'-', [b'-', f1, f0]) = (version, dash, flags) else {
        return None;
    };
    // As many digits as a trace id has are read at once.
    let mut others = [b'0'; 32];
    others[..16].copy_from_slice(span_id);
    others[16..20].copy_from_slice(&[*v1, *v0, *f1, *f0]);
    let (trace_id, others) = (hex(trace_id)?, hex(&others)?);
    let Some((&span_id, [version, flags, ..])) = others.split_first_chunk() else {
        return None;
    };
    let well_ended = match *version {
        0 => rest.is_empty(),
        0xff => false,
        _ => rest.first().is_none_or(|&next| next == b'-'),
    };
    let (trace_id, span_id) = (TraceId::from_bytes(trace_id), SpanId::from_bytes(span_id));
    if !well_ended || trace_id == TraceId::INVALID || span_id == SpanId::INVALID {
        return None;
    }
    Some((trace_id, span_id, TraceFlags::new(*flags & KNOWN_FLAGS)))
}

/// Reads digits. Lower case only, as the specification demands. Without a
/// branch and with as many as this, so that the compiler reads sixteen at a time.
#[inline(never)]
fn hex(digits: &[u8; 32]) -> Option<[u8; 16]> {
    let (mut values, mut wrong) = ([0; 32], false);
    for (value, digit) in values.iter_mut().zip(digits) {
        let (number, letter) = (digit.wrapping_sub(b'0'), digit.wrapping_sub(b'a'));
        wrong |= !((number < 10) | (letter < 6));
        *value = if number < 10 {
            number
        } else {
            letter.wrapping_add(10)
        };
    }
    let mut bytes = [0; 16];
    for (byte, [high, low]) in bytes.iter_mut().zip(values.as_chunks().0) {
        *byte = high << 4 | low;
    }
    (!wrong).then_some(bytes)
}

fn format(span: &Outgoing<'_>) -> [u8; 55] {
    let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
    let (trace_id, span_id) = (span.trace_id.to_bytes(), span.span_id.to_bytes());
    let words = trace_id.as_chunks().0.iter().chain(span_id.as_chunks().0);
    for (start, word) in [3, 11, 19, 27, 36, 44].into_iter().zip(words) {
        let place = text.get_mut(start..).and_then(<[u8]>::first_chunk_mut);
        if let Some(place) = place {
            *place = digits(u32::from_be_bytes(*word));
        }
    }
    let [.., high, low] = &mut text;
    [.., *high, *low] = digits((span.flags & KNOWN_FLAGS).into());
    text
}

/// Writes a number as eight digits at once.
fn digits(number: u32) -> [u8; 8] {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let quads = u64::from(number);
    let pairs = (quads | quads << 16) & 0x0000_ffff_0000_ffff;
    let bytes = (pairs | pairs << 8) & 0x00ff_00ff_00ff_00ff;
    let values = (bytes | bytes << 4) & (ONES * 0x0f);
    let letters = ((values + ONES * 6) >> 4) & ONES;
    let text = values + ONES * u64::from(b'0') + letters * u64::from(b'a' - b'9' - 1);
    text.to_be_bytes()
}

#[cfg(test)]
mod tests;
