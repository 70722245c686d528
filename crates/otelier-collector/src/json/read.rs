//! JSON to messages.

use super::message::{Field, Message};
use opentelemetry_proto::tonic::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{
        AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
        any_value::Value as Any,
    },
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber},
    metrics::v1::{
        AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint,
        Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
        ScopeMetrics, Sum, Summary, SummaryDataPoint, exemplar,
        exponential_histogram_data_point::Buckets, metric::Data, number_data_point,
        summary_data_point::ValueAtQuantile,
    },
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status,
        span::{Event, Link, SpanKind},
        status::StatusCode,
    },
};
use serde::de::MapAccess;

/// One line of a file: a request of any signal, or several in one.
#[derive(Default)]
pub(crate) struct Document {
    pub(crate) traces: Option<ExportTraceServiceRequest>,
    pub(crate) metrics: Option<ExportMetricsServiceRequest>,
    pub(crate) logs: Option<ExportLogsServiceRequest>,
    /// Whether there was anything else.
    pub(crate) other: bool,
}

/// The fields of a message: a name, and how its value is read.
macro_rules! message {
    ($type:ty, $this:ident, $field:ident: $($name:literal => $read:expr,)*) => {
        impl Message for $type {
            fn field<'de, A: MapAccess<'de>>(
                &mut self,
                name: &str,
                $field: &mut Field<'_, A>,
            ) -> Result<(), A::Error> {
                let $this = self;
                match name {
                    $($name => $read,)*
                    _ => $field.skip(),
                }
            }
        }
    };
}

/// Sets one variant of a `oneof`, unless the value is a null.
macro_rules! one_of {
    ($to:expr, $value:expr, $variant:expr) => {{
        if let Some(value) = $value? {
            $to = Some($variant(value));
        }
        Ok(())
    }};
}

impl Message for Document {
    fn field<'de, A: MapAccess<'de>>(
        &mut self,
        name: &str,
        field: &mut Field<'_, A>,
    ) -> Result<(), A::Error> {
        match name {
            "resourceSpans" => self.traces.get_or_insert_default().field(name, field),
            "resourceMetrics" => self.metrics.get_or_insert_default().field(name, field),
            "resourceLogs" => self.logs.get_or_insert_default().field(name, field),
            _ => {
                self.other = true;
                field.skip()
            }
        }
    }
}

message! { ExportTraceServiceRequest, m, f:
    "resourceSpans" => f.list(&mut m.resource_spans),
}

message! { ExportMetricsServiceRequest, m, f:
    "resourceMetrics" => f.list(&mut m.resource_metrics),
}

message! { ExportLogsServiceRequest, m, f:
    "resourceLogs" => f.list(&mut m.resource_logs),
}

message! { ResourceSpans, m, f:
    "resource" => f.message(&mut m.resource),
    "scopeSpans" => f.list(&mut m.scope_spans),
    "schemaUrl" => f.string(&mut m.schema_url),
}

message! { ScopeSpans, m, f:
    "scope" => f.message(&mut m.scope),
    "spans" => f.list(&mut m.spans),
    "schemaUrl" => f.string(&mut m.schema_url),
}

message! { ResourceMetrics, m, f:
    "resource" => f.message(&mut m.resource),
    "scopeMetrics" => f.list(&mut m.scope_metrics),
    "schemaUrl" => f.string(&mut m.schema_url),
}

message! { ScopeMetrics, m, f:
    "scope" => f.message(&mut m.scope),
    "metrics" => f.list(&mut m.metrics),
    "schemaUrl" => f.string(&mut m.schema_url),
}

message! { ResourceLogs, m, f:
    "resource" => f.message(&mut m.resource),
    "scopeLogs" => f.list(&mut m.scope_logs),
    "schemaUrl" => f.string(&mut m.schema_url),
}

message! { ScopeLogs, m, f:
    "scope" => f.message(&mut m.scope),
    "logRecords" => f.list(&mut m.log_records),
    "schemaUrl" => f.string(&mut m.schema_url),
}

message! { Resource, m, f:
    "attributes" => f.list(&mut m.attributes),
    "droppedAttributesCount" => f.int(&mut m.dropped_attributes_count),
    "entityRefs" => f.list(&mut m.entity_refs),
}

