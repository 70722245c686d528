//! B3 propagation, single and multiple headers
//! (<https://github.com/openzipkin/b3-propagation>). Both read both forms.

use opentelemetry::{
    propagation::Extractor,
    trace::{SpanId, TraceFlags, TraceId},
};

use super::remote::{Outgoing, Remote};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// All names, also of what is never written.
pub(super) const NAMES: [&str; 6] = [
    SINGLE,
    TRACE_ID,
    SPAN_ID,
    SAMPLED,
    FLAGS,
    "x-b3-parentspanid",
];

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One header, `b3`.
    Single,
    /// A header for each part, `x-b3-*`.
    Multi,
}

impl Form {
    pub(super) fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Single => &[SINGLE],
            Self::Multi => &[TRACE_ID, SPAN_ID, SAMPLED, FLAGS],
        }
    }

    /// Writes a span for its callee. Debug stands for a decision, too.
    pub(super) fn write(self, span: &Outgoing<'_>, mut set: impl FnMut(&'static str, String)) {
        let sampled = u8::from(span.is_sampled());
        match self {
            Self::Single if span.is_debug => {
                set(SINGLE, format!("{}-{}-d", span.trace_id, span.span_id));
            }
            Self::Single => {
                let value = format!("{}-{}-{sampled}", span.trace_id, span.span_id);
                set(SINGLE, value);
            }
            Self::Multi => {
                set(TRACE_ID, span.trace_id.to_string());
                set(SPAN_ID, span.span_id.to_string());
                if span.is_debug {
                    set(FLAGS, "1".to_owned());
                } else {
                    set(SAMPLED, sampled.to_string());
                }
            }
        }
    }
}

/// Reads what a caller sent of its span, in either form.
pub(super) fn read(carrier: &dyn Extractor) -> Option<Remote> {
    let single = carrier.get(SINGLE).and_then(single);
    single.or_else(|| multiple(carrier))
}

/// `{trace id}-{span id}[-{sampling}[-{parent span id}]]`. A lone sampling
/// decision names no parent, so it is ignored.
fn single(value: &str) -> Option<Remote> {
    let mut parts = value.trim().split('-');
    let trace_id = trace_id(parts.next()?)?;
    let span_id = span_id(parts.next()?)?;
    let (sampled, is_debug) = match parts.next() {
        None | Some("1") => (true, false),
        Some("0") => (false, false),
        Some("d") => (true, true),
        Some(_) => return None,
    };
    if parts
        .next()
        .is_some_and(|parent| span_id_digits(parent).is_none())
    {
        return None;
    }
    Some(remote(trace_id, span_id, sampled, is_debug))
}

fn multiple(carrier: &dyn Extractor) -> Option<Remote> {
    let trace_id = trace_id(carrier.get(TRACE_ID)?.trim())?;
    let span_id = span_id(carrier.get(SPAN_ID)?.trim())?;
    let is_debug = carrier.get(FLAGS).map(str::trim) == Some("1");
    let sampled = match carrier.get(SAMPLED).map(str::trim) {
        // So do some that say so by the flag alone.
        Some("d") => return Some(remote(trace_id, span_id, true, true)),
        None | Some("1") => true,
        Some("0") => is_debug,
        // As programs of old write it, some with a capital.
        Some(said) if said.eq_ignore_ascii_case("true") => true,
        Some(said) if said.eq_ignore_ascii_case("false") => is_debug,
        Some(_) => return None,
    };
    Some(remote(trace_id, span_id, sampled, is_debug))
}

/// No decision means that it is ours to make: B3 callers expect it to be yes.
fn remote(trace_id: TraceId, span_id: SpanId, sampled: bool, is_debug: bool) -> Remote {
    let flags = TraceFlags::default().with_sampled(sampled);
    let mut remote = Remote::new(trace_id, span_id, flags);
    remote.is_debug = is_debug;
    remote
}

/// 16 or 32 hex digits, not all zero.
fn trace_id(digits: &str) -> Option<TraceId> {
    let well_formed =
        matches!(digits.len(), 16 | 32) && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let id = TraceId::from(
        u128::from_str_radix(digits, 16)
            .ok()
            .filter(|_| well_formed)?,
    );
    (id != TraceId::INVALID).then_some(id)
}

fn span_id(digits: &str) -> Option<SpanId> {
    span_id_digits(digits).filter(|id| *id != SpanId::INVALID)
}

fn span_id_digits(digits: &str) -> Option<SpanId> {
    let well_formed = digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let id = u64::from_str_radix(digits, 16)
        .ok()
        .filter(|_| well_formed)?;
    Some(SpanId::from(id))
}

#[cfg(test)]
mod tests;
