//! JSON to messages.

use super::fields::{Allowance, Fields, Malformed};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{
        AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
        any_value::Value as Any,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{
        Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
        HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
        SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric::Data,
        number_data_point, summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link},
    },
};
use serde_json::Value;

type Read<T> = Result<T, Malformed>;

pub(crate) fn read_traces(
    document: Value,
    allowance: &Allowance,
) -> Read<ExportTraceServiceRequest> {
    Ok(ExportTraceServiceRequest {
        resource_spans: Fields::of(document, allowance)?.list("resourceSpans", |mut f| {
            Ok(ResourceSpans {
                resource: f.message("resource", resource)?,
                scope_spans: f.list("scopeSpans", |mut f| {
                    Ok(ScopeSpans {
                        scope: f.message("scope", scope)?,
                        spans: f.list("spans", span)?,
                        schema_url: f.string("schemaUrl")?,
                    })
                })?,
                schema_url: f.string("schemaUrl")?,
            })
        })?,
    })
}

pub(crate) fn read_logs(document: Value, allowance: &Allowance) -> Read<ExportLogsServiceRequest> {
    Ok(ExportLogsServiceRequest {
        resource_logs: Fields::of(document, allowance)?.list("resourceLogs", |mut f| {
            Ok(ResourceLogs {
                resource: f.message("resource", resource)?,
                scope_logs: f.list("scopeLogs", |mut f| {
                    Ok(ScopeLogs {
                        scope: f.message("scope", scope)?,
                        log_records: f.list("logRecords", log_record)?,
                        schema_url: f.string("schemaUrl")?,
                    })
                })?,
                schema_url: f.string("schemaUrl")?,
            })
        })?,
    })
}

pub(crate) fn read_metrics(
    document: Value,
    allowance: &Allowance,
) -> Read<ExportMetricsServiceRequest> {
    Ok(ExportMetricsServiceRequest {
        resource_metrics: Fields::of(document, allowance)?.list("resourceMetrics", |mut f| {
            Ok(ResourceMetrics {
                resource: f.message("resource", resource)?,
                scope_metrics: f.list("scopeMetrics", |mut f| {
                    Ok(ScopeMetrics {
                        scope: f.message("scope", scope)?,
                        metrics: f.list("metrics", metric)?,
                        schema_url: f.string("schemaUrl")?,
                    })
                })?,
                schema_url: f.string("schemaUrl")?,
            })
        })?,
    })
}

fn resource(mut f: Fields<'_>) -> Read<Resource> {
    Ok(Resource {
        attributes: f.list("attributes", key_value)?,
        dropped_attributes_count: f.int("droppedAttributesCount")?,
        entity_refs: f.list("entityRefs", |mut f| {
            Ok(EntityRef {
                schema_url: f.string("schemaUrl")?,
                r#type: f.string("type")?,
                id_keys: f.strings("idKeys")?,
                description_keys: f.strings("descriptionKeys")?,
            })
        })?,
    })
}

fn scope(mut f: Fields<'_>) -> Read<InstrumentationScope> {
    Ok(InstrumentationScope {
        name: f.string("name")?,
        version: f.string("version")?,
        attributes: f.list("attributes", key_value)?,
        dropped_attributes_count: f.int("droppedAttributesCount")?,
    })
}

fn key_value(mut f: Fields<'_>) -> Read<KeyValue> {
    Ok(KeyValue {
        key: f.string("key")?,
        value: f.message("value", any_value)?,
        key_strindex: f.int("keyStrindex")?,
    })
}

