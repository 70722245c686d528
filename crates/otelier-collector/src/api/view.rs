//! Records as plain JSON.

use crate::{
    id::hex,
    json::{any_value, attributes},
    store::{Log, Metric, Origin, Point, Span, Trace},
};
use opentelemetry_proto::tonic::trace::v1::{span::SpanKind, status::StatusCode};
use serde_json::{Value, json};

pub(super) fn summary(trace: &Trace) -> Value {
    let root = trace.root();
    json!({
        "traceId": trace.id().to_string(),
        "name": root.map(|span| span.name()),
        "service": root.map(|span| span.service()),
        "status": root.map(|span| status(span.status())),
        "httpStatus": root
            .and_then(|span| span.attribute("http.response.status_code"))
            .map(any_value),
        "startTimeUnixNano": root.map(|span| span.proto().start_time_unix_nano.to_string()),
        "durationMs": trace.duration().as_secs_f64() * 1e3,
        "spanCount": trace.spans().len(),
        "errorCount": trace.error_count(),
        "logCount": trace.logs().len(),
        "services": trace.services(),
    })
}

/// The summary, and everything in it.
pub(super) fn trace(trace: &Trace) -> Value {
    let mut view = summary(trace);
    let mut resources = Vec::new();
    let spans: Vec<_> = trace
        .spans()
        .iter()
        .map(|item| span(item, resource(&mut resources, item.origin())))
        .collect();
    let logs: Vec<_> = trace
        .logs()
        .iter()
        .map(|item| log(item, Some(resource(&mut resources, item.origin()))))
        .collect();
    let resources: Vec<_> = resources
        .into_iter()
        .map(|origin| attributes(&origin.resource().attributes))
        .collect();
    if let Some(view) = view.as_object_mut() {
        view.insert("resources".into(), resources.into());
        view.insert("spans".into(), spans.into());
        view.insert("logs".into(), logs.into());
    }
    view
}

/// The place of a resource in the list, at the end if it is new.
fn resource<'a>(known: &mut Vec<&'a Origin>, origin: &'a Origin) -> usize {
    let same = |other: &&Origin| other.resource() == origin.resource();
    known.iter().position(same).unwrap_or_else(|| {
        known.push(origin);
        known.len() - 1
    })
}

fn span(span: &Span, resource: usize) -> Value {
    let proto = span.proto();
    let events: Vec<_> = proto
        .events
        .iter()
        .map(|event| {
            json!({
                "name": event.name,
                "timeUnixNano": event.time_unix_nano.to_string(),
                "attributes": attributes(&event.attributes),
            })
        })
        .collect();
    let links: Vec<_> = proto
        .links
        .iter()
        .map(|link| {
            json!({
                "traceId": hex(&link.trace_id),
                "spanId": hex(&link.span_id),
                "attributes": attributes(&link.attributes),
            })
        })
        .collect();
    json!({
        "spanId": span.id().to_string(),
        "parentSpanId": span.parent_id().map(|id| id.to_string()),
        "name": span.name(),
        "kind": kind(span.kind()),
        "service": span.service(),
        "scope": span.origin().scope().name,
        "resource": resource,
        "startTimeUnixNano": proto.start_time_unix_nano.to_string(),
        "endTimeUnixNano": proto.end_time_unix_nano.to_string(),
        "durationMs": span.duration().as_secs_f64() * 1e3,
        "status": status(span.status()),
        "statusMessage": span.status_message(),
        "traceState": proto.trace_state,
        "flags": proto.flags,
        "attributes": attributes(span.attributes()),
        "events": events,
        "links": links,
    })
}

const fn kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Unspecified => "unspecified",
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

const fn status(status: StatusCode) -> &'static str {
    match status {
        StatusCode::Unset => "unset",
        StatusCode::Ok => "ok",
        StatusCode::Error => "error",
    }
}

pub(super) fn log(log: &Log, resource: Option<usize>) -> Value {
    let proto = log.proto();
    json!({
        "timeUnixNano": log.time_unix_nano().to_string(),
        "severity": log.severity(),
        "level": log.level(),
        "body": proto.body.as_ref().map(any_value),
        "service": log.service(),
        "scope": log.origin().scope().name,
        "resource": resource,
        "eventName": proto.event_name,
        "traceId": log.trace_id().map(|id| id.to_string()),
        "spanId": log.span_id().map(|id| id.to_string()),
        "attributes": attributes(log.attributes()),
    })
}

pub(super) fn metric(metric: &Metric) -> Value {
    let buckets = match metric.point() {
        Point::Histogram(point) => json!({
            "bounds": point.explicit_bounds,
            "counts": point.bucket_counts,
        }),
        _ => Value::Null,
    };
    json!({
        "name": metric.name(),
        "description": metric.description(),
        "unit": metric.unit(),
        "kind": metric.kind().as_str(),
        "temporality": metric.temporality().as_str_name(),
        "service": metric.service(),
        "scope": metric.origin().scope().name,
        "attributes": attributes(metric.attributes()),
        "timeUnixNano": metric.time_unix_nano().to_string(),
        "value": metric.value(),
        "count": metric.count(),
        "sum": metric.sum(),
        "buckets": buckets,
        "updates": metric.updates(),
    })
}
