//! Messages to JSON, default values left out, as the collector's file exporter does.

use super::object::Object;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value as Any},
    logs::v1::LogRecord,
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
        SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric::Data,
        number_data_point,
    },
    resource::v1::Resource,
    trace::v1::{
        Span,
        span::{Event, Link},
    },
};
use serde_json::{Value, json};

pub(crate) fn write_traces(message: &ExportTraceServiceRequest) -> Value {
    let resources = message.resource_spans.iter().map(|group| {
        Object::new()
            .some("resource", group.resource.as_ref().map(resource))
            .list("scopeSpans", &group.scope_spans, |group| {
                Object::new()
                    .some("scope", group.scope.as_ref().map(scope))
                    .list("spans", &group.spans, span)
                    .string("schemaUrl", &group.schema_url)
                    .done()
            })
            .string("schemaUrl", &group.schema_url)
            .done()
    });
    json!({ "resourceSpans": resources.collect::<Vec<_>>() })
}

pub(crate) fn write_logs(message: &ExportLogsServiceRequest) -> Value {
    let resources = message.resource_logs.iter().map(|group| {
        Object::new()
            .some("resource", group.resource.as_ref().map(resource))
            .list("scopeLogs", &group.scope_logs, |group| {
                Object::new()
                    .some("scope", group.scope.as_ref().map(scope))
                    .list("logRecords", &group.log_records, log_record)
                    .string("schemaUrl", &group.schema_url)
                    .done()
            })
            .string("schemaUrl", &group.schema_url)
            .done()
    });
    json!({ "resourceLogs": resources.collect::<Vec<_>>() })
}

pub(crate) fn write_metrics(message: &ExportMetricsServiceRequest) -> Value {
    let resources = message.resource_metrics.iter().map(|group| {
        Object::new()
            .some("resource", group.resource.as_ref().map(resource))
            .list("scopeMetrics", &group.scope_metrics, |group| {
                Object::new()
                    .some("scope", group.scope.as_ref().map(scope))
                    .list("metrics", &group.metrics, metric)
                    .string("schemaUrl", &group.schema_url)
                    .done()
            })
            .string("schemaUrl", &group.schema_url)
            .done()
    });
    json!({ "resourceMetrics": resources.collect::<Vec<_>>() })
}

/// Attributes as a plain object, for people and scripts; the last of two equal keys wins.
pub(crate) fn attributes(list: &[KeyValue]) -> Value {
    let entries = list.iter().map(|attribute| {
        let value = attribute.value.as_ref().map_or(Value::Null, any_value);
        (attribute.key.clone(), value)
    });
    Value::Object(entries.collect())
}

/// A value as plain JSON: an integer is a number, bytes are base64.
pub(crate) fn any_value(value: &AnyValue) -> Value {
    match &value.value {
        None => Value::Null,
        Some(Any::StringValue(text)) => text.as_str().into(),
        Some(Any::BoolValue(flag)) => (*flag).into(),
        Some(Any::IntValue(number)) => (*number).into(),
        Some(Any::DoubleValue(number)) => double(*number),
        Some(Any::ArrayValue(array)) => array.values.iter().map(any_value).collect(),
        Some(Any::KvlistValue(list)) => attributes(&list.values),
        Some(Any::BytesValue(bytes)) => STANDARD.encode(bytes).into(),
        Some(Any::StringValueStrindex(at)) => (*at).into(),
    }
}

fn double(number: f64) -> Value {
    if number.is_nan() {
        "NaN".into()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .into()
    } else {
        number.into()
    }
}

