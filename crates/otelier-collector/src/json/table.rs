//! The messages: each field with its name, and how its value is read and written.

use super::{
    message::{Field, Message, Written},
    object::Object,
};
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

/// The fields of a message: name, kind, place. A kind is a method of [`Field`], which reads, and one
/// of [`Object`], which writes.
macro_rules! message {
    ($type:ident:
        $($name:literal $kind:ident $field:ident $(of $enum:ident)?,)*
        $(one of $one:ident { $($key:literal $value:ident $variant:path,)* })?
    ) => {
        impl Message for $type {
            fn field<'de, A: MapAccess<'de>>(
                &mut self,
                name: &str,
                field: &mut Field<'_, A>,
            ) -> Result<(), A::Error> {
                match name {
                    $($name => field.$kind(
                        &mut self.$field
                        $(, |name| $enum::from_str_name(name).map(Into::into))?
                    ),)*
                    // A null leaves the others as they are.
                    $($($key => {
                        if let Some(value) = field.$value()? {
                            self.$one = Some($variant(value));
                        }
                        Ok(())
                    })*)?
                    _ => field.skip(),
                }
            }
        }

        impl Written for $type {
            fn write(&self, to: &mut Object<'_, '_>) {
                $(to.$kind($name, &self.$field);)*
                $(match &self.$one {
                    $(Some($variant(value)) => to.$value($key, value),)*
                    _ => {}
                })?
            }
        }
    };
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

message! { ExportTraceServiceRequest:
    "resourceSpans" all resource_spans,
}

message! { ExportMetricsServiceRequest:
    "resourceMetrics" all resource_metrics,
}

message! { ExportLogsServiceRequest:
    "resourceLogs" all resource_logs,
}

message! { ResourceSpans:
    "resource" message resource,
    "scopeSpans" list scope_spans,
    "schemaUrl" string schema_url,
}

message! { ScopeSpans:
    "scope" message scope,
    "spans" list spans,
    "schemaUrl" string schema_url,
}

message! { ResourceMetrics:
    "resource" message resource,
    "scopeMetrics" list scope_metrics,
    "schemaUrl" string schema_url,
}

message! { ScopeMetrics:
    "scope" message scope,
    "metrics" list metrics,
    "schemaUrl" string schema_url,
}

message! { ResourceLogs:
    "resource" message resource,
    "scopeLogs" list scope_logs,
    "schemaUrl" string schema_url,
}

message! { ScopeLogs:
    "scope" message scope,
    "logRecords" list log_records,
    "schemaUrl" string schema_url,
}

message! { Resource:
    "attributes" list attributes,
    "droppedAttributesCount" int dropped_attributes_count,
    "entityRefs" list entity_refs,
}

message! { EntityRef:
    "schemaUrl" string schema_url,
    "type" string r#type,
    "idKeys" strings id_keys,
    "descriptionKeys" strings description_keys,
}

message! { InstrumentationScope:
    "name" string name,
    "version" string version,
    "attributes" list attributes,
    "droppedAttributesCount" int dropped_attributes_count,
}

message! { KeyValue:
    "key" text key,
    "value" message value,
    "keyStrindex" int key_strindex,
}

message! { AnyValue:
    one of value {
        "stringValue" some_string Any::StringValue,
        "boolValue" some_bool Any::BoolValue,
        "intValue" some_int Any::IntValue,
        "doubleValue" some_double Any::DoubleValue,
        "arrayValue" deeper Any::ArrayValue,
        "kvlistValue" deeper Any::KvlistValue,
        "bytesValue" some_base64 Any::BytesValue,
    }
}

message! { ArrayValue:
    "values" list values,
}

message! { KeyValueList:
    "values" list values,
}

message! { Span:
    "traceId" hex trace_id,
    "spanId" hex span_id,
    "traceState" string trace_state,
    "parentSpanId" hex parent_span_id,
    "flags" int flags,
    "name" string name,
    "kind" enumeration kind of SpanKind,
    "startTimeUnixNano" int start_time_unix_nano,
    "endTimeUnixNano" int end_time_unix_nano,
    "attributes" list attributes,
    "droppedAttributesCount" int dropped_attributes_count,
    "events" list events,
    "droppedEventsCount" int dropped_events_count,
    "links" list links,
    "droppedLinksCount" int dropped_links_count,
    "status" message status,
}

message! { Event:
    "timeUnixNano" int time_unix_nano,
    "name" string name,
    "attributes" list attributes,
    "droppedAttributesCount" int dropped_attributes_count,
}

message! { Link:
    "traceId" hex trace_id,
    "spanId" hex span_id,
    "traceState" string trace_state,
    "attributes" list attributes,
    "droppedAttributesCount" int dropped_attributes_count,
    "flags" int flags,
}

message! { Status:
    "message" string message,
    "code" enumeration code of StatusCode,
}

message! { LogRecord:
    "timeUnixNano" int time_unix_nano,
    "observedTimeUnixNano" int observed_time_unix_nano,
    "severityNumber" enumeration severity_number of SeverityNumber,
    "severityText" string severity_text,
    "body" message body,
    "attributes" list attributes,
    "droppedAttributesCount" int dropped_attributes_count,
    "flags" int flags,
    "traceId" hex trace_id,
    "spanId" hex span_id,
    "eventName" string event_name,
}

message! { Metric:
    "name" string name,
    "description" string description,
    "unit" string unit,
    "metadata" list metadata,
    one of data {
        "gauge" some_message Data::Gauge,
        "sum" some_message Data::Sum,
        "histogram" some_message Data::Histogram,
        "exponentialHistogram" some_message Data::ExponentialHistogram,
        "summary" some_message Data::Summary,
    }
}

message! { Gauge:
    "dataPoints" list data_points,
}

message! { Sum:
    "dataPoints" list data_points,
    "aggregationTemporality" enumeration aggregation_temporality of AggregationTemporality,
    "isMonotonic" flag is_monotonic,
}

message! { Histogram:
    "dataPoints" list data_points,
    "aggregationTemporality" enumeration aggregation_temporality of AggregationTemporality,
}

message! { ExponentialHistogram:
    "dataPoints" list data_points,
    "aggregationTemporality" enumeration aggregation_temporality of AggregationTemporality,
}

message! { Summary:
    "dataPoints" list data_points,
}

message! { NumberDataPoint:
    "attributes" list attributes,
    "startTimeUnixNano" int start_time_unix_nano,
    "timeUnixNano" int time_unix_nano,
    "exemplars" list exemplars,
    "flags" int flags,
    one of value {
        "asDouble" some_double number_data_point::Value::AsDouble,
        "asInt" some_int number_data_point::Value::AsInt,
    }
}

message! { HistogramDataPoint:
    "attributes" list attributes,
    "startTimeUnixNano" int start_time_unix_nano,
    "timeUnixNano" int time_unix_nano,
    "count" int count,
    "sum" optional sum,
    "bucketCounts" ints bucket_counts,
    "explicitBounds" doubles explicit_bounds,
    "exemplars" list exemplars,
    "flags" int flags,
    "min" optional min,
    "max" optional max,
}

message! { ExponentialHistogramDataPoint:
    "attributes" list attributes,
    "startTimeUnixNano" int start_time_unix_nano,
    "timeUnixNano" int time_unix_nano,
    "count" int count,
    "sum" optional sum,
    "scale" int scale,
    "zeroCount" int zero_count,
    "positive" message positive,
    "negative" message negative,
    "flags" int flags,
    "exemplars" list exemplars,
    "min" optional min,
    "max" optional max,
    "zeroThreshold" any_double zero_threshold,
}

message! { Buckets:
    "offset" int offset,
    "bucketCounts" ints bucket_counts,
}

message! { SummaryDataPoint:
    "attributes" list attributes,
    "startTimeUnixNano" int start_time_unix_nano,
    "timeUnixNano" int time_unix_nano,
    "count" int count,
    "sum" any_double sum,
    "quantileValues" list quantile_values,
    "flags" int flags,
}

message! { ValueAtQuantile:
    "quantile" any_double quantile,
    "value" any_double value,
}

message! { Exemplar:
    "filteredAttributes" list filtered_attributes,
    "timeUnixNano" int time_unix_nano,
    "spanId" hex span_id,
    "traceId" hex trace_id,
    one of value {
        "asDouble" some_double exemplar::Value::AsDouble,
        "asInt" some_int exemplar::Value::AsInt,
    }
}