message! { EntityRef, m, f:
    "schemaUrl" => f.string(&mut m.schema_url),
    "type" => f.string(&mut m.r#type),
    "idKeys" => f.strings(&mut m.id_keys),
    "descriptionKeys" => f.strings(&mut m.description_keys),
}

message! { InstrumentationScope, m, f:
    "name" => f.string(&mut m.name),
    "version" => f.string(&mut m.version),
    "attributes" => f.list(&mut m.attributes),
    "droppedAttributesCount" => f.int(&mut m.dropped_attributes_count),
}

message! { KeyValue, m, f:
    "key" => f.string(&mut m.key),
    "value" => f.message(&mut m.value),
    "keyStrindex" => f.int(&mut m.key_strindex),
}

message! { AnyValue, m, f:
    "stringValue" => one_of!(m.value, f.some_string(), Any::StringValue),
    "boolValue" => one_of!(m.value, f.some_bool(), Any::BoolValue),
    "intValue" => one_of!(m.value, f.some_int(), Any::IntValue),
    "doubleValue" => one_of!(m.value, f.some_double(), Any::DoubleValue),
    "arrayValue" => one_of!(m.value, f.deeper(), Any::ArrayValue),
    "kvlistValue" => one_of!(m.value, f.deeper(), Any::KvlistValue),
    "bytesValue" => one_of!(m.value, f.some_base64(), Any::BytesValue),
}

message! { ArrayValue, m, f:
    "values" => f.list(&mut m.values),
}

message! { KeyValueList, m, f:
    "values" => f.list(&mut m.values),
}

message! { Span, m, f:
    "traceId" => f.hex(&mut m.trace_id),
    "spanId" => f.hex(&mut m.span_id),
    "traceState" => f.string(&mut m.trace_state),
    "parentSpanId" => f.hex(&mut m.parent_span_id),
    "flags" => f.int(&mut m.flags),
    "name" => f.string(&mut m.name),
    "kind" => f.enumeration(&mut m.kind, |name| SpanKind::from_str_name(name).map(Into::into)),
    "startTimeUnixNano" => f.int(&mut m.start_time_unix_nano),
    "endTimeUnixNano" => f.int(&mut m.end_time_unix_nano),
    "attributes" => f.list(&mut m.attributes),
    "droppedAttributesCount" => f.int(&mut m.dropped_attributes_count),
    "events" => f.list(&mut m.events),
    "droppedEventsCount" => f.int(&mut m.dropped_events_count),
    "links" => f.list(&mut m.links),
    "droppedLinksCount" => f.int(&mut m.dropped_links_count),
    "status" => f.message(&mut m.status),
}

message! { Event, m, f:
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "name" => f.string(&mut m.name),
    "attributes" => f.list(&mut m.attributes),
    "droppedAttributesCount" => f.int(&mut m.dropped_attributes_count),
}

message! { Link, m, f:
    "traceId" => f.hex(&mut m.trace_id),
    "spanId" => f.hex(&mut m.span_id),
    "traceState" => f.string(&mut m.trace_state),
    "attributes" => f.list(&mut m.attributes),
    "droppedAttributesCount" => f.int(&mut m.dropped_attributes_count),
    "flags" => f.int(&mut m.flags),
}

message! { Status, m, f:
    "message" => f.string(&mut m.message),
    "code" => f.enumeration(&mut m.code, |name| StatusCode::from_str_name(name).map(Into::into)),
}

message! { LogRecord, m, f:
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "observedTimeUnixNano" => f.int(&mut m.observed_time_unix_nano),
    "severityNumber" => f.enumeration(&mut m.severity_number, |name| SeverityNumber::from_str_name(name).map(Into::into)),
    "severityText" => f.string(&mut m.severity_text),
    "body" => f.message(&mut m.body),
    "attributes" => f.list(&mut m.attributes),
    "droppedAttributesCount" => f.int(&mut m.dropped_attributes_count),
    "flags" => f.int(&mut m.flags),
    "traceId" => f.hex(&mut m.trace_id),
    "spanId" => f.hex(&mut m.span_id),
    "eventName" => f.string(&mut m.event_name),
}

message! { Metric, m, f:
    "name" => f.string(&mut m.name),
    "description" => f.string(&mut m.description),
    "unit" => f.string(&mut m.unit),
    "metadata" => f.list(&mut m.metadata),
    "gauge" => one_of!(m.data, f.some_message(), Data::Gauge),
    "sum" => one_of!(m.data, f.some_message(), Data::Sum),
    "histogram" => one_of!(m.data, f.some_message(), Data::Histogram),
    "exponentialHistogram" => one_of!(m.data, f.some_message(), Data::ExponentialHistogram),
    "summary" => one_of!(m.data, f.some_message(), Data::Summary),
}

message! { Gauge, m, f:
    "dataPoints" => f.list(&mut m.data_points),
}

message! { Sum, m, f:
    "dataPoints" => f.list(&mut m.data_points),
    "aggregationTemporality" => f.enumeration(&mut m.aggregation_temporality, |name| AggregationTemporality::from_str_name(name).map(Into::into)),
    "isMonotonic" => f.some_bool().map(|flag| m.is_monotonic = flag.unwrap_or(m.is_monotonic)),
}

message! { Histogram, m, f:
    "dataPoints" => f.list(&mut m.data_points),
    "aggregationTemporality" => f.enumeration(&mut m.aggregation_temporality, |name| AggregationTemporality::from_str_name(name).map(Into::into)),
}

message! { ExponentialHistogram, m, f:
    "dataPoints" => f.list(&mut m.data_points),
    "aggregationTemporality" => f.enumeration(&mut m.aggregation_temporality, |name| AggregationTemporality::from_str_name(name).map(Into::into)),
}

message! { Summary, m, f:
    "dataPoints" => f.list(&mut m.data_points),
}

message! { NumberDataPoint, m, f:
    "attributes" => f.list(&mut m.attributes),
    "startTimeUnixNano" => f.int(&mut m.start_time_unix_nano),
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "exemplars" => f.list(&mut m.exemplars),
    "flags" => f.int(&mut m.flags),
    "asDouble" => one_of!(m.value, f.some_double(), number_data_point::Value::AsDouble),
    "asInt" => one_of!(m.value, f.some_int(), number_data_point::Value::AsInt),
}

message! { HistogramDataPoint, m, f:
    "attributes" => f.list(&mut m.attributes),
    "startTimeUnixNano" => f.int(&mut m.start_time_unix_nano),
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "count" => f.int(&mut m.count),
    "sum" => f.some_double().map(|number| m.sum = number.or(m.sum)),
    "bucketCounts" => f.ints(&mut m.bucket_counts),
    "explicitBounds" => f.doubles(&mut m.explicit_bounds),
    "exemplars" => f.list(&mut m.exemplars),
    "flags" => f.int(&mut m.flags),
    "min" => f.some_double().map(|number| m.min = number.or(m.min)),
    "max" => f.some_double().map(|number| m.max = number.or(m.max)),
}

message! { ExponentialHistogramDataPoint, m, f:
    "attributes" => f.list(&mut m.attributes),
    "startTimeUnixNano" => f.int(&mut m.start_time_unix_nano),
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "count" => f.int(&mut m.count),
    "sum" => f.some_double().map(|number| m.sum = number.or(m.sum)),
    "scale" => f.int(&mut m.scale),
    "zeroCount" => f.int(&mut m.zero_count),
    "positive" => f.message(&mut m.positive),
    "negative" => f.message(&mut m.negative),
    "flags" => f.int(&mut m.flags),
    "exemplars" => f.list(&mut m.exemplars),
    "min" => f.some_double().map(|number| m.min = number.or(m.min)),
    "max" => f.some_double().map(|number| m.max = number.or(m.max)),
    "zeroThreshold" => f.double(&mut m.zero_threshold),
}

message! { Buckets, m, f:
    "offset" => f.int(&mut m.offset),
    "bucketCounts" => f.ints(&mut m.bucket_counts),
}

message! { SummaryDataPoint, m, f:
    "attributes" => f.list(&mut m.attributes),
    "startTimeUnixNano" => f.int(&mut m.start_time_unix_nano),
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "count" => f.int(&mut m.count),
    "sum" => f.double(&mut m.sum),
    "quantileValues" => f.list(&mut m.quantile_values),
    "flags" => f.int(&mut m.flags),
}

message! { ValueAtQuantile, m, f:
    "quantile" => f.double(&mut m.quantile),
    "value" => f.double(&mut m.value),
}

message! { Exemplar, m, f:
    "filteredAttributes" => f.list(&mut m.filtered_attributes),
    "timeUnixNano" => f.int(&mut m.time_unix_nano),
    "spanId" => f.hex(&mut m.span_id),
    "traceId" => f.hex(&mut m.trace_id),
    "asDouble" => one_of!(m.value, f.some_double(), exemplar::Value::AsDouble),
    "asInt" => one_of!(m.value, f.some_int(), exemplar::Value::AsInt),
}
