//! What comes in and what goes out, with spans of the SDK in between.

use std::collections::HashMap;

use opentelemetry::{
    KeyValue,
    baggage::BaggageExt as _,
    trace::{
        Span as _, SpanBuilder, TraceContextExt as _, TraceId, Tracer as _, TracerProvider as _,
    },
};
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SdkTracer, SdkTracerProvider,
};
use proptest::prelude::*;

use super::*;
use crate::{TextMap, own_trace_id, traceparent};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

type Pairs<'a> = &'a [(&'static str, &'a str)];

fn headers(pairs: Pairs<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(*name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn parent(flags: &str) -> String {
    format!("00-{TRACE}-{SPAN}-{flags}")
}

fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    Some(headers.get(name)?.to_str().unwrap())
}

fn w3c() -> Propagation {
    Propagation::none().with_trace_context().with_baggage()
}

fn tracer(sampler: Sampler) -> SdkTracer {
    let tracers = SdkTracerProvider::builder().with_sampler(sampler).build();
    tracers.tracer("test")
}

/// What a callee gets from a span of the SDK's below what came in, by our own
/// propagation and by the global one.
fn below(propagation: &Propagation, sampler: Sampler, sent: Pairs<'_>) -> HeaderMap {
    let (sent, tracer) = (headers(sent), tracer(sampler));
    let text_map = TextMap::from(propagation.clone());
    let mut came = propagation.extract(&sent, &Context::new());
    let mut came_too = text_map.extract_with_context(&Context::new(), &HeaderCarrier(&sent));
    let mut got = HeaderMap::new();
    let mut got_too = HeaderMap::new();
    for (cx, got) in [(&mut came, &mut got), (&mut came_too, &mut got_too)] {
        // Two of them, since the second one sees no more of the caller.
        for name in ["first", "second"] {
            let span = tracer.build_with_context(SpanBuilder::from_name(name), cx);
            *cx = cx.with_span(span);
        }
        propagation.inject(cx, got);
    }
    let mut by_text_map = HeaderMap::new();
    text_map.inject_context(&came, &mut HeaderCarrier(&mut by_text_map));
    assert_eq!(got, by_text_map);
    let without_span_id = |headers: &HeaderMap| {
        let mut fields: Vec<_> = headers.iter().collect::<Vec<_>>();
        fields.retain(|(name, _)| !matches!(name.as_str(), "traceparent" | "b3" | "x-b3-spanid"));
        fields
            .into_iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(without_span_id(&got), without_span_id(&got_too));
    got
}

/// The flags that a callee gets, by what is sampled here.
fn flags_below(sampler: Sampler, flags: &str) -> String {
    let sent = parent(flags);
    let got = below(&w3c(), sampler, &[("traceparent", &sent)]);
    let got = get(&got, "traceparent").unwrap();
    assert_eq!(&got[..36], &sent[..36]);
    assert_ne!(&got[36..52], SPAN);
    got[53..].to_owned()
}

#[test]
fn a_random_flag_is_passed_on_whatever_is_sampled() {
    let follows = || Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    for (sampler, came, goes) in [
        (Sampler::AlwaysOff, "03", "02"),
        (Sampler::AlwaysOff, "02", "02"),
        (Sampler::AlwaysOff, "01", "00"),
        (Sampler::AlwaysOff, "00", "00"),
        (Sampler::AlwaysOn, "03", "03"),
        (Sampler::AlwaysOn, "02", "03"),
        (Sampler::AlwaysOn, "00", "01"),
        (follows(), "03", "03"),
        (follows(), "02", "02"),
        (follows(), "01", "01"),
        (follows(), "00", "00"),
        // Others than these two have no meaning yet.
        (follows(), "ff", "03"),
    ] {
        assert_eq!(
            flags_below(sampler.clone(), came),
            goes,
            "{sampler:?} {came}"
        );
    }
}

/// Makes ids as the SDK of this project does.
#[derive(Debug, Default)]
struct Own(RandomIdGenerator);

impl IdGenerator for Own {
    fn new_trace_id(&self) -> TraceId {
        own_trace_id(self.0.new_trace_id())
    }

    fn new_span_id(&self) -> opentelemetry::trace::SpanId {
        self.0.new_span_id()
    }
}

#[test]
fn a_trace_that_began_here_is_sent_as_random() {
    for (sampler, flags) in [(Sampler::AlwaysOn, "03"), (Sampler::AlwaysOff, "02")] {
        let tracers = SdkTracerProvider::builder()
            .with_id_generator(Own::default())
            .with_sampler(sampler)
            .build();
        let root = tracers.tracer("test").start("root");
        let cx = Context::new().with_span(root);
        let mut sent = HeaderMap::new();
        w3c().inject(&cx, &mut sent);
        assert_eq!(&get(&sent, "traceparent").unwrap()[53..], flags);
        assert_eq!(&traceparent(&cx).unwrap().to_str().unwrap()[53..], flags);

        // And it is known again when it comes back by somebody of Level 1.
        let (ids, _) = get(&sent, "traceparent").unwrap().split_at(53);
        let level_1 = if flags == "03" { "01" } else { "00" };
        let back = format!("{ids}{level_1}");
        let cx = w3c().extract(&headers(&[("traceparent", &back)]), &Context::new());
        w3c().inject(&cx, &mut sent);
        assert_eq!(&get(&sent, "traceparent").unwrap()[53..], flags);
    }
}

#[test]
fn a_tracestate_passes_whole_whatever_its_keys_are() {
    let list = "congo=t61,a@very-long-name-of-a-system=1,b@@c=2";
    for sampler in [Sampler::AlwaysOff, Sampler::AlwaysOn] {
        let parent = parent("01");
        let sent = [("traceparent", &*parent), ("tracestate", list)];
        let got = below(&w3c(), sampler, &sent);
        assert_eq!(get(&got, "tracestate"), Some(list));
    }
    let parent = parent("01");
    let malformed = [("traceparent", &*parent), ("tracestate", "a=1,b=")];
    let got = below(&w3c(), Sampler::AlwaysOn, &malformed);
    assert_eq!(get(&got, "tracestate"), None);
}

#[test]
fn b3_debug_is_passed_on_whatever_is_sampled() {
    let single = format!("{TRACE}-{SPAN}-d");
    let multi = [
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-flags", "1"),
    ];
    for sampler in [Sampler::AlwaysOff, Sampler::AlwaysOn] {
        for sent in [&[("b3", &*single)][..], &multi] {
            let got = below(&Propagation::none().with_b3(), sampler.clone(), sent);
            assert!(get(&got, "b3").unwrap().ends_with("-d"), "{got:?}");
            let got = below(&Propagation::none().with_b3_multi(), sampler.clone(), sent);
            assert_eq!(get(&got, "x-b3-flags"), Some("1"));
            assert_eq!(get(&got, "x-b3-sampled"), None);
            // It stays where B3 alone is asked for it.
            let both = w3c().with_b3();
            let got = below(&both, sampler.clone(), sent);
            assert!(get(&got, "b3").unwrap().ends_with("-d"), "{got:?}");
        }
    }
}

#[test]
fn what_belongs_to_another_trace_is_not_sent_with_ours() {
    let parent = parent("03");
    let sent = [
        ("traceparent", &*parent),
        ("tracestate", "b@@c=2"),
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-flags", "1"),
    ];
    let all = w3c().with_b3();
    let cx = all.extract(&headers(&sent), &Context::new());
    let mut got = HeaderMap::new();
    all.inject(&cx, &mut got);
    assert_eq!(get(&got, "traceparent"), Some(&*parent));
    assert_eq!(get(&got, "tracestate"), Some("b@@c=2"));
    assert_eq!(get(&got, "b3"), Some(&*format!("{TRACE}-{SPAN}-d")));

    let other = tracer(Sampler::AlwaysOn)
        .build_with_context(SpanBuilder::from_name("root"), &Context::new());
    let id = other.span_context().trace_id();
    all.inject(&cx.with_span(other), &mut got);
    let expected = format!("00-{id}-");
    assert!(get(&got, "traceparent").unwrap().starts_with(&expected));
    assert!(get(&got, "traceparent").unwrap().ends_with("-01"));
    assert_eq!(get(&got, "tracestate"), None);
    assert!(get(&got, "b3").unwrap().ends_with("-1"));

    // Nor with a later request in the same context.
    let later = headers(&[("b3", &format!("{TRACE}-{SPAN}-1"))]);
    let cx = all.extract(&later, &cx);
    all.inject(&cx, &mut got);
    assert_eq!(get(&got, "b3"), Some(&*format!("{TRACE}-{SPAN}-1")));
    assert_eq!(get(&got, "traceparent"), Some(&*self::parent("01")));
}

#[test]
fn of_two_formats_the_later_one_wins() {
    let (other, b3) = ("a".repeat(32), "b".repeat(16));
    let b3 = format!("{other}-{b3}-0");
    let parent = parent("01");
    let sent = headers(&[("traceparent", &parent), ("b3", &b3)]);
    for (propagation, trace) in [
        (Propagation::none().with_trace_context().with_b3(), &*other),
        (Propagation::none().with_b3().with_trace_context(), TRACE),
        (Propagation::none().with_trace_context(), TRACE),
        (Propagation::none().with_b3_multi(), &*other),
    ] {
        let cx = propagation.extract(&sent, &Context::new());
        let id = cx.span().span_context().trace_id().to_string();
        assert_eq!(id, trace, "{propagation:?}");
        let text_map = TextMap::from(propagation);
        let cx = text_map.extract_with_context(&Context::new(), &HeaderCarrier(&sent));
        assert_eq!(cx.span().span_context().trace_id().to_string(), id);
    }
}

#[test]
fn one_form_of_b3_does_not_contradict_another_that_was_there() {
    let cx = Propagation::none().with_b3().extract(
        &headers(&[("b3", &format!("{TRACE}-{SPAN}-0"))]),
        &Context::new(),
    );
    let mut copied = headers(&[
        ("x-b3-flags", "1"),
        ("x-b3-parentspanid", SPAN),
        ("b3", "0"),
    ]);
    Propagation::none().with_b3_multi().inject(&cx, &mut copied);
    let expected = [
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-sampled", "0"),
    ];
    assert_eq!(copied, headers(&expected));
}

#[test]
fn a_request_without_a_span_has_an_id_of_its_own_where_it_is_not_sampled() {
    for (flags, is_own) in [("00", true), ("02", true), ("01", false)] {
        let sent = headers(&[
            ("traceparent", &parent(flags)),
            ("tracestate", "a=1,b@@c=2"),
        ]);
        let met = TraceHeaders::of(&sent);
        let cx = w3c().extract_unrecorded(met, &sent, &Context::new());
        let mut got = HeaderMap::new();
        w3c().inject(&cx, &mut got);
        let mut called = got.clone();
        w3c().inject_unrecorded(&cx, &mut called);
        for got in [&got, &called] {
            let parent = get(got, "traceparent").unwrap();
            assert_eq!(&parent[3..35], TRACE);
            assert_eq!(&parent[36..52] != SPAN, is_own, "{parent}");
            assert_eq!(&parent[53..], flags);
            assert_eq!(get(got, "tracestate"), Some("a=1,b@@c=2"));
        }
        let ids = (get(&got, "traceparent"), get(&called, "traceparent"));
        assert_eq!(ids.0 != ids.1, is_own);
    }
}

/// A format of somebody else's.
#[derive(Debug)]
struct Foreign;

impl TextMapPropagator for Foreign {
    fn inject_context(&self, cx: &Context, injector: &mut dyn Injector) {
        injector.set("x-span", cx.span().span_context().span_id().to_string());
    }

    fn extract_with_context(&self, cx: &Context, extractor: &dyn Extractor) -> Context {
        match extractor.get("x-trace") {
            Some("unsampled") => {
                let mut unsampled = HeaderMap::new();
                unsampled.insert("traceparent", parent("00").parse().unwrap());
                w3c().extract(&unsampled, cx)
            }
            _ => cx.clone(),
        }
    }

    fn fields(&self) -> opentelemetry::propagation::text_map_propagator::FieldIter<'_> {
        opentelemetry::propagation::text_map_propagator::FieldIter::new(&[])
    }
}

#[test]
fn propagators_of_others_know_the_same_ids() {
    let propagation = w3c().with(Arc::new(Foreign));
    let sent = headers(&[("x-trace", "unsampled")]);
    let met = TraceHeaders::of(&sent);
    let cx = propagation.extract_unrecorded(met, &sent, &Context::new());
    let own = cx.span().span_context().span_id().to_string();
    assert_ne!(own, SPAN);
    let mut got = HeaderMap::new();
    propagation.inject_unrecorded(&cx, &mut got);
    let parent = get(&got, "traceparent").unwrap();
    assert_ne!(&parent[36..52], own);
    assert_eq!(get(&got, "x-span"), Some(&parent[36..52]));
}

#[test]
fn the_global_propagator_takes_any_carrier() {
    let text_map = TextMap::from(w3c());
    let fields: Vec<_> = text_map.fields().collect();
    assert_eq!(fields, ["traceparent", "tracestate", "baggage"]);
    let mut carrier = HashMap::new();
    carrier.insert("traceparent".to_owned(), parent("03"));
    carrier.insert("tracestate".to_owned(), "b@@c=2".to_owned());
    carrier.insert("baggage".to_owned(), "k=%FF;p=%20,k2=a=b==".to_owned());
    let cx = text_map.extract(&carrier);
    let mut passed = HashMap::new();
    text_map.inject_context(&cx, &mut passed);
    assert_eq!(passed, carrier);
    // Two parents are none.
    let twice = headers(&[
        ("traceparent", &parent("01")),
        ("traceparent", &parent("01")),
    ]);
    let cx = text_map.extract(&HeaderCarrier(&twice));
    assert!(!cx.has_active_span());
}

#[test]
fn lines_of_baggage_are_one_list_and_the_service_adds_to_it() {
    let sent = headers(&[("baggage", "a=%31,b=é"), ("baggage", "c=3;p")]);
    let cx = w3c().extract(&sent, &Context::new());
    assert_eq!(cx.baggage().get("a").unwrap().as_str(), "1");
    let mut got = headers(&[("baggage", "stale=1"), ("baggage", "stale=2")]);
    w3c().inject(&cx, &mut got);
    assert_eq!(got, headers(&[("baggage", "a=%31,c=3;p")]));
    let cx = cx.with_baggage([KeyValue::new("a", "1"), KeyValue::new("d", "4")]);
    w3c().inject(&cx, &mut got);
    assert_eq!(get(&got, "baggage"), Some("a=%31,d=4"));
    // Without the format nothing of it comes in.
    let trace_context = Propagation::none().with_trace_context();
    assert!(
        trace_context
            .extract(&sent, &Context::new())
            .baggage()
            .is_empty()
    );
}

#[test]
fn nothing_is_propagated_where_nothing_is_set() {
    assert!(Propagation::none().is_none());
    for some in [
        w3c(),
        Propagation::none().with_baggage(),
        Propagation::none().with_b3(),
    ] {
        assert!(!some.is_none());
    }
    let sent = headers(&[("traceparent", &parent("01")), ("baggage", "a=1")]);
    let none = Propagation::none();
    let cx = none.extract(&sent, &Context::new());
    assert!(!cx.has_active_span() && cx.baggage().is_empty());
    let cx = w3c().extract(&sent, &Context::new());
    let mut got = HeaderMap::new();
    none.inject(&cx, &mut got);
    assert!(got.is_empty());
}

proptest! {
    #[test]
    fn any_headers_pass_without_a_panic_and_stay_what_they_became(lines in proptest::collection::vec((
        prop_oneof![
            Just("traceparent"), Just("tracestate"), Just("baggage"), Just("b3"),
            Just("x-b3-traceid"), Just("x-b3-spanid"), Just("x-b3-sampled"), Just("x-b3-flags"),
        ],
        prop_oneof![
            "[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}",
            "[0-9a-f]{32}-[0-9a-f]{16}-[01d]",
            "[0-9a-f]{16}|[0-9a-f]{32}|[01d]",
            "[ -~\t]{0,40}",
            "([a-c@]{1,3}=[a-z%0-9 =]{0,4}(;[a-c]=?)?,?){0,9}",
        ],
    ), 0..8)) {
        let mut sent = HeaderMap::new();
        for (name, value) in &lines {
            sent.append(*name, HeaderValue::from_str(value).unwrap());
        }
        for propagation in [w3c(), w3c().with_b3(), Propagation::none().with_b3_multi().with_trace_context()] {
            let cx = propagation.extract(&sent, &Context::new());
            let mut once = HeaderMap::new();
            propagation.inject(&cx, &mut once);
            let mut twice = HeaderMap::new();
            propagation.inject(&propagation.extract(&once, &Context::new()), &mut twice);
            prop_assert_eq!(&once, &twice);
        }
    }
}