fn resource(resource: &Resource) -> Value {
    Object::new()
        .list("attributes", &resource.attributes, key_value)
        .number("droppedAttributesCount", resource.dropped_attributes_count)
        .list("entityRefs", &resource.entity_refs, |entity| {
            Object::new()
                .string("schemaUrl", &entity.schema_url)
                .string("type", &entity.r#type)
                .list("idKeys", &entity.id_keys, |key| key.as_str().into())
                .list("descriptionKeys", &entity.description_keys, |key| {
                    key.as_str().into()
                })
                .done()
        })
        .done()
}

fn scope(scope: &InstrumentationScope) -> Value {
    Object::new()
        .string("name", &scope.name)
        .string("version", &scope.version)
        .list("attributes", &scope.attributes, key_value)
        .number("droppedAttributesCount", scope.dropped_attributes_count)
        .done()
}

fn key_value(attribute: &KeyValue) -> Value {
    Object::new()
        .with("key", attribute.key.as_str().into())
        .some("value", attribute.value.as_ref().map(otlp_value))
        .number("keyStrindex", attribute.key_strindex)
        .done()
}

fn otlp_value(value: &AnyValue) -> Value {
    match &value.value {
        // The index points into a table that only profiles carry: it means nothing here.
        None | Some(Any::StringValueStrindex(_)) => json!({}),
        Some(Any::StringValue(text)) => json!({ "stringValue": text }),
        Some(Any::BoolValue(flag)) => json!({ "boolValue": flag }),
        Some(Any::IntValue(number)) => json!({ "intValue": number.to_string() }),
        Some(Any::DoubleValue(number)) => json!({ "doubleValue": double(*number) }),
        Some(Any::ArrayValue(array)) => {
            let values: Vec<_> = array.values.iter().map(otlp_value).collect();
            json!({ "arrayValue": { "values": values } })
        }
        Some(Any::KvlistValue(list)) => {
            let values: Vec<_> = list.values.iter().map(key_value).collect();
            json!({ "kvlistValue": { "values": values } })
        }
        Some(Any::BytesValue(bytes)) => json!({ "bytesValue": STANDARD.encode(bytes) }),
    }
}

fn span(span: &Span) -> Value {
    Object::new()
        .hex("traceId", &span.trace_id)
        .hex("spanId", &span.span_id)
        .string("traceState", &span.trace_state)
        .hex("parentSpanId", &span.parent_span_id)
        .number("flags", span.flags)
        .string("name", &span.name)
        .number("kind", span.kind)
        .long("startTimeUnixNano", span.start_time_unix_nano)
        .long("endTimeUnixNano", span.end_time_unix_nano)
        .list("attributes", &span.attributes, key_value)
        .number("droppedAttributesCount", span.dropped_attributes_count)
        .list("events", &span.events, event)
        .number("droppedEventsCount", span.dropped_events_count)
        .list("links", &span.links, link)
        .number("droppedLinksCount", span.dropped_links_count)
        .some(
            "status",
            span.status.as_ref().map(|status| {
                Object::new()
                    .string("message", &status.message)
                    .number("code", status.code)
                    .done()
            }),
        )
        .done()
}

fn event(event: &Event) -> Value {
    Object::new()
        .long("timeUnixNano", event.time_unix_nano)
        .string("name", &event.name)
        .list("attributes", &event.attributes, key_value)
        .number("droppedAttributesCount", event.dropped_attributes_count)
        .done()
}

fn link(link: &Link) -> Value {
    Object::new()
        .hex("traceId", &link.trace_id)
        .hex("spanId", &link.span_id)
        .string("traceState", &link.trace_state)
        .list("attributes", &link.attributes, key_value)
        .number("droppedAttributesCount", link.dropped_attributes_count)
        .number("flags", link.flags)
        .done()
}

fn log_record(log: &LogRecord) -> Value {
    Object::new()
        .long("timeUnixNano", log.time_unix_nano)
        .long("observedTimeUnixNano", log.observed_time_unix_nano)
        .number("severityNumber", log.severity_number)
        .string("severityText", &log.severity_text)
        .some("body", log.body.as_ref().map(otlp_value))
        .list("attributes", &log.attributes, key_value)
        .number("droppedAttributesCount", log.dropped_attributes_count)
        .number("flags", log.flags)
        .hex("traceId", &log.trace_id)
        .hex("spanId", &log.span_id)
        .string("eventName", &log.event_name)
        .done()
}

fn metric(metric: &Metric) -> Value {
    let object = Object::new()
        .string("name", &metric.name)
        .string("description", &metric.description)
        .string("unit", &metric.unit)
        .list("metadata", &metric.metadata, key_value);
    let points = Object::new();
    match &metric.data {
        None => object,
        Some(Data::Gauge(gauge)) => object.with(
            "gauge",
            points
                .list("dataPoints", &gauge.data_points, number_point)
                .done(),
        ),
        Some(Data::Sum(sum)) => object.with(
            "sum",
            points
                .list("dataPoints", &sum.data_points, number_point)
                .number("aggregationTemporality", sum.aggregation_temporality)
                .number("isMonotonic", sum.is_monotonic)
                .done(),
        ),
        Some(Data::Histogram(histogram)) => object.with(
            "histogram",
            points
                .list("dataPoints", &histogram.data_points, histogram_point)
                .number("aggregationTemporality", histogram.aggregation_temporality)
                .done(),
        ),
        Some(Data::ExponentialHistogram(histogram)) => object.with(
            "exponentialHistogram",
            points
                .list("dataPoints", &histogram.data_points, exponential_point)
                .number("aggregationTemporality", histogram.aggregation_temporality)
                .done(),
        ),
        Some(Data::Summary(summary)) => object.with(
            "summary",
            points
                .list("dataPoints", &summary.data_points, summary_point)
                .done(),
        ),
    }
    .done()
}

fn number_point(point: &NumberDataPoint) -> Value {
    let object = Object::new()
        .list("attributes", &point.attributes, key_value)
        .long("startTimeUnixNano", point.start_time_unix_nano)
        .long("timeUnixNano", point.time_unix_nano)
        .list("exemplars", &point.exemplars, exemplar)
        .number("flags", point.flags);
    match point.value {
        None => object,
        Some(number_data_point::Value::AsDouble(n)) => object.with("asDouble", double(n)),
        Some(number_data_point::Value::AsInt(n)) => object.with("asInt", n.to_string().into()),
    }
    .done()
}

fn histogram_point(point: &HistogramDataPoint) -> Value {
    Object::new()
        .list("attributes", &point.attributes, key_value)
        .long("startTimeUnixNano", point.start_time_unix_nano)
        .long("timeUnixNano", point.time_unix_nano)
        .long("count", point.count)
        .some("sum", point.sum.map(double))
        .list("bucketCounts", &point.bucket_counts, long)
        .list("explicitBounds", &point.explicit_bounds, |n| double(*n))
        .list("exemplars", &point.exemplars, exemplar)
        .number("flags", point.flags)
        .some("min", point.min.map(double))
        .some("max", point.max.map(double))
        .done()
}

fn exponential_point(point: &ExponentialHistogramDataPoint) -> Value {
    let buckets = |buckets: &Buckets| {
        Object::new()
            .number("offset", buckets.offset)
            .list("bucketCounts", &buckets.bucket_counts, long)
            .done()
    };
    Object::new()
        .list("attributes", &point.attributes, key_value)
        .long("startTimeUnixNano", point.start_time_unix_nano)
        .long("timeUnixNano", point.time_unix_nano)
        .long("count", point.count)
        .some("sum", point.sum.map(double))
        .number("scale", point.scale)
        .long("zeroCount", point.zero_count)
        .some("positive", point.positive.as_ref().map(buckets))
        .some("negative", point.negative.as_ref().map(buckets))
        .number("flags", point.flags)
        .list("exemplars", &point.exemplars, exemplar)
        .some("min", point.min.map(double))
        .some("max", point.max.map(double))
        .with("zeroThreshold", double(point.zero_threshold))
        .done()
}

fn summary_point(point: &SummaryDataPoint) -> Value {
    Object::new()
        .list("attributes", &point.attributes, key_value)
        .long("startTimeUnixNano", point.start_time_unix_nano)
        .long("timeUnixNano", point.time_unix_nano)
        .long("count", point.count)
        .with("sum", double(point.sum))
        .list(
            "quantileValues",
            &point.quantile_values,
            |value| json!({ "quantile": double(value.quantile), "value": double(value.value) }),
        )
        .number("flags", point.flags)
        .done()
}

fn exemplar(exemplar: &Exemplar) -> Value {
    let object = Object::new()
        .list(
            "filteredAttributes",
            &exemplar.filtered_attributes,
            key_value,
        )
        .long("timeUnixNano", exemplar.time_unix_nano)
        .hex("spanId", &exemplar.span_id)
        .hex("traceId", &exemplar.trace_id);
    match exemplar.value {
        None => object,
        Some(exemplar::Value::AsDouble(n)) => object.with("asDouble", double(n)),
        Some(exemplar::Value::AsInt(n)) => object.with("asInt", n.to_string().into()),
    }
    .done()
}

fn long(number: &u64) -> Value {
    number.to_string().into()
}
