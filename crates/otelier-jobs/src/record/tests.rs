//! What needs no future to be seen.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use http::HeaderMap;
use opentelemetry::{self as otel, baggage::BaggageExt as _};
use otelier_core::{Conventions, Propagation};
use otelier_testing::capture_with;

use super::{
    begin::begin,
    claim::{Claim, claim},
    fields::Fields,
};
use crate::context::Context;

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn of(variables: &[(&str, &str)]) -> Context {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Context(Fields::from_variables(|name| {
        let value = variables.get(name)?;
        Some((*value).to_owned())
    }))
}

#[test]
fn the_environment_of_a_process_is_a_carrier() {
    let variables = [
        ("TRACEPARENT", PARENT),
        ("TRACESTATE", "vendor=x"),
        ("BAGGAGE", "a=%FF"),
        ("PATH", "/bin"),
    ];
    let context = of(&variables);
    // What a program gives to another arrives there.
    assert_eq!(context.env().collect::<Vec<_>>(), &variables[..3]);
    let fields = [
        ("traceparent", PARENT),
        ("tracestate", "vendor=x"),
        ("baggage", "a=%FF"),
    ];
    assert_eq!(context, fields.into_iter().collect());
    assert!(of(&[("TRACEPARENT", ""), ("traceparent", PARENT)]).is_empty());
    assert_eq!(Context::default().env().count(), 0);
    assert!(Context::from_env().is_empty());
}

#[test]
fn other_formats_are_read_out_of_the_environment_where_they_are_set() {
    let (trace, span) = PARENT[3..52].split_once('-').unwrap();
    let single = format!("{trace}-{span}-1");
    let multi = [
        ("X_B3_TRACEID", trace),
        ("X_B3_SPANID", span),
        ("X_B3_SAMPLED", "1"),
    ];
    assert!(of(&[("B3", &single)]).is_empty());
    let telemetry = capture_with(Propagation::none().with_b3(), Conventions::default());
    assert_eq!(of(&[("B3", &single)]).to_string(), PARENT);
    drop(telemetry);
    let multiple = Propagation::none().with_b3_multi();
    let _telemetry = capture_with(multiple, Conventions::default());
    assert_eq!(of(&multi).to_string(), PARENT);
    let other = PARENT.replace("-01", "-00");
    let both = [("TRACEPARENT", &*other), multi[0], multi[1]];
    assert_eq!(of(&both).to_string(), other);
}

#[test]
fn the_baggage_of_who_enqueued_it_is_in_the_context_and_goes_on_as_it_came() {
    let propagation = Propagation::none().with_trace_context().with_baggage();
    let context: Context = [("baggage", "a=%FF;p=%20,b=1=2")].into_iter().collect();
    let cx = context.0.add_baggage(&propagation, otel::Context::new());
    assert_eq!(cx.baggage().get("b").unwrap().as_str(), "1=2");
    let mut sent = HeaderMap::new();
    propagation.inject(&cx, &mut sent);
    assert_eq!(sent["baggage"], "a=%FF;p=%20,b=1=2");
}

#[test]
fn a_long_job_has_a_heartbeat() {
    let telemetry = otelier_testing::capture();
    let Claim::Recording(described) = claim("bake") else {
        panic!("telemetry is captured");
    };
    let mut run = begin(described);
    let later = |seconds| Instant::now() + Duration::from_secs(seconds);
    for seconds in [1, 61, 62, 130] {
        run.record_mut().beat(later(seconds));
    }
    drop(run);
    let job = telemetry.span("job.bake");
    let events: Vec<_> = job.events.iter().map(|event| &*event.name).collect();
    assert_eq!(events, ["heartbeat"; 2]);
}
