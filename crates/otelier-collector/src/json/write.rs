//! Messages to JSON, default values left out, as the collector's file exporter does.

use super::object::{Object, Writer};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue, any_value::Value as Any},
    logs::v1::LogRecord,
    metrics::v1::{
        Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, Metric, NumberDataPoint,
        SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric::Data,
        number_data_point, summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
    trace::v1::{
        Span, Status,
        span::{Event, Link},
    },
};

type Out<'a, 'w> = Object<'a, 'w>;

/// Writes a request as one JSON object.
pub(crate) fn traces(to: &mut Writer<'_>, message: &ExportTraceServiceRequest) {
    to.object(|o| {
        o.array("resourceSpans", &message.resource_spans, |to, group| {
            to.object(|o| {
                o.message("resource", group.resource.as_ref(), resource);
                o.list("scopeSpans", &group.scope_spans, |o, group| {
                    o.message("scope", group.scope.as_ref(), scope);
                    o.list("spans", &group.spans, span);
                    o.some_text("schemaUrl", &group.schema_url);
                });
                o.some_text("schemaUrl", &group.schema_url);
            });
        });
    });
}

/// Writes a request as one JSON object.
pub(crate) fn metrics(to: &mut Writer<'_>, message: &ExportMetricsServiceRequest) {
    to.object(|o| {
        o.array("resourceMetrics", &message.resource_metrics, |to, group| {
            to.object(|o| {
                o.message("resource", group.resource.as_ref(), resource);
                o.list("scopeMetrics", &group.scope_metrics, |o, group| {
                    o.message("scope", group.scope.as_ref(), scope);
                    o.list("metrics", &group.metrics, metric);
                    o.some_text("schemaUrl", &group.schema_url);
                });
                o.some_text("schemaUrl", &group.schema_url);
            });
        });
    });
}

/// Writes a request as one JSON object.
pub(crate) fn logs(to: &mut Writer<'_>, message: &ExportLogsServiceRequest) {
    to.object(|o| {
        o.array("resourceLogs", &message.resource_logs, |to, group| {
            to.object(|o| {
                o.message("resource", group.resource.as_ref(), resource);
                o.list("scopeLogs", &group.scope_logs, |o, group| {
                    o.message("scope", group.scope.as_ref(), scope);
                    o.list("logRecords", &group.log_records, log_record);
                    o.some_text("schemaUrl", &group.schema_url);
                });
                o.some_text("schemaUrl", &group.schema_url);
            });
        });
    });
}

fn resource(o: &mut Out<'_, '_>, resource: &Resource) {
    o.list("attributes", &resource.attributes, key_value);
    o.some_number("droppedAttributesCount", resource.dropped_attributes_count);
    o.list("entityRefs", &resource.entity_refs, entity);
}

