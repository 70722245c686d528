//! What is in the store, as JSON over HTTP.

mod view;

use crate::{
    id::TraceId,
    store::{Counts, Store, Trace, display},
};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Deserialize;
use serde_json::{Value, json};

const DEFAULT_LIMIT: usize = 100;

pub(crate) fn router(store: Store) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/healthz", get(async || "ok\n"))
        .route("/api/traces", get(traces))
        .route("/api/traces/{id}", get(trace))
        .route("/api/logs", get(logs))
        .route("/api/metrics", get(metrics))
        .route("/api/services", get(services))
        .route("/api/stats", get(stats))
        .fallback(async || problem(StatusCode::NOT_FOUND, "nothing here: see /"))
        .with_state(store)
}

fn problem(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({ "error": message }))).into_response()
}

async fn index() -> Json<Value> {
    Json(json!({
        "otlp": ["/v1/traces", "/v1/metrics", "/v1/logs"],
        "api": [
            "/api/traces?service=&q=&limit=",
            "/api/traces/{id}",
            "/api/traces/{id}.svg",
            "/api/logs?trace_id=&service=&min_severity=&q=&limit=",
            "/api/metrics?service=&name=&limit=",
            "/api/services",
            "/api/stats",
            "/healthz",
        ],
    }))
}

#[derive(Debug, Deserialize)]
struct Ask {
    service: Option<String>,
    limit: Option<usize>,
    q: Option<String>,
    trace_id: Option<String>,
    min_severity: Option<String>,
    name: Option<String>,
}

impl Ask {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    fn wants(&self, service: &str) -> bool {
        wanted(self.service.as_deref(), service)
    }
}

/// An absent or empty filter lets everything pass.
fn wanted(filter: Option<&str>, value: &str) -> bool {
    filter.is_none_or(|filter| filter.is_empty() || filter == value)
}

async fn traces(State(store): State<Store>, Query(ask): Query<Ask>) -> Json<Value> {
    let traces: Vec<_> = store
        .traces()
        .iter()
        .filter(|trace| trace.spans().iter().any(|span| ask.wants(span.service())))
        .filter(|trace| matches(trace, ask.q.as_deref().unwrap_or_default()))
        .take(ask.limit())
        .map(view::summary)
        .collect();
    Json(json!({ "traces": traces }))
}

/// Whether a name, or an attribute written `key=value`, holds the text, in any case.
fn matches(trace: &Trace, q: &str) -> bool {
    let q = q.to_lowercase();
    q.is_empty()
        || trace.id().to_string().starts_with(&q)
        || trace.spans().iter().any(|span| {
            span.name().to_lowercase().contains(&q)
                || span.attributes().iter().any(|attribute| {
                    let value = attribute.value.as_ref().map(display).unwrap_or_default();
                    format!("{}={value}", attribute.key)
                        .to_lowercase()
                        .contains(&q)
                })
        })
        || trace
            .logs()
            .iter()
            .any(|log| log.body().to_lowercase().contains(&q))
}

async fn trace(State(store): State<Store>, Path(name): Path<String>) -> Response {
    let picture = name.strip_suffix(".svg");
    let id = picture.unwrap_or(&name);
    let Ok(id) = id.parse::<TraceId>() else {
        return problem(StatusCode::BAD_REQUEST, "a trace id is 32 hex digits");
    };
    let Some(trace) = store.trace(id) else {
        return problem(StatusCode::NOT_FOUND, "no such trace (any more)");
    };
    if picture.is_some() {
        return ([(CONTENT_TYPE, "image/svg+xml")], trace.picture()).into_response();
    }
    Json(view::trace(&trace)).into_response()
}

async fn logs(State(store): State<Store>, Query(ask): Query<Ask>) -> Response {
    let least = match ask.min_severity.as_deref().map(severity) {
        None => 0,
        Some(Some(number)) => number,
        Some(None) => {
            return problem(
                StatusCode::BAD_REQUEST,
                "min_severity is a number from 1 to 24, or trace, debug, info, warn, error, fatal",
            );
        }
    };
    let id = match ask.trace_id.as_deref().filter(|id| !id.is_empty()) {
        None => None,
        Some(text) => match text.parse::<TraceId>() {
            Ok(id) => Some(id),
            Err(_) => return problem(StatusCode::BAD_REQUEST, "trace_id is 32 hex digits"),
        },
    };
    let q = ask.q.as_deref().unwrap_or_default().to_lowercase();
    let logs: Vec<_> = store
        .logs()
        .iter()
        .rev()
        .filter(|log| id.is_none() || log.trace_id() == id)
        .filter(|log| log.severity() >= least && ask.wants(log.service()))
        .filter(|log| q.is_empty() || log.body().to_lowercase().contains(&q))
        .take(ask.limit())
        .map(|item| view::log(item, None))
        .collect();
    Json(json!({ "logs": logs })).into_response()
}

fn severity(text: &str) -> Option<i32> {
    match text.to_ascii_lowercase().as_str() {
        "" => Some(0),
        "trace" => Some(1),
        "debug" => Some(5),
        "info" => Some(9),
        "warn" => Some(13),
        "error" => Some(17),
        "fatal" => Some(21),
        number => number.parse().ok(),
    }
}

async fn metrics(State(store): State<Store>, Query(ask): Query<Ask>) -> Json<Value> {
    let metrics: Vec<_> = store
        .metrics()
        .iter()
        .filter(|metric| ask.wants(metric.service()))
        .filter(|metric| wanted(ask.name.as_deref(), metric.name()))
        .take(ask.limit.unwrap_or(1000))
        .map(|item| view::metric(item))
        .collect();
    Json(json!({ "metrics": metrics }))
}

async fn services(State(store): State<Store>) -> Json<Value> {
    Json(json!({ "services": store.services() }))
}

async fn stats(State(store): State<Store>) -> Json<Value> {
    let counts = |counts: Counts| {
        json!({
            "accepted": counts.accepted,
            "rejected": counts.rejected,
            "evicted": counts.evicted,
        })
    };
    let stats = store.stats();
    Json(json!({
        "spans": counts(stats.spans),
        "points": counts(stats.points),
        "logs": counts(stats.logs),
        "requests": stats.requests,
        "refused": stats.refused,
        "wireBytes": stats.wire_bytes,
        "decodedBytes": stats.decoded_bytes,
        "traces": stats.traces,
        "storeBytes": stats.store_bytes,
        "storeLimit": stats.store_limit,
        "forward": {
            "sent": stats.forward.sent,
            "failed": stats.forward.failed,
            "dropped": stats.forward.dropped,
        },
    }))
}
