//! What is told of parameters.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt as _, TraceFlags, TraceId, TraceState},
};
use otelier_functions::trace;
use otelier_testing::{Telemetry, capture};

use crate::drawn;

#[derive(Clone, Copy, Debug)]
struct Weight {
    #[expect(dead_code, reason = "it is debugged")]
    grams: u32,
}

struct Crate(u8);

impl fmt::Display for Crate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "crate {}", self.0)
    }
}

#[test]
fn a_parameter_that_is_not_named_shows_its_type_and_length_alone() {
    #[trace]
    fn pack(id: u64, label: &str, items: &[u8], left: HashMap<String, u8>, _rest: u8, by: Crate) {
        let _ = (id, label, items, left, by);
    }
    let telemetry = capture();
    let left = HashMap::from([("a".to_owned(), 1)]);
    pack(7, "bread", &[1, 2, 3], left, 0, Crate(1));
    insta::assert_snapshot!(drawn(&telemetry), @"attributes::pack: otelier.parameter_type.id=u64 otelier.parameter_type.label=&str otelier.parameter_length.label=5 otelier.parameter_type.items=&[u8] otelier.parameter_length.items=3 otelier.parameter_type.left=HashMap<String, u8> otelier.parameter_length.left=1 otelier.parameter_type.by=Crate code.function.name=it::attributes::pack");
}

#[test]
fn a_parameter_that_is_named_shows_its_value() {
    #[trace(record(id, big, small, share, yes, label, owned, some, none, count, by, address, %weight, ?label2))]
    #[expect(clippy::too_many_arguments, reason = "one of each kind")]
    fn pack(
        id: u64,
        big: u64,
        small: &i8,
        share: f32,
        yes: bool,
        label: &str,
        owned: String,
        some: Option<String>,
        none: Option<&str>,
        count: Option<u32>,
        by: Crate,
        address: IpAddr,
        weight: &Crate,
        label2: &str,
    ) {
        let _ = (
            id, big, small, share, yes, label, owned, some, none, count, by, address, weight,
            label2,
        );
    }
    let telemetry = capture();
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    pack(
        7,
        u64::MAX,
        &-3,
        0.5,
        true,
        "a",
        "b".into(),
        Some("c".into()),
        None,
        Some(9),
        Crate(1),
        local,
        &Crate(2),
        "d",
    );
    insta::assert_snapshot!(drawn(&telemetry), @r#"attributes::pack: otelier.parameter.id=7 otelier.parameter.big=18446744073709551615 otelier.parameter.small=-3 otelier.parameter.share=0.5 otelier.parameter.yes=true otelier.parameter.label=a otelier.parameter.owned=b otelier.parameter.some=c otelier.parameter.count=9 otelier.parameter.by=crate 1 otelier.parameter.address=127.0.0.1 otelier.parameter.weight=crate 2 otelier.parameter.label2="d" code.function.name=it::attributes::pack"#);
    let span = telemetry.span("attributes::pack");
    assert_eq!(span.get("otelier.parameter.id"), Some(7.into()));
    assert_eq!(span.get("otelier.parameter.yes"), Some(true.into()));
    assert_eq!(span.get("otelier.parameter.share"), Some(0.5.into()));
}

#[test]
fn a_parameter_that_is_configured_out_is_not_looked_at() {
    #[trace(record(gone, password, there, a))]
    fn pack(
        #[cfg(not(test))] gone: u8,
        #[cfg(not(test))] password: &str,
        #[cfg(not(test))] left: &[u8],
        #[cfg(not(test))] (a, b): (u8, u8),
        #[cfg(test)] there: u8,
        #[cfg(test)] items: &[u8],
    ) {
    }
    let telemetry = capture();
    pack(7, &[1, 2]);
    let drawn = drawn(&telemetry);
    for told in [
        "otelier.parameter.there=7",
        "otelier.parameter_length.items=2",
    ] {
        assert!(drawn.contains(told), "{drawn}");
    }
    for gone in ["gone", "password", "left", ".a", ".b"] {
        assert!(!drawn.contains(&format!("parameter.{gone}")), "{drawn}");
    }
}

#[test]
fn a_pattern_s_parts_are_recorded_by_name_and_a_field_is_what_it_is_made_of() {
    #[trace(record(first, weight), fields(shop.lane = 2 + 1, "shop.by" = %by, sum = first + second), skip(by))]
    fn pack((first, second): (u8, u8), weight: Weight, by: Crate) -> u8 {
        let _ = (weight, by);
        first + second
    }
    let telemetry = capture();
    assert_eq!(pack((1, 2), Weight { grams: 5 }, Crate(4)), 3);
    insta::assert_snapshot!(drawn(&telemetry), @"attributes::pack: otelier.parameter.first=1 otelier.parameter.weight=Weight { grams: 5 } shop.lane=3 shop.by=crate 4 sum=3 code.function.name=it::attributes::pack");
}

#[test]
fn a_secret_is_known_by_its_name_and_never_leaves() {
    #[trace(record(password, user), fields(api_key = %user))]
    fn log_in(user: &str, password: &str, session_token: String) {
        let _ = (user, password, session_token);
    }
    let telemetry = capture();
    log_in("ann", "hunter2", "s3cr3t".into());
    insta::assert_snapshot!(drawn(&telemetry), @"attributes::log_in: otelier.parameter.password=[REDACTED] otelier.parameter.user=ann api_key=[REDACTED] code.function.name=it::attributes::log_in");
}

#[test]
fn a_long_value_is_cut_and_no_half_of_a_secret_is_left() {
    #[trace(record(text, ?list))]
    fn read(text: &str, list: &[String]) {
        let _ = (text, list);
    }
    let telemetry = capture();
    let secret = format!("{} password=hunter2hunter2", "a".repeat(1000));
    let long = secret.clone() + &" b".repeat(1 << 20);
    read(&long, &[secret, long.clone()]);
    let span = telemetry.span("attributes::read");
    for key in ["otelier.parameter.text", "otelier.parameter.list"] {
        let value = span.get(key).unwrap().to_string();
        assert!(value.len() <= 1024 && !value.contains("hunter"), "{value}");
        assert!(value.contains("(truncated"), "{value}");
    }
}

#[test]
fn a_value_that_panics_or_fails_as_it_is_written_harms_nobody() {
    struct Broken(bool);
    impl fmt::Display for Broken {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("half")?;
            assert!(!self.0, "cannot be written");
            Err(fmt::Error)
        }
    }
    #[trace(record(panics, fails))]
    fn read(panics: Broken, fails: Broken) -> bool {
        panics.0 && !fails.0
    }
    let telemetry = capture();
    assert!(read(Broken(true), Broken(false)));
    insta::assert_snapshot!(drawn(&telemetry), @"attributes::read: otelier.parameter.fails=half code.function.name=it::attributes::read");
}

#[test]
fn nothing_is_looked_at_where_nothing_is_recorded() {
    #[trace(fields(asked = never()))]
    fn read() {}
    fn never() -> u8 {
        unreachable!("nobody wants to know")
    }
    read();
    let telemetry = capture();
    let _current = unsampled(&telemetry).attach();
    read();
    assert!(telemetry.spans().is_empty());
}

/// Below a span that nobody samples.
fn unsampled(telemetry: &Telemetry) -> Context {
    let above = SpanContext::new(
        TraceId::from(1),
        SpanId::from(1),
        TraceFlags::default(),
        true,
        TraceState::default(),
    );
    telemetry.context().with_remote_span_context(above)
}