fn entity(o: &mut Out<'_, '_>, entity: &EntityRef) {
    o.some_text("schemaUrl", &entity.schema_url);
    o.some_text("type", &entity.r#type);
    for (key, keys) in [
        ("idKeys", &entity.id_keys),
        ("descriptionKeys", &entity.description_keys),
    ] {
        if !keys.is_empty() {
            o.array(key, keys, |to, key| to.text(key));
        }
    }
}

fn scope(o: &mut Out<'_, '_>, scope: &InstrumentationScope) {
    o.some_text("name", &scope.name);
    o.some_text("version", &scope.version);
    o.list("attributes", &scope.attributes, key_value);
    o.some_number("droppedAttributesCount", scope.dropped_attributes_count);
}

fn key_value(o: &mut Out<'_, '_>, attribute: &KeyValue) {
    o.text("key", &attribute.key);
    o.message("value", attribute.value.as_ref(), value);
    o.some_number("keyStrindex", attribute.key_strindex);
}

fn value(o: &mut Out<'_, '_>, value: &AnyValue) {
    match &value.value {
        // The index points into a table that only profiles carry: it means nothing here.
        None | Some(Any::StringValueStrindex(_)) => {}
        Some(Any::StringValue(text)) => o.text("stringValue", text),
        Some(Any::BoolValue(flag)) => o.number("boolValue", flag),
        Some(Any::IntValue(number)) => o.quoted("intValue", number),
        Some(Any::DoubleValue(number)) => o.double("doubleValue", *number),
        Some(Any::ArrayValue(array)) => o.object("arrayValue", |o| {
            o.list("values", &array.values, self::value);
        }),
        Some(Any::KvlistValue(list)) => o.object("kvlistValue", |o| {
            o.list("values", &list.values, key_value);
        }),
        Some(Any::BytesValue(bytes)) => o.key("bytesValue").base64(bytes),
    }
}

fn span(o: &mut Out<'_, '_>, span: &Span) {
    o.hex("traceId", &span.trace_id);
    o.hex("spanId", &span.span_id);
    o.some_text("traceState", &span.trace_state);
    o.hex("parentSpanId", &span.parent_span_id);
    o.some_number("flags", span.flags);
    o.some_text("name", &span.name);
    o.some_number("kind", span.kind);
    o.long("startTimeUnixNano", span.start_time_unix_nano);
    o.long("endTimeUnixNano", span.end_time_unix_nano);
    o.list("attributes", &span.attributes, key_value);
    o.some_number("droppedAttributesCount", span.dropped_attributes_count);
    o.list("events", &span.events, event);
    o.some_number("droppedEventsCount", span.dropped_events_count);
    o.list("links", &span.links, link);
    o.some_number("droppedLinksCount", span.dropped_links_count);
    o.message("status", span.status.as_ref(), status);
}

fn status(o: &mut Out<'_, '_>, status: &Status) {
    o.some_text("message", &status.message);
    o.some_number("code", status.code);
}

fn event(o: &mut Out<'_, '_>, event: &Event) {
    o.long("timeUnixNano", event.time_unix_nano);
    o.some_text("name", &event.name);
    o.list("attributes", &event.attributes, key_value);
    o.some_number("droppedAttributesCount", event.dropped_attributes_count);
}

fn link(o: &mut Out<'_, '_>, link: &Link) {
    o.hex("traceId", &link.trace_id);
    o.hex("spanId", &link.span_id);
    o.some_text("traceState", &link.trace_state);
    o.list("attributes", &link.attributes, key_value);
    o.some_number("droppedAttributesCount", link.dropped_attributes_count);
    o.some_number("flags", link.flags);
}

fn log_record(o: &mut Out<'_, '_>, log: &LogRecord) {
    o.long("timeUnixNano", log.time_unix_nano);
    o.long("observedTimeUnixNano", log.observed_time_unix_nano);
    o.some_number("severityNumber", log.severity_number);
    o.some_text("severityText", &log.severity_text);
    o.message("body", log.body.as_ref(), value);
    o.list("attributes", &log.attributes, key_value);
    o.some_number("droppedAttributesCount", log.dropped_attributes_count);
    o.some_number("flags", log.flags);
    o.hex("traceId", &log.trace_id);
    o.hex("spanId", &log.span_id);
    o.some_text("eventName", &log.event_name);
}

fn metric(o: &mut Out<'_, '_>, metric: &Metric) {
    o.some_text("name", &metric.name);
    o.some_text("description", &metric.description);
    o.some_text("unit", &metric.unit);
    o.list("metadata", &metric.metadata, key_value);
    match &metric.data {
        None => {}
        Some(Data::Gauge(data)) => o.object("gauge", |o| {
            o.list("dataPoints", &data.data_points, number_point);
        }),
        Some(Data::Sum(data)) => o.object("sum", |o| {
            o.list("dataPoints", &data.data_points, number_point);
            o.some_number("aggregationTemporality", data.aggregation_temporality);
            o.some_number("isMonotonic", data.is_monotonic);
        }),
        Some(Data::Histogram(data)) => o.object("histogram", |o| {
            o.list("dataPoints", &data.data_points, histogram_point);
            o.some_number("aggregationTemporality", data.aggregation_temporality);
        }),
        Some(Data::ExponentialHistogram(data)) => o.object("exponentialHistogram", |o| {
            o.list("dataPoints", &data.data_points, exponential_point);
            o.some_number("aggregationTemporality", data.aggregation_temporality);
        }),
        Some(Data::Summary(data)) => o.object("summary", |o| {
            o.list("dataPoints", &data.data_points, summary_point);
        }),
    }
}

fn number_point(o: &mut Out<'_, '_>, point: &NumberDataPoint) {
    o.list("attributes", &point.attributes, key_value);
    o.long("startTimeUnixNano", point.start_time_unix_nano);
    o.long("timeUnixNano", point.time_unix_nano);
    o.list("exemplars", &point.exemplars, exemplar);
    o.some_number("flags", point.flags);
    match point.value {
        None => {}
        Some(number_data_point::Value::AsDouble(number)) => o.double("asDouble", number),
        Some(number_data_point::Value::AsInt(number)) => o.quoted("asInt", number),
    }
}

fn histogram_point(o: &mut Out<'_, '_>, point: &HistogramDataPoint) {
    o.list("attributes", &point.attributes, key_value);
    o.long("startTimeUnixNano", point.start_time_unix_nano);
    o.long("timeUnixNano", point.time_unix_nano);
    o.long("count", point.count);
    o.some_double("sum", point.sum);
    o.longs("bucketCounts", &point.bucket_counts);
    if !point.explicit_bounds.is_empty() {
        o.array("explicitBounds", &point.explicit_bounds, |to, n| {
            to.double(*n);
        });
    }
    o.list("exemplars", &point.exemplars, exemplar);
    o.some_number("flags", point.flags);
    o.some_double("min", point.min);
    o.some_double("max", point.max);
}

fn exponential_point(o: &mut Out<'_, '_>, point: &ExponentialHistogramDataPoint) {
    o.list("attributes", &point.attributes, key_value);
    o.long("startTimeUnixNano", point.start_time_unix_nano);
    o.long("timeUnixNano", point.time_unix_nano);
    o.long("count", point.count);
    o.some_double("sum", point.sum);
    o.some_number("scale", point.scale);
    o.long("zeroCount", point.zero_count);
    o.message("positive", point.positive.as_ref(), buckets);
    o.message("negative", point.negative.as_ref(), buckets);
    o.some_number("flags", point.flags);
    o.list("exemplars", &point.exemplars, exemplar);
    o.some_double("min", point.min);
    o.some_double("max", point.max);
    o.double("zeroThreshold", point.zero_threshold);
}

fn buckets(o: &mut Out<'_, '_>, buckets: &Buckets) {
    o.some_number("offset", buckets.offset);
    o.longs("bucketCounts", &buckets.bucket_counts);
}

fn summary_point(o: &mut Out<'_, '_>, point: &SummaryDataPoint) {
    o.list("attributes", &point.attributes, key_value);
    o.long("startTimeUnixNano", point.start_time_unix_nano);
    o.long("timeUnixNano", point.time_unix_nano);
    o.long("count", point.count);
    o.double("sum", point.sum);
    o.list("quantileValues", &point.quantile_values, quantile);
    o.some_number("flags", point.flags);
}

fn quantile(o: &mut Out<'_, '_>, value: &ValueAtQuantile) {
    o.double("quantile", value.quantile);
    o.double("value", value.value);
}

fn exemplar(o: &mut Out<'_, '_>, exemplar: &Exemplar) {
    o.list(
        "filteredAttributes",
        &exemplar.filtered_attributes,
        key_value,
    );
    o.long("timeUnixNano", exemplar.time_unix_nano);
    o.hex("spanId", &exemplar.span_id);
    o.hex("traceId", &exemplar.trace_id);
    match exemplar.value {
        None => {}
        Some(exemplar::Value::AsDouble(number)) => o.double("asDouble", number),
        Some(exemplar::Value::AsInt(number)) => o.quoted("asInt", number),
    }
}