fn any_value(mut f: Fields<'_>) -> Read<AnyValue> {
    let value = if let Some(text) = f.some_string("stringValue")? {
        Some(Any::StringValue(text))
    } else if let Some(flag) = f.some_bool("boolValue")? {
        Some(Any::BoolValue(flag))
    } else if let Some(number) = f.some_int("intValue")? {
        Some(Any::IntValue(number))
    } else if let Some(number) = f.some_double("doubleValue")? {
        Some(Any::DoubleValue(number))
    } else if let Some(array) = f.message("arrayValue", |mut f| {
        Ok(ArrayValue {
            values: f.list("values", any_value)?,
        })
    })? {
        Some(Any::ArrayValue(array))
    } else if let Some(list) = f.message("kvlistValue", |mut f| {
        Ok(KeyValueList {
            values: f.list("values", key_value)?,
        })
    })? {
        Some(Any::KvlistValue(list))
    } else {
        f.some_base64("bytesValue")?.map(Any::BytesValue)
    };
    Ok(AnyValue { value })
}

fn span(mut f: Fields<'_>) -> Read<Span> {
    Ok(Span {
        trace_id: f.hex("traceId")?,
        span_id: f.hex("spanId")?,
        trace_state: f.string("traceState")?,
        parent_span_id: f.hex("parentSpanId")?,
        flags: f.int("flags")?,
        name: f.string("name")?,
        kind: f.enumeration("kind")?,
        start_time_unix_nano: f.int("startTimeUnixNano")?,
        end_time_unix_nano: f.int("endTimeUnixNano")?,
        attributes: f.list("attributes", key_value)?,
        dropped_attributes_count: f.int("droppedAttributesCount")?,
        events: f.list("events", |mut f| {
            Ok(Event {
                time_unix_nano: f.int("timeUnixNano")?,
                name: f.string("name")?,
                attributes: f.list("attributes", key_value)?,
                dropped_attributes_count: f.int("droppedAttributesCount")?,
            })
        })?,
        dropped_events_count: f.int("droppedEventsCount")?,
        links: f.list("links", |mut f| {
            Ok(Link {
                trace_id: f.hex("traceId")?,
                span_id: f.hex("spanId")?,
                trace_state: f.string("traceState")?,
                attributes: f.list("attributes", key_value)?,
                dropped_attributes_count: f.int("droppedAttributesCount")?,
                flags: f.int("flags")?,
            })
        })?,
        dropped_links_count: f.int("droppedLinksCount")?,
        status: f.message("status", |mut f| {
            Ok(Status {
                message: f.string("message")?,
                code: f.enumeration("code")?,
            })
        })?,
    })
}

fn log_record(mut f: Fields<'_>) -> Read<LogRecord> {
    Ok(LogRecord {
        time_unix_nano: f.int("timeUnixNano")?,
        observed_time_unix_nano: f.int("observedTimeUnixNano")?,
        severity_number: f.enumeration("severityNumber")?,
        severity_text: f.string("severityText")?,
        body: f.message("body", any_value)?,
        attributes: f.list("attributes", key_value)?,
        dropped_attributes_count: f.int("droppedAttributesCount")?,
        flags: f.int("flags")?,
        trace_id: f.hex("traceId")?,
        span_id: f.hex("spanId")?,
        event_name: f.string("eventName")?,
    })
}

fn metric(mut f: Fields<'_>) -> Read<Metric> {
    let data = if let Some(gauge) = f.message("gauge", |mut f| {
        Ok(Gauge {
            data_points: f.list("dataPoints", number_point)?,
        })
    })? {
        Some(Data::Gauge(gauge))
    } else if let Some(sum) = f.message("sum", |mut f| {
        Ok(Sum {
            data_points: f.list("dataPoints", number_point)?,
            aggregation_temporality: f.enumeration("aggregationTemporality")?,
            is_monotonic: f.some_bool("isMonotonic")?.unwrap_or_default(),
        })
    })? {
        Some(Data::Sum(sum))
    } else if let Some(histogram) = f.message("histogram", |mut f| {
        Ok(Histogram {
            data_points: f.list("dataPoints", histogram_point)?,
            aggregation_temporality: f.enumeration("aggregationTemporality")?,
        })
    })? {
        Some(Data::Histogram(histogram))
    } else if let Some(histogram) = f.message("exponentialHistogram", |mut f| {
        Ok(ExponentialHistogram {
            data_points: f.list("dataPoints", exponential_point)?,
            aggregation_temporality: f.enumeration("aggregationTemporality")?,
        })
    })? {
        Some(Data::ExponentialHistogram(histogram))
    } else {
        f.message("summary", |mut f| {
            Ok(Summary {
                data_points: f.list("dataPoints", summary_point)?,
            })
        })?
        .map(Data::Summary)
    };
    Ok(Metric {
        name: f.string("name")?,
        description: f.string("description")?,
        unit: f.string("unit")?,
        metadata: f.list("metadata", key_value)?,
        data,
    })
}

