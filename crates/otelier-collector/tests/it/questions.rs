//! What can be asked, and what is answered.

use crate::{
    sample,
    wire::{JSON, get, post, start},
};
use otelier_collector::Running;
use serde_json::{Value, json};

async fn send(collector: &Running, path: &str, body: Value) {
    let headers = [("content-type", JSON)];
    let answer = post(collector.http_addr(), path, &headers, body.to_string()).await;
    assert_eq!(answer.text(), "{}");
}

async fn ask(collector: &Running, path: &str) -> Value {
    let answer = get(collector.http_addr(), path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

async fn spans(collector: &Running, spans: Value) {
    let scope = json!({ "name": "lib", "version": "1.2.3" });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "scope": scope, "spans": spans }] }] });
    send(collector, "/v1/traces", body).await;
}

async fn metric(collector: &Running, metric: Value) -> Value {
    let scope = json!({ "name": "lib", "version": "1.2.3" });
    let scopes = json!([{ "scope": scope, "metrics": [metric] }]);
    let body = json!({ "resourceMetrics": [{ "scopeMetrics": scopes }] });
    send(collector, "/v1/metrics", body).await;
    let name = metric["name"].as_str().unwrap();
    let found = ask(collector, &format!("/api/metrics?name={name}")).await;
    assert_eq!(found["metrics"].as_array().unwrap().len(), 1);
    found["metrics"][0].clone()
}

