//! What is sent to the collector: OTLP as JSON, as a stranger would.

use crate::browser::Browser;
use otelier_collector::Running;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now, in nanoseconds.
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_nanos()).unwrap()
}

pub(crate) fn trace_id(n: u64) -> String {
    format!("{:016x}{n:016x}", 0xabcd_u64)
}

pub(crate) fn span_id(n: u64) -> String {
    format!("{n:016x}")
}

fn attributes(of: &[(&str, &str)]) -> Value {
    let list = of
        .iter()
        .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}));
    list.collect()
}

/// A span of trace `trace`, a child of `parent` (0 for none), from and to in milliseconds.
pub(crate) fn span(
    trace: u64,
    id: u64,
    parent: u64,
    name: &str,
    times: (u64, u64),
    of: &[(&str, &str)],
) -> Value {
    let start = now() - 1_000_000_000;
    json!({
        "traceId": trace_id(trace), "spanId": span_id(id),
        "parentSpanId": if parent == 0 { String::new() } else { span_id(parent) },
        "name": name, "kind": if parent == 0 { 2 } else { 3 },
        "startTimeUnixNano": (start / 1_000_000_000 * 1_000_000_000 + times.0 * 1_000_000).to_string(),
        "endTimeUnixNano": (start / 1_000_000_000 * 1_000_000_000 + times.1 * 1_000_000).to_string(),
        "attributes": attributes(of),
    })
}

pub(crate) fn failed(mut span: Value, message: &str) -> Value {
    span["status"] = json!({"code": 2, "message": message});
    span
}

async fn send(to: &Running, path: &str, body: &Value) {
    let url = format!("{}{path}", to.http_endpoint());
    let answer = reqwest::Client::new().post(url).json(body).send();
    let answer = answer.await.unwrap();
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap()
    );
}

pub(crate) async fn send_spans(to: &Running, service: &str, spans: Vec<Value>) {
    let resource = json!({"attributes": attributes(&[("service.name", service)])});
    let body = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]});
    send(to, "/v1/traces", &body).await;
}

impl Browser {
    pub(crate) async fn send(&self, path: &str, body: &Value) {
        send(&self.collector, path, body).await;
    }

    pub(crate) async fn spans(&self, service: &str, spans: Vec<Value>) {
        send_spans(&self.collector, service, spans).await;
    }

    pub(crate) async fn log(
        &self,
        service: &str,
        trace: u64,
        span: u64,
        severity: u32,
        words: &str,
    ) {
        let resource = json!({"attributes": attributes(&[("service.name", service)])});
        let record = json!({"timeUnixNano": now().to_string(), "severityNumber": severity,
            "body": {"stringValue": words}, "traceId": trace_id(trace), "spanId": span_id(span)});
        let body = json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]});
        self.send("/v1/logs", &body).await;
    }

    /// An exception as a log record, of a span.
    pub(crate) async fn exception(&self, service: &str, trace: u64, span: u64, stack: &str) {
        let resource = json!({"attributes": attributes(&[("service.name", service)])});
        let told = attributes(&[("exception.type", "Gone"), ("exception.stacktrace", stack)]);
        let record = json!({"timeUnixNano": now().to_string(), "severityNumber": 17, "eventName": "exception",
            "attributes": told, "traceId": trace_id(trace), "spanId": span_id(span)});
        let body = json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]});
        self.send("/v1/logs", &body).await;
    }

    pub(crate) async fn points(&self, name: &str) {
        let resource = json!({"attributes": attributes(&[("service.name", "api")])});
        for i in 0..3_u64 {
            let at = now() - (2 - i) * Duration::from_secs(10).as_nanos() as u64;
            // In the second bucket, before the point was read.
            let exemplar = json!({"timeUnixNano": (at - 1).to_string(), "asDouble": 0.3,
                "traceId": trace_id(1), "spanId": span_id(104)});
            let point = json!({"timeUnixNano": at.to_string(), "startTimeUnixNano": "1", "exemplars": [exemplar], "count": (4 * (i + 1)).to_string(),
                "sum": 8.0, "explicitBounds": [0.1, 0.5], "bucketCounts": [(i + 1).to_string(), (2 * (i + 1)).to_string(), (i + 1).to_string()]});
            let metric = json!({"name": name, "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [point]}});
            let body = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]});
            self.send("/v1/metrics", &body).await;
        }
    }

    /// What was counted of each of two routes, at two times.
    pub(crate) async fn counts(&self, name: &str) {
        let resource = json!({"attributes": attributes(&[("service.name", "api")])});
        for i in 0..2_u64 {
            let at = now() - (1 - i) * Duration::from_secs(10).as_nanos() as u64;
            let points: Value = ["/orders", "/users"]
                .iter()
                .map(|route| {
                    json!({"timeUnixNano": at.to_string(), "startTimeUnixNano": "1",
                    "asInt": (10 * (i + 1)).to_string(), "attributes": attributes(&[("http.route", route)])})
                })
                .collect();
            let metric = json!({"name": name, "unit": "{request}",
                "sum": {"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": points}});
            let body = json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]});
            self.send("/v1/metrics", &body).await;
        }
    }

    /// A request that failed: an order, its statement, and the call of another service.
    pub(crate) async fn order(&self, trace: u64) {
        let sql = [
            ("db.system.name", "postgresql"),
            ("db.query.text", "INSERT INTO orders VALUES ($1)"),
        ];
        let base = trace * 100;
        self.spans(
            "api",
            vec![
                failed(
                    span(
                        trace,
                        base + 1,
                        0,
                        "POST /orders/{id}",
                        (0, 40),
                        &[("http.route", "/orders/{id}")],
                    ),
                    "bad gateway",
                ),
                span(trace, base + 2, base + 1, "INSERT orders", (2, 8), &sql),
                failed(
                    span(
                        trace,
                        base + 3,
                        base + 1,
                        "POST",
                        (10, 30),
                        &[("server.address", "pay")],
                    ),
                    "bad gateway",
                ),
            ],
        )
        .await;
        self.spans(
            "pay",
            vec![failed(
                span(
                    trace,
                    base + 4,
                    base + 3,
                    "POST /charge",
                    (12, 28),
                    &[("error.type", "Declined")],
                ),
                "card declined",
            )],
        )
        .await;
        self.log("pay", trace, base + 4, 17, "card declined").await;
    }
}
