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
fn a_decision_is_read_as_old_programs_spell_it_and_ids_in_capitals() {
    for (said, is_sampled) in [("True", true), ("TRUE", true), ("False", false)] {
        let ids = [(TRACE_ID, TRACE), (SPAN_ID, "00F067AA0BA902B7")];
        let read = span(&[ids[0], ids[1], (SAMPLED, said)]).unwrap();
        assert_eq!(read.is_sampled(), is_sampled, "{said}");
        assert_eq!(read.span_id().to_string(), SPAN);
    }
    assert_eq!(
        span(&[(TRACE_ID, TRACE), (SPAN_ID, SPAN), (SAMPLED, "yes")]),
        None
    );
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
