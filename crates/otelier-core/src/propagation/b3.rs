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
        None | Some("1" | "true") => true,
        Some("0" | "false") => is_debug,
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
mod tests {
    use std::collections::HashMap;

    use opentelemetry::{Context, trace::SpanContext};
    use proptest::prelude::*;

    use super::{super::remote::Unsampled, *};

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    fn carrier(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn span(pairs: &[(&str, &str)]) -> Option<SpanContext> {
        Some(read(&carrier(pairs))?.into_span())
    }

    /// What is sent on of what was sent, in each form.
    fn passed(pairs: &[(&str, &str)]) -> [HashMap<String, String>; 2] {
        [Form::Single, Form::Multi].map(|form| {
            let remote = read(&carrier(pairs)).unwrap();
            let cx = remote.enter(&Context::new(), Unsampled::AsItCame);
            let outgoing = Outgoing::of(&cx, Unsampled::AsItCame).unwrap();
            let mut sent = HashMap::new();
            form.write(&outgoing, |name, value| {
                sent.insert(name.to_owned(), value);
            });
            sent
        })
    }

    #[test]
    fn one_header_and_many_say_the_same() {
        let one = span(&[("b3", &format!("{TRACE}-{SPAN}-1-05e3ac9a4f6e3b90"))]).unwrap();
        let many = span(&[(TRACE_ID, TRACE), (SPAN_ID, SPAN), (SAMPLED, "1")]).unwrap();
        assert!(one.is_valid() && one.is_sampled() && one.is_remote());
        assert_eq!(one, many);
    }

    #[test]
    fn short_trace_ids_are_padded() {
        let short = span(&[("b3", "a3ce929d0e0e4736-00f067aa0ba902b7-0")]).unwrap();
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
            "d",
            "x-y",
            &format!("{TRACE}-{SPAN}-2"),
            &format!("+{}-{SPAN}", &TRACE[1..]),
        ] {
            assert_eq!(span(&[("b3", value)]), None, "{value}");
        }
    }

    #[test]
    fn what_comes_in_goes_out_in_either_form() {
        for sampled in ["0", "1"] {
            let single = format!("{TRACE}-{SPAN}-{sampled}");
            let one = carrier(&[("b3", &single)]);
            let many = carrier(&[(TRACE_ID, TRACE), (SPAN_ID, SPAN), (SAMPLED, sampled)]);
            assert_eq!(passed(&[("b3", &single)]), [one, many]);
        }
    }

    #[test]
    fn debug_is_passed_on_and_stands_for_the_decision() {
        let single = format!("{TRACE}-{SPAN}-d");
        let one = carrier(&[("b3", &single)]);
        let many = carrier(&[(TRACE_ID, TRACE), (SPAN_ID, SPAN), (FLAGS, "1")]);
        let expected = [one, many];
        let ids = [(TRACE_ID, TRACE), (SPAN_ID, SPAN)];
        assert_eq!(passed(&[("b3", &single)]), expected);
        assert_eq!(passed(&[ids[0], ids[1], (FLAGS, "1")]), expected);
        assert_eq!(
            passed(&[ids[0], ids[1], (FLAGS, "1"), (SAMPLED, "0")]),
            expected
        );
        assert_eq!(passed(&[ids[0], ids[1], (SAMPLED, "d")]), expected);
        assert!(span(&[("b3", &single)]).unwrap().is_sampled());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(value in ".{0,80}") {
            let _ = span(&[("b3", &value)]);
            let _ = span(&[(TRACE_ID, &value), (SPAN_ID, &value), (SAMPLED, &value)]);
        }
    }
}
