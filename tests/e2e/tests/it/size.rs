//! Whatever is recorded, it fits.

use otelier_collector::{Signal, Store};

use crate::harness::{PROTOCOLS, bodies, collector, contents, patient, requests_of, scenario};

const LIMIT: usize = 16 * 1024;
const MIB: usize = 1024 * 1024;

/// Nothing that was sent is larger than what gRPC servers take by default.
#[track_caller]
pub(crate) fn all_fit(store: &Store) {
    for request in store.requests() {
        let size = request.decoded_bytes;
        assert!(size <= 4 * MIB, "{} of {size} bytes", request.signal);
    }
}

/// Cut at the limit, between characters, with the original size at the end.
#[track_caller]
fn is_cut(text: &str, limit: usize, original: usize) {
    let characters = text.chars().count();
    assert!(characters == limit, "{}", characters);
    let marker = format!("... (truncated, original size: {original} bytes)");
    let rest = text.strip_suffix(&marker).expect(&marker);
    assert!(rest.chars().all(|c| c == 'é'), "broken characters");
}

#[tokio::test]
async fn long_values_of_spans_are_cut_with_a_marker_and_every_request_fits() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = patient(["large spans"]).by(protocol, &collector);
        let ended = ended.run().await.well();
        assert_eq!(ended.told("complete"), "true", "{}", ended.output());
        let store = collector.store();
        all_fit(store);
        let large = store.spans_named("large");
        assert_eq!(large.len(), 2);
        for span in large {
            is_cut(&span.attribute_text("text").unwrap(), LIMIT, 3 * MIB);
        }
        let full = store.spans_named("full");
        assert_eq!(full.len(), 10);
        for span in full {
            assert_eq!(span.attributes().len(), 60);
            assert!(span.attribute("otelier.truncated").is_none());
            for at in 0..60 {
                is_cut(
                    &span.attribute_text(&format!("text.{at}")).unwrap(),
                    LIMIT,
                    40_000,
                );
            }
        }
        // Two MiB each: one request cannot hold them all.
        assert!(requests_of(store, Signal::Traces).len() >= 5);
    }
}

#[tokio::test]
async fn long_bodies_and_fields_of_logs_are_cut_with_a_marker_and_every_request_fits() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = patient(["large logs"]).by(protocol, &collector);
        let ended = ended.with("OTELIER_CONSOLE", "off").run().await.well();
        assert_eq!(ended.told("complete"), "true", "{}", ended.output());
        let store = collector.store();
        all_fit(store);
        let logs = store.logs();
        assert_eq!(logs.len(), 506);
        for log in &logs {
            match &*log.body() {
                "large field" => is_cut(&log.attribute_text("text").unwrap(), LIMIT, 3 * MIB),
                "many" => is_cut(&log.attribute_text("text").unwrap(), LIMIT, 40_000),
                body => is_cut(body, LIMIT, 3 * MIB),
            }
        }
        assert!(requests_of(store, Signal::Logs).len() >= 2);
    }
}

#[tokio::test]
async fn the_value_limit_is_a_variable() {
    const ALL: &str = "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    const SPANS: &str = "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    const LOGS: &str = "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT";
    for (variables, of_spans, of_logs) in [
        (&[(ALL, "1000")][..], 1000, 1000),
        (&[(ALL, "1000"), (SPANS, "200")], 200, 1000),
        (&[(ALL, "1000"), (LOGS, "200")], 1000, 200),
    ] {
        let collector = collector().await;
        for program in ["large spans", "large logs"] {
            let mut program = patient([program]).to(&collector);
            program = program.with("OTELIER_CONSOLE", "off");
            for (name, value) in variables {
                program = program.with(name, value);
            }
            program.run().await.well();
        }
        let store = collector.store();
        let span = store.spans_named("large").remove(0);
        is_cut(&span.attribute_text("text").unwrap(), of_spans, 3 * MIB);
        for log in store.logs() {
            let text = log.attribute_text("text").unwrap_or_else(|| log.body());
            let characters = text.chars().count();
            assert!(characters <= of_logs, "{characters}");
        }
    }
}

