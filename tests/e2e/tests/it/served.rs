//! What a request leaves on the spans, log records and lines below it.

use std::sync::Arc;

use otelier_collector::{Log, Running, Span, Store, proto::trace::v1::status::StatusCode};
use serde_json::Value;

use crate::harness::{Ended, PROTOCOLS, collector, contents, scenario};

/// Serves one order to somebody who says for whom.
async fn serve(collector: &Running, protocol: &str, console: &str, id: u64) -> Ended {
    let mut orders = scenario(["orders"])
        .by(protocol, collector)
        .with("OTELIER_CONSOLE", console)
        .with("RUST_LOG", "info,scenario=trace")
        .start();
    let line = orders.says("listening on ").await;
    let (_, url) = line.split_once("http://").unwrap();
    let url = url.split([' ', '"']).next().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = client.get(format!("http://{url}/orders/{id}"));
    let response = request.header("x-organisation", "north").send().await;
    let expected = if id == 0 { 404 } else { 200 };
    assert_eq!(response.unwrap().status(), expected);
    orders.stop().await.well()
}

#[track_caller]
fn one(store: &Store, name: &str) -> Arc<Span> {
    let spans = store.spans_named(name);
    assert_eq!(spans.len(), 1, "{name}: {}", contents(store));
    Arc::clone(&spans[0])
}

#[track_caller]
fn log(store: &Store, body: &str) -> Arc<Log> {
    let logs = store.logs();
    let found = logs.iter().find(|log| log.body() == body);
    Arc::clone(found.unwrap_or_else(|| panic!("{body}: {}", contents(store))))
}

#[tokio::test]
async fn what_is_known_of_a_request_is_on_every_span_and_log_record_below_it() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        serve(&collector, protocol, "text", 7).await;
        let store = collector.store();
        let (server, below) = (one(store, "GET /orders/{id}"), one(store, "find"));
        assert_eq!(below.parent_id(), Some(server.id()));
        for span in [server, below] {
            for (key, value) in [("shop.organisation", "north"), ("shop.user", "ann")] {
                let found = span.attribute_text(key);
                assert_eq!(found.as_deref(), Some(value), "{key} of {}", span.name());
            }
        }
        for body in ["asked for", "found"] {
            let log = log(store, body);
            for (key, value) in [("shop.organisation", "north"), ("shop.user", "ann")] {
                let found = log.attribute_text(key);
                assert_eq!(found.as_deref(), Some(value), "{key} of {body:?}");
            }
        }
        // Not on what was recorded outside of the request.
        let logs = store.logs();
        let outside = logs.iter().filter(|log| log.trace_id().is_none());
        assert!(outside.clone().count() > 0);
        for log in outside {
            assert_eq!(log.attribute_text("shop.organisation"), None);
            assert_eq!(log.attribute_text("shop.user"), None);
        }
    }
}

#[tokio::test]
async fn a_line_printed_as_json_carries_the_ids_of_its_record() {
    let collector = collector().await;
    let ended = serve(&collector, "grpc", "json", 7).await;
    let store = collector.store();
    let mut in_spans = 0;
    let mut compared = 0;
    for line in ended.stdout.lines() {
        let line: Value = serde_json::from_str(line).expect(line);
        if line["target"].as_str().unwrap().starts_with("otelier") {
            continue;
        }
        // The error that `find` logs has no message but a field.
        let Some(message) = line["message"].as_str().filter(|text| !text.is_empty()) else {
            continue;
        };
        let log = log(store, message);
        let id = |name: &str| line[name].as_str().map(str::to_owned);
        assert_eq!(
            id("trace_id"),
            log.trace_id().map(|id| id.to_string()),
            "{line}"
        );
        assert_eq!(
            id("span_id"),
            log.span_id().map(|id| id.to_string()),
            "{line}"
        );
        compared += 1;
        in_spans += usize::from(id("trace_id").is_some());
    }
    // Three messages of the request, and one from before it.
    assert_eq!((compared, in_spans), (4, 3), "{}", ended.stdout);
}

#[tokio::test]
async fn a_line_printed_as_text_carries_the_trace_of_its_record() {
    let collector = collector().await;
    let ended = serve(&collector, "http/protobuf", "text", 7).await;
    let store = collector.store();
    for body in ["asked for", "found", "an error that is survived"] {
        let line = ended.one_line_with(body);
        let trace = log(store, body).trace_id().unwrap().to_string();
        let short = format!(" trace={}", &trace[..8]);
        assert!(line.ends_with(&short), "{line} has not {short}");
    }
    let outside = ended.one_line_with("listening on ");
    assert!(!outside.contains("trace="), "{outside}");
}

#[tokio::test]
async fn the_span_of_a_function_that_returns_an_error_has_the_status_error() {
    let collector = collector().await;
    serve(&collector, "grpc", "text", 0).await;
    let store = collector.store();
    let find = one(store, "find");
    assert_eq!(find.status(), StatusCode::Error);
    assert_eq!(find.status_message(), "there is no such order");
    // The error itself is the log record, with the span's ids.
    let logs = store.logs();
    let mut errors = logs.iter().filter(|log| log.attribute("error").is_some());
    let error = errors.find(|log| log.severity() == 17).unwrap();
    assert_eq!(
        error.attribute_text("error").unwrap(),
        "there is no such order"
    );
    assert_eq!(error.span_id(), Some(find.id()));
    // The server answered 404, which is no error of the server's.
    assert_eq!(one(store, "GET /orders/{id}").status(), StatusCode::Unset);
}

#[tokio::test]
async fn no_other_error_that_is_logged_changes_the_status_of_a_span() {
    for id in [1, 7] {
        let collector = collector().await;
        serve(&collector, "grpc", "text", id).await;
        let store = collector.store();
        let survived = log(store, "an error that is survived");
        let find = one(store, "find");
        assert_eq!(survived.span_id(), Some(find.id()));
        // 1: below it a function fails whose span is not exported, 7: one that
        // asks for a warning only.
        assert_eq!(find.status(), StatusCode::Unset, "{id}");
        if id == 7 {
            assert_eq!(one(store, "discount").status(), StatusCode::Unset);
        }
    }
}
