//! What a service passes on of what it was given, whatever it records itself.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, http::HeaderMap, routing::get};
use otelier_collector::proto::trace::v1::span::SpanKind;

use crate::harness::{Scenario, collector, scenario, span};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const STATE: &str = "congo=t61,a@very-long-name-of-a-system=1";
const BAGGAGE: &str = "k=%FF;p=%20,k2=a=b==";

/// A service that remembers how it was called.
async fn callee() -> (String, Arc<Mutex<Vec<HeaderMap>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let app = Router::new().route(
        "/",
        get({
            let seen = Arc::clone(&seen);
            async move |headers: HeaderMap| seen.lock().unwrap().push(headers)
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (url, seen)
}

type Fields = BTreeMap<String, String>;

/// What three ways out of the service told: a call, the global propagator, and a
/// job; and what the service printed.
struct Told {
    callee: Fields,
    global: Fields,
    job: Fields,
    stderr: String,
}

/// Calls a service that is set up like this, and has it call another.
async fn relay(sent: &[(&str, &str)], set_up: impl FnOnce(Scenario) -> Scenario) -> Told {
    let (url, seen) = callee().await;
    let mut relay = set_up(scenario(["relay", &url])).start();
    let own = relay.url().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = sent.iter().fold(client.get(own), |request, (name, value)| {
        request.header(*name, *value)
    });
    let answer = request.send().await.unwrap().text().await.unwrap();
    let ended = relay.stop().await.well();
    let (mut global, mut job) = (Fields::new(), Fields::new());
    for line in answer.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        match name.strip_prefix("job ") {
            Some(name) => job.insert(name.to_owned(), value.to_owned()),
            None => global.insert(name.to_owned(), value.to_owned()),
        };
    }
    assert_eq!(global.remove("callee").as_deref(), Some("true"), "{answer}");
    let mut callee = Fields::new();
    for (name, value) in &seen.lock().unwrap()[0] {
        let name = name.as_str();
        if !matches!(name, "accept" | "host" | "user-agent") {
            callee.insert(name.to_owned(), value.to_str().unwrap().to_owned());
        }
    }
    Told {
        callee,
        global,
        job,
        stderr: ended.stderr,
    }
}

fn fields(fields: &[(&str, &str)]) -> Fields {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.iter().map(owned).collect()
}

fn disabled(scenario: Scenario) -> Scenario {
    scenario.with("OTEL_SDK_DISABLED", "true")
}

fn silent(scenario: Scenario) -> Scenario {
    ["TRACES", "METRICS", "LOGS"]
        .into_iter()
        .fold(scenario, |scenario, signal| {
            scenario.with(&format!("OTEL_{signal}_EXPORTER"), "none")
        })
}

fn nothing(scenario: Scenario) -> Scenario {
    scenario
}

const WAYS: [fn(Scenario) -> Scenario; 3] = [disabled, silent, nothing];

#[tokio::test]
async fn what_is_disabled_or_exports_nothing_passes_context_on_as_it_came() {
    for flags in ["00", "01", "02", "03"] {
        let parent = format!("00-{TRACE}-{SPAN}-{flags}");
        let sent = [
            ("traceparent", &*parent),
            ("tracestate", STATE),
            ("baggage", BAGGAGE),
        ];
        for way in [disabled, silent] {
            let endpoint = "http://127.0.0.1:1";
            let told = relay(&sent, |relay| {
                way(relay).with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
            });
            let told = told.await;
            for got in [told.callee, told.global, told.job] {
                assert_eq!(got, fields(&sent));
            }
            assert_eq!(told.stderr, "");
        }
    }
}

#[tokio::test]
async fn propagators_that_are_named_pass_context_on_without_an_endpoint() {
    let debug = format!("{TRACE}-{SPAN}-d");
    let sent = [("b3", &*debug), ("baggage", BAGGAGE), ("tracestate", STATE)];
    for way in WAYS {
        let told = relay(&sent, |relay| {
            way(relay).with("OTEL_PROPAGATORS", "b3multi")
        });
        let told = told.await;
        let multi = [
            ("x-b3-traceid", TRACE),
            ("x-b3-spanid", SPAN),
            ("x-b3-flags", "1"),
        ];
        assert_eq!(told.callee, fields(&multi));
        assert_eq!(told.global, fields(&multi));
        // The form of jobs is W3C's.
        let parent = format!("00-{TRACE}-{SPAN}-01");
        assert_eq!(told.job, fields(&[("traceparent", &parent)]));
        assert_eq!(told.stderr, "");
    }
}

#[tokio::test]
async fn where_neither_is_named_nothing_is_done() {
    let parent = format!("00-{TRACE}-{SPAN}-01");
    let sent = [("traceparent", &*parent), ("baggage", BAGGAGE)];
    for way in WAYS {
        let unset = relay(&sent, way).await;
        let none = relay(&sent, |relay| way(relay).with("OTEL_PROPAGATORS", "none")).await;
        for told in [unset, none] {
            for got in [told.callee, told.global, told.job] {
                assert_eq!(got, Fields::new());
            }
            assert_eq!(told.stderr, "");
        }
    }
}

#[tokio::test]
async fn what_records_passes_on_all_but_the_span() {
    for (sampler, flags, goes, spans) in [
        ("parentbased_always_on", "03", "03", 1),
        ("parentbased_always_on", "02", "02", 0),
        ("always_off", "03", "02", 0),
        ("always_on", "00", "01", 1),
    ] {
        let collector = collector().await;
        let parent = format!("00-{TRACE}-{SPAN}-{flags}");
        let sent = [
            ("traceparent", &*parent),
            ("tracestate", STATE),
            ("baggage", BAGGAGE),
        ];
        let told = relay(&sent, |relay| {
            relay.to(&collector).with("OTEL_TRACES_SAMPLER", sampler)
        });
        let told = told.await;
        for mut got in [told.callee, told.global] {
            let parent = got.remove("traceparent").unwrap();
            assert_eq!((&parent[3..35], &parent[53..]), (TRACE, goes), "{sampler}");
            assert_ne!(&parent[36..52], SPAN, "{sampler} {flags}");
            assert_eq!(got, fields(&sent[1..]), "{sampler} {flags}");
        }
        // A job is linked, and in a trace of its own.
        assert_eq!(told.job["baggage"], BAGGAGE);
        let store = collector.store();
        assert_eq!(store.spans_named("GET /").len(), spans, "{sampler} {flags}");
    }
}

#[tokio::test]
async fn a_trace_that_begins_here_is_told_to_be_random() {
    let collector = collector().await;
    let told = relay(&[], |relay| relay.to(&collector)).await;
    let server = span(collector.store(), "GET /").await;
    assert_eq!(server.kind(), SpanKind::Server);
    for got in [told.callee, told.global] {
        let parent = &got["traceparent"];
        assert!(parent.ends_with("-03"), "{parent}");
        assert_eq!(parent[3..35], server.trace_id().to_string());
    }
}