#[tokio::test]
async fn a_record_above_the_limit_is_cut_as_a_whole_and_says_so() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = patient(["huge records"])
            .by(protocol, &collector)
            .with("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100000000")
            .with("OTELIER_CONSOLE", "off");
        let ended = ended.run().await.well();
        assert_eq!(ended.told("complete"), "true", "{}", ended.output());
        let store = collector.store();
        all_fit(store);
        let spans = store.spans_named("huge");
        assert_eq!(spans.len(), 1, "{}", contents(store));
        let marker = spans[0].attribute_text("otelier.truncated").unwrap();
        assert!(
            marker.contains("exceeds what one request may hold"),
            "{marker}"
        );
        for at in 0..100 {
            let text = spans[0].attribute_text(&format!("text.{at}")).unwrap();
            is_cut(&text, LIMIT, 3 * MIB);
        }
        let logs = store.logs();
        assert_eq!(logs.len(), 1);
        for field in ["first", "second", "third"] {
            let text = logs[0].attribute_text(field).unwrap();
            // The end may be the half of a secret.
            assert!(
                (63 * 1024..=64 * 1024).contains(&text.len()),
                "{}",
                text.len()
            );
            assert!(text.ends_with(&format!("original size: {} bytes)", 3 * MIB)));
        }
    }
}

#[tokio::test]
async fn nothing_of_a_request_s_body_headers_or_secret_query_is_recorded() {
    let collector = collector().await;
    let mut api = scenario(["api"]).to(&collector).start();
    let url = api.url().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client
        .post(format!("{url}/repos/7/index?token=hunter2&page=3"))
        .header("authorization", "Bearer hunter2")
        .header("cookie", "session=hunter2")
        .header("x-custom", "hunter2")
        .body(r#"{"card": "hunter2"}"#);
    assert_eq!(request.send().await.unwrap().status(), 202);
    let ended = api.stop().await.well();
    let store = collector.store();
    assert_eq!(store.spans_named("POST /repos/{id}/index").len(), 1);
    for span in store.spans() {
        assert!(!format!("{:?}", span.proto()).contains("hunter2"));
    }
    for log in store.logs() {
        assert!(!format!("{:?}", log.proto()).contains("hunter2"));
    }
    for metric in store.metrics() {
        assert!(!format!("{:?}", metric.point()).contains("hunter2"));
    }
    assert!(!ended.output().contains("hunter2"));
}

#[tokio::test]
async fn secrets_are_redacted_by_their_key_and_counts_of_tokens_are_not() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let program = scenario(["secrets"]).by(protocol, &collector);
        program.run().await.well();
        let store = collector.store();
        let span = store.spans_named("by tracing").remove(0);
        let of_span = |key: &str| span.attribute_text(key).unwrap().into_owned();
        assert_eq!(of_span("password"), "[REDACTED]");
        assert_eq!(of_span("api_key"), "[REDACTED]");
        assert_eq!(of_span("max_tokens"), "100");
        assert_eq!(of_span("token_count"), "7");
        let span = store.spans_named("by api").remove(0);
        assert_eq!(span.attribute_text("client_secret").unwrap(), "[REDACTED]");
        assert_eq!(bodies(store), ["log"]);
        let log = store.logs().remove(0);
        let of_log = |key: &str| log.attribute_text(key).unwrap().into_owned();
        assert_eq!(of_log("db.password"), "[REDACTED]");
        assert_eq!(of_log("authorization"), "[REDACTED]");
        assert_eq!(of_log("max_tokens"), "100");
        for span in store.spans() {
            assert!(!format!("{:?}", span.proto()).contains("hunter2"));
        }
        assert!(!format!("{:?}", log.proto()).contains("hunter2"));
        let redacted = store.metrics_named("otelier.redacted");
        assert_eq!(redacted.len(), 2, "one for each signal");
    }
}
