use opentelemetry::trace::{SpanContext, TraceContextExt as _, TraceState};
use proptest::prelude::*;

use super::*;

fn read(headers: &HeaderMap) -> Option<SpanContext> {
    Some(TraceHeaders::of(headers).read(headers)?.into_span())
}

fn into_headers(span: &SpanContext, headers: &mut HeaderMap) {
    let cx = Context::new().with_remote_span_context(span.clone());
    write(&Outgoing::of(&cx, Unsampled::AsItCame).unwrap(), headers);
}

const VALID: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn context(traceparent: &str) -> Option<SpanContext> {
    read(&headers(&[("traceparent", traceparent)]))
}

#[test]
fn a_valid_traceparent_is_read() {
    let context = context(VALID).unwrap();
    assert_eq!(
        context.trace_id().to_string(),
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
    assert!(context.is_sampled() && context.is_remote());
}

#[test]
fn malformed_traceparents_are_as_if_not_sent() {
    let long = format!("{VALID}-00");
    for value in [
        "",
        "00",
        "hello",
        long.as_str(),
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
    ] {
        assert_eq!(context(value), None, "{value}");
    }
    let twice = headers(&[("traceparent", VALID), ("traceparent", VALID)]);
    assert_eq!(read(&twice), None);
}

#[test]
fn a_later_version_may_carry_more() {
    let later = VALID.replacen("00", "cc", 1);
    assert!(context(&later).is_some());
    assert!(context(&format!("{later}-what-comes")).is_some());
}

#[test]
fn unknown_flags_are_not_passed_on() {
    let context = context(&VALID.replace("-01", "-ff")).unwrap();
    assert_eq!(context.trace_flags().to_u8(), KNOWN_FLAGS);
}

#[test]
fn tracestate_survives_and_a_bad_one_costs_only_itself() {
    let good = headers(&[
        ("traceparent", VALID),
        ("tracestate", "a=1, b=2"),
        ("tracestate", "c=3"),
    ]);
    let context = read(&good).unwrap();
    assert_eq!(context.trace_state().header(), "a=1,b=2,c=3");

    let bad = headers(&[("traceparent", VALID), ("tracestate", "a=1,b")]);
    assert_eq!(read(&bad).unwrap().trace_state().header(), "");
}

#[test]
fn what_is_written_is_read_again() {
    let pairs = [("traceparent", VALID), ("tracestate", "vendor=x")];
    let context = read(&headers(&pairs)).unwrap();
    let mut written = headers(&[("tracestate", "stale=1")]);
    into_headers(&context, &mut written);
    assert_eq!(written.get("traceparent").unwrap(), VALID);
    assert_eq!(read(&written).unwrap(), context);
}

#[test]
fn only_lower_case_digits_are_digits() {
    for digit in 0..=255u8 {
        let expected = char::from(digit)
            .to_digit(16)
            .filter(|_| !digit.is_ascii_uppercase());
        for at in 0..32 {
            let mut digits = [b'0'; 32];
            digits[at] = digit;
            let value = expected.map(|value| u128::from(value) << (124 - 4 * at));
            let read = hex(&digits).map(u128::from_be_bytes);
            assert_eq!(read, value, "{digit} at {at}");
        }
    }
    let mixed = hex(b"4bf92f3577b34da60af7651cdeadbeef").map(u128::from_be_bytes);
    assert_eq!(mixed, Some(0x4bf9_2f35_77b3_4da6_0af7_651c_dead_beef));
}

#[test]
fn one_wrong_byte_is_found_wherever_it_stands() {
    for at in 0..VALID.len() {
        for byte in 0..=255u8 {
            let mut value = VALID.as_bytes().to_vec();
            value[at] = byte;
            let is_right = match VALID.as_bytes()[at] {
                b'-' => byte == b'-',
                _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            };
            assert_eq!(parse(&value).is_some(), is_right, "{byte} at {at}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(
        parent in proptest::collection::vec(any::<u8>(), 0..80),
        state in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut headers = HeaderMap::new();
        for (name, bytes) in [(&TRACEPARENT, parent), (&TRACESTATE, state)] {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.append(name, value);
            }
        }
        let _ = read(&headers);
    }

    #[test]
    fn every_valid_context_makes_the_round_trip(trace in 1..=u128::MAX, span in 1..=u64::MAX, flags in 0..4u8) {
        let context = SpanContext::new(
            TraceId::from(trace), SpanId::from(span), TraceFlags::new(flags), true, TraceState::NONE,
        );
        let mut headers = HeaderMap::new();
        into_headers(&context, &mut headers);
        prop_assert_eq!(read(&headers), Some(context));
    }
}