#[tokio::test]
async fn what_is_not_understood_is_told_with_what_would_be() {
    let collector = start().await;
    for (path, words) in [
        (
            "/api/traces?servce=x",
            "unknown parameter \"servce\": use service, q, limit, after",
        ),
        ("/api/stats?x=1", "unknown parameter \"x\": there are none"),
        ("/api/logs?limit=abc", "limit is a number from 1 to 1000"),
        ("/api/logs?limit=0", "limit is a number from 1 to 1000"),
        ("/api/logs?limit=-1", "limit is a number from 1 to 1000"),
        (
            "/api/traces?limit=1&limit=2",
            "limit is there more than once",
        ),
        (
            "/api/traces?after=x",
            "after is what an answer gave as `next`",
        ),
        (
            "/api/metrics?after=zz-x",
            "after is what an answer gave as `next`",
        ),
        ("/api/traces?q=%ff", "the query is not UTF-8"),
        (
            "/api/logs?min_severity=loud",
            "min_severity is a number from 1 to 24",
        ),
        (
            "/api/traces/xyz",
            "a trace id is 32 hex digits, or the first 8 or more of them",
        ),
        ("/api/logs?trace_id=0102", "a trace id is 32 hex digits"),
    ] {
        let answer = get(collector.http_addr(), path).await;
        assert_eq!(answer.status, 400, "{path}");
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.starts_with(words), "{path}: {error}");
    }
    let headers = [("content-type", JSON)];
    let answer = post(collector.http_addr(), "/api/traces", &headers, "{}").await;
    assert_eq!((answer.status.as_u16(), answer.content_type()), (405, JSON));
    assert_eq!(answer.json()["error"], "ask with GET");
    for path in ["/api/clear", "/api/pause"] {
        let answer = get(collector.http_addr(), path).await;
        assert_eq!(answer.status, 405);
        assert_eq!(answer.json()["error"], "send with POST", "{path}");
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn ids_are_found_as_they_are_printed() {
    let collector = start().await;
    let span = |id: &str| json!({ "traceId": id, "spanId": "0102030405060708" });
    let ids = [
        "0102030405060708090a0b0c0d0e0f10",
        "0102030405060708ffffffffffffffff",
        "01020304ffffffffffffffffffffffff",
    ];
    spans(&collector, ids.map(span).into_iter().collect()).await;
    let log = json!({ "traceId": ids[0], "body": { "stringValue": "hello" } });
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] });
    send(&collector, "/v1/logs", body).await;
    let status = async |path: String| get(collector.http_addr(), &path).await.status.as_u16();
    for (id, expected) in [
        (ids[0], 200),
        ("0102030405060708090A", 200),
        ("01020304f", 200),
        ("0102030405060708", 409),
        ("01020304", 409),
        ("ffffffff", 404),
        ("0102030", 400),
    ] {
        assert_eq!(status(format!("/api/traces/{id}")).await, expected, "{id}");
        assert_eq!(
            status(format!("/api/traces/{id}.svg")).await,
            expected,
            "{id}"
        );
        // Logs of no trace are no mistake.
        let expected = if expected == 404 { 200 } else { expected };
        assert_eq!(
            status(format!("/api/logs?trace_id={id}")).await,
            expected,
            "{id}"
        );
    }
    let logs = ask(&collector, "/api/logs?trace_id=010203040506070809").await;
    assert_eq!(logs["logs"][0]["body"], "hello");
    for (beginning, count) in [("01020304050607080", 1), ("0102030405060708", 3)] {
        // The last is the id of a span of each, too.
        let found = ask(&collector, &format!("/api/traces?q={beginning}")).await;
        assert_eq!(found["traces"].as_array().unwrap().len(), count);
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn traces_show_what_was_dropped_and_where_it_comes_from() {
    let collector = start().await;
    let attributes = json!([
        { "key": "http.status_code", "value": { "intValue": 418 } },
        { "key": "big", "value": { "intValue": "9007199254740993" } },
        { "key": "none", "value": { "doubleValue": "NaN" } },
        { "key": "twice", "value": { "stringValue": "first" } },
        { "key": "twice", "value": { "stringValue": "last" } },
    ]);
    let link = json!({
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708",
        "traceState": "a=b", "flags": 257, "droppedAttributesCount": 4,
    });
    let event = json!({ "name": "e", "droppedAttributesCount": 5 });
    let span = json!({
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708",
        "name": "GET", "kind": "SPAN_KIND_SERVER", "status": { "code": "STATUS_CODE_ERROR" },
        "attributes": attributes, "droppedAttributesCount": 1, "droppedEventsCount": 2,
        "droppedLinksCount": 3, "links": [link], "events": [event],
    });
    spans(&collector, json!([span])).await;
    let answer = get(collector.http_addr(), "/api/traces/01020304").await;
    assert!(
        answer.text().contains("\"big\":9007199254740993,"),
        "{}",
        answer.text()
    );
    let trace = answer.json();
    assert_eq!(trace["httpStatus"], 418);
    let span = &trace["spans"][0];
    for (key, value) in [
        ("kind", json!("server")),
        ("status", json!("error")),
        ("httpStatus", json!(418)),
        ("scopeVersion", json!("1.2.3")),
        ("droppedAttributesCount", json!(1)),
        ("droppedEventsCount", json!(2)),
        ("droppedLinksCount", json!(3)),
    ] {
        assert_eq!(span[key], value, "{key}");
    }
    assert_eq!(span["attributes"]["none"], "NaN");
    assert_eq!(span["attributes"]["twice"], "last");
    assert_eq!(span["links"][0]["traceState"], "a=b");
    assert_eq!(span["links"][0]["flags"], 257);
    assert_eq!(span["links"][0]["droppedAttributesCount"], 4);
    assert_eq!(span["events"][0]["droppedAttributesCount"], 5);
    collector.shutdown().await;
}

#[tokio::test]
async fn a_histogram_leads_to_a_trace_by_what_was_measured_in_it() {
    let collector = start().await;
    let span = json!({ "traceId": "0a".repeat(16), "spanId": "0b".repeat(8), "name": "GET",
        "startTimeUnixNano": "1", "endTimeUnixNano": "2" });
    spans(&collector, json!([span])).await;
    let exemplar = |at: u64| {
        json!({ "timeUnixNano": at.to_string(), "asDouble": 0.25, "traceId": "0a".repeat(16),
            "spanId": "0b".repeat(8), "filteredAttributes": [{ "key": "not told" }] })
    };
    let point = |exemplars: Value| {
        json!({ "timeUnixNano": "9", "count": "1", "explicitBounds": [1.0],
            "bucketCounts": ["1", "0"], "exemplars": exemplars })
    };
    for (name, kind) in [("h", "histogram"), ("e", "exponentialHistogram")] {
        let of = |exemplars| json!({ "name": name, kind: { "dataPoints": [point(exemplars)] } });
        // Of the newest point the list tells a few.
        let many = (0..100).map(exemplar).collect();
        let told = metric(&collector, of(Value::Array(many))).await;
        assert_eq!(told["exemplars"].as_array().unwrap().len(), 16);
        let first = &told["exemplars"][15];
        let expected = json!({ "timeUnixNano": "99", "value": 0.25,
            "traceId": "0a".repeat(16), "spanId": "0b".repeat(8) });
        assert_eq!(*first, expected);
        let trace = format!("/api/traces/{}", first["traceId"].as_str().unwrap());
        let trace = ask(&collector, &trace).await;
        assert_eq!(trace["spans"][0]["spanId"], first["spanId"]);

        // Those of before stay with the series, one that leads nowhere does not.
        let nowhere = json!({ "timeUnixNano": "101", "asDouble": 0.5 });
        let told = metric(
            &collector,
            of(json!([exemplar(99), exemplar(100), nowhere])),
        )
        .await;
        assert_eq!(told["exemplars"].as_array().unwrap().len(), 2);
        let series = format!("/api/metrics/{}", told["series"].as_str().unwrap());
        let series = ask(&collector, &series).await;
        let exemplars = series["exemplars"].as_array().unwrap();
        let times = exemplars
            .iter()
            .map(|it| it["timeUnixNano"].as_str().unwrap());
        let expected = (0..=100_u64).map(|at| at.to_string());
        assert_eq!(Vec::from_iter(times), Vec::from_iter(expected));
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn metrics_show_all_that_was_sent() {
    let collector = start().await;
    let gauge =
        |name: &str, point: Value| json!({ "name": name, "gauge": { "dataPoints": [point] } });
    let big = metric(
        &collector,
        gauge("big", json!({ "asInt": "9007199254740993" })),
    )
    .await;
    assert_eq!(big["value"].to_string(), "9007199254740993");
    let nan = metric(&collector, gauge("nan", json!({ "asDouble": "NaN" }))).await;
    assert_eq!(nan["value"], "NaN");
    let histogram = metric(
        &collector,
        json!({ "name": "h", "histogram": {
            "aggregationTemporality": "AGGREGATION_TEMPORALITY_DELTA",
            "dataPoints": [{ "startTimeUnixNano": "5", "timeUnixNano": "9", "count": "4", "sum": 8.0,
                "min": 1.0, "max": 3.0, "bucketCounts": ["2", "2"], "explicitBounds": [2.0] }],
        } }),
    )
    .await;
    for (key, value) in [
        ("temporality", json!("AGGREGATION_TEMPORALITY_DELTA")),
        ("startTimeUnixNano", json!("5")),
        ("timeUnixNano", json!("9")),
        ("scopeVersion", json!("1.2.3")),
        ("min", json!(1.0)),
        ("max", json!(3.0)),
        ("sum", json!(8.0)),
        ("count", json!(4)),
        ("buckets", json!({ "bounds": [2.0], "counts": [2, 2] })),
    ] {
        assert_eq!(histogram[key], value, "{key}");
    }
    assert_eq!(histogram["estimates"]["p50"], 2.0);
    let exponential = metric(
        &collector,
        json!({ "name": "e", "exponentialHistogram": { "dataPoints": [{
            "count": "3", "scale": 1, "zeroCount": "1", "zeroThreshold": 0.5, "min": 0.0,
            "positive": { "offset": 2, "bucketCounts": ["1", "1"] },
        }] } }),
    )
    .await;
    assert_eq!(
        exponential["exponential"],
        json!({ "scale": 1, "zeroCount": 1, "zeroThreshold": 0.5, "negative": null,
            "positive": { "offset": 2, "counts": [1, 1] } })
    );
    assert_eq!(
        (&exponential["min"], &exponential["max"]),
        (&json!(0.0), &json!(null))
    );
    let summary = metric(
        &collector,
        json!({ "name": "s", "summary": { "dataPoints": [{
            "count": "2", "sum": "Infinity", "quantileValues": [{ "quantile": 0.5, "value": 7.0 }],
        }] } }),
    )
    .await;
    assert_eq!(
        summary["quantiles"],
        json!([{ "quantile": 0.5, "value": 7.0 }])
    );
    assert_eq!(summary["sum"], "Infinity");
    collector.shutdown().await;
}

#[tokio::test]
async fn a_log_shows_its_event_and_no_body_that_is_not_there() {
    let collector = start().await;
    let log = json!({ "eventName": "user.login", "severityNumber": "SEVERITY_NUMBER_WARN" });
    let body = json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": [log] }] }] });
    send(&collector, "/v1/logs", body).await;
    let logs = ask(&collector, "/api/logs?q=LOGIN").await;
    let log = &logs["logs"][0];
    assert_eq!(log["eventName"], "user.login");
    assert_eq!(
        (&log["level"], &log["body"]),
        (&json!("WARN"), &json!(null))
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn a_search_finds_text_in_the_middle_of_long_values() {
    let collector = start().await;
    for at in [0, 65_530, 65_536, 100_000] {
        let value = format!("{}Nadel{}", "é".repeat(at / 2), "x".repeat(70_000));
        let mut span = sample::span(1, 1, 0, "GET /");
        span.attributes = vec![sample::attribute("hay", &value)];
        let body = prost::Message::encode_to_vec(&sample::traces("api", vec![span]));
        let headers = [("content-type", crate::wire::PROTOBUF)];
        let collector = start().await;
        post(collector.http_addr(), "/v1/traces", &headers, body).await;
        for q in ["nadel", "NADELx", "%C3%89nadel"] {
            let found = ask(&collector, &format!("/api/traces?q={q}")).await;
            let expected = usize::from(at > 0 || !q.contains('%'));
            assert_eq!(
                found["traces"].as_array().unwrap().len(),
                expected,
                "{at} {q}"
            );
        }
        collector.shutdown().await;
    }
    collector.shutdown().await;
}

#[tokio::test]
async fn the_collector_tells_of_itself() {
    let collector = start().await;
    let headers = [("content-type", JSON)];
    let http = collector.http_addr();
    post(http, "/v1/logs", &headers, sample::LOGS_JSON).await;
    post(http, "/v1/logs", &headers, "{").await;
    let headers = [("content-type", JSON), ("content-encoding", "br")];
    post(http, "/v1/logs", &headers, sample::LOGS_JSON).await;
    let answer = get(http, "/metrics").await;
    assert!(
        answer
            .content_type()
            .starts_with("text/plain; version=0.0.4")
    );
    for line in [
        "# TYPE otelier_collector_accepted_total counter",
        "otelier_collector_accepted_total{signal=\"logs\"} 1",
        "otelier_collector_requests_total 3",
        "otelier_collector_refused_total{reason=\"malformed\"} 1",
        "otelier_collector_refused_total{reason=\"encoding\"} 1",
        "otelier_collector_refused_total{reason=\"host\"} 0",
        "otelier_collector_evicted_total{signal=\"logs\"} 0",
        "otelier_collector_logs 1",
        "otelier_collector_readers 0",
        "otelier_collector_store_limit_bytes 67108864",
    ] {
        assert!(
            answer.text().lines().any(|other| other == line),
            "{line} in {}",
            answer.text()
        );
    }
    collector.shutdown().await;
}