fn number_point(mut f: Fields<'_>) -> Read<NumberDataPoint> {
    let value = match f.some_double("asDouble")? {
        Some(number) => Some(number_data_point::Value::AsDouble(number)),
        None => f.some_int("asInt")?.map(number_data_point::Value::AsInt),
    };
    Ok(NumberDataPoint {
        attributes: f.list("attributes", key_value)?,
        start_time_unix_nano: f.int("startTimeUnixNano")?,
        time_unix_nano: f.int("timeUnixNano")?,
        exemplars: f.list("exemplars", exemplar)?,
        flags: f.int("flags")?,
        value,
    })
}

fn histogram_point(mut f: Fields<'_>) -> Read<HistogramDataPoint> {
    Ok(HistogramDataPoint {
        attributes: f.list("attributes", key_value)?,
        start_time_unix_nano: f.int("startTimeUnixNano")?,
        time_unix_nano: f.int("timeUnixNano")?,
        count: f.int("count")?,
        sum: f.some_double("sum")?,
        bucket_counts: f.ints("bucketCounts")?,
        explicit_bounds: f.doubles("explicitBounds")?,
        exemplars: f.list("exemplars", exemplar)?,
        flags: f.int("flags")?,
        min: f.some_double("min")?,
        max: f.some_double("max")?,
    })
}

fn exponential_point(mut f: Fields<'_>) -> Read<ExponentialHistogramDataPoint> {
    fn buckets(mut f: Fields<'_>) -> Read<Buckets> {
        Ok(Buckets {
            offset: f.int("offset")?,
            bucket_counts: f.ints("bucketCounts")?,
        })
    }
    Ok(ExponentialHistogramDataPoint {
        attributes: f.list("attributes", key_value)?,
        start_time_unix_nano: f.int("startTimeUnixNano")?,
        time_unix_nano: f.int("timeUnixNano")?,
        count: f.int("count")?,
        sum: f.some_double("sum")?,
        scale: f.int("scale")?,
        zero_count: f.int("zeroCount")?,
        positive: f.message("positive", buckets)?,
        negative: f.message("negative", buckets)?,
        flags: f.int("flags")?,
        exemplars: f.list("exemplars", exemplar)?,
        min: f.some_double("min")?,
        max: f.some_double("max")?,
        zero_threshold: f.double("zeroThreshold")?,
    })
}

fn summary_point(mut f: Fields<'_>) -> Read<SummaryDataPoint> {
    Ok(SummaryDataPoint {
        attributes: f.list("attributes", key_value)?,
        start_time_unix_nano: f.int("startTimeUnixNano")?,
        time_unix_nano: f.int("timeUnixNano")?,
        count: f.int("count")?,
        sum: f.double("sum")?,
        quantile_values: f.list("quantileValues", |mut f| {
            Ok(ValueAtQuantile {
                quantile: f.double("quantile")?,
                value: f.double("value")?,
            })
        })?,
        flags: f.int("flags")?,
    })
}

fn exemplar(mut f: Fields<'_>) -> Read<Exemplar> {
    let value = match f.some_double("asDouble")? {
        Some(number) => Some(exemplar::Value::AsDouble(number)),
        None => f.some_int("asInt")?.map(exemplar::Value::AsInt),
    };
    Ok(Exemplar {
        filtered_attributes: f.list("filteredAttributes", key_value)?,
        time_unix_nano: f.int("timeUnixNano")?,
        span_id: f.hex("spanId")?,
        trace_id: f.hex("traceId")?,
        value,
    })
}
