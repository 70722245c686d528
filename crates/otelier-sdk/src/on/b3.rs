//! B3 propagation, single and multiple headers
//! (<https://github.com/openzipkin/b3-propagation>). Both read both forms.

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator, text_map_propagator::FieldIter},
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// Writes one header, `b3`.
#[derive(Debug)]
pub(crate) struct Single {
    fields: [String; 1],
}

/// Writes a header for each part, `x-b3-*`.
#[derive(Debug)]
pub(crate) struct Multi {
    fields: [String; 4],
}

impl Single {
    pub(crate) fn new() -> Self {
        Self {
            fields: [SINGLE.to_owned()],
        }
    }
}

impl Multi {
    pub(crate) fn new() -> Self {
        Self {
            fields: [TRACE_ID, SPAN_ID, SAMPLED, FLAGS].map(str::to_owned),
        }
    }
}

impl TextMapPropagator for Single {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span = span.span_context();
        if span.is_valid() {
            let sampled = u8::from(span.is_sampled());
            let value = format!("{}-{}-{sampled}", span.trace_id(), span.span_id());
            injector.set(SINGLE, value);
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract(cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

impl TextMapPropagator for Multi {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        let span = cx.span();
        let span = span.span_context();
        if span.is_valid() {
            injector.set(TRACE_ID, span.trace_id().to_string());
            injector.set(SPAN_ID, span.span_id().to_string());
            injector.set(SAMPLED, u8::from(span.is_sampled()).to_string());
        }
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        extract(cx, extractor)
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

fn extract(cx: &Context, extractor: &dyn Extractor) -> Context {
    let remote = extractor
        .get(SINGLE)
        .and_then(single)
        .or_else(|| multiple(extractor));
    match remote {
        Some(remote) => cx.with_remote_span_context(remote),
        None => cx.clone(),
    }
}

/// `{trace id}-{span id}[-{sampling}[-{parent span id}]]`. A lone sampling
/// decision names no parent, so it is ignored.
fn single(value: &str) -> Option<SpanContext> {
    let mut parts = value.trim().split('-');
    let trace_id = trace_id(parts.next()?)?;
    let span_id = span_id(parts.next()?)?;
    let sampled = match parts.next() {
        None | Some("1" | "d") => true,
        Some("0") => false,
        Some(_) => return None,
    };
    if parts
        .next()
        .is_some_and(|parent| span_id_digits(parent).is_none())
    {
        return None;
    }
    Some(context(trace_id, span_id, sampled))
}

fn multiple(extractor: &dyn Extractor) -> Option<SpanContext> {
    let trace_id = trace_id(extractor.get(TRACE_ID)?.trim())?;
    let span_id = span_id(extractor.get(SPAN_ID)?.trim())?;
    let debug = extractor.get(FLAGS) == Some("1");
    let sampled = match extractor.get(SAMPLED) {
        None | Some("1" | "true") => true,
        Some("0" | "false") => debug,
        Some(_) => return None,
    };
    Some(context(trace_id, span_id, sampled))
}

/// No decision means that it is ours to make: B3 callers expect it to be yes.
fn context(trace_id: TraceId, span_id: SpanId, sampled: bool) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(sampled);
    SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE)
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
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn read(pairs: &[(&str, &str)]) -> SpanContext {
        let carrier: HashMap<String, String> = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let cx = Single::new().extract_with_context(&Context::new(), &carrier);
        cx.span().span_context().clone()
    }

    #[test]
    fn one_header_and_many_say_the_same() {
        let one = read(&[("b3", &format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"))]);
        let many = read(&[(TRACE_ID, TRACE), (SPAN_ID, SPAN), (SAMPLED, "1")]);
        assert!(one.is_valid() && one.is_sampled() && one.is_remote());
        assert_eq!(one, many);
    }

    #[test]
    fn short_trace_ids_are_padded() {
        let short = read(&[("b3", "a3ce929d0e0e4736-00f067aa0ba902b7-0")]);
        assert_eq!(
            short.trace_id().to_string(),
            "0000000000000000a3ce929d0e0e4736"
        );
        assert!(!short.is_sampled());
    }

    #[test]
    fn malformed_headers_are_as_if_not_sent() {
        for value in [
            "",
            "0",
            "1",
            "x-y",
            &format!("{TRACE}-{SPAN}-2"),
            &format!("+{}-{SPAN}", &TRACE[1..]),
        ] {
            assert!(!read(&[("b3", value)]).is_valid(), "{value}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let original = read(&[("b3", &format!("{TRACE}-{SPAN}-1"))]);
        let cx = Context::new().with_remote_span_context(original.clone());
        for propagator in [&Single::new() as &dyn TextMapPropagator, &Multi::new()] {
            let mut carrier = HashMap::new();
            propagator.inject_context(&cx, &mut carrier);
            let again = propagator.extract_with_context(&Context::new(), &carrier);
            assert_eq!(again.span().span_context(), &original);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(value in ".{0,80}") {
            let _ = read(&[("b3", &value)]);
            let _ = read(&[(TRACE_ID, &value), (SPAN_ID, &value), (SAMPLED, &value)]);
        }
    }
}
