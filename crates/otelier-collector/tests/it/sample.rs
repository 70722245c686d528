//! Requests to send.

use otelier_collector::proto::{
    collector::{
        logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
        trace::v1::ExportTraceServiceRequest,
    },
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
    metrics::v1::{
        Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, metric::Data,
        number_data_point,
    },
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span},
};

pub(crate) fn value(value: Value) -> Option<AnyValue> {
    Some(AnyValue { value: Some(value) })
}

pub(crate) fn attribute(key: &str, text: &str) -> KeyValue {
    KeyValue {
        key: key.into(),
        value: value(Value::StringValue(text.into())),
        key_strindex: 0,
    }
}

fn resource(service: &str) -> Option<Resource> {
    Some(Resource {
        attributes: vec![attribute("service.name", service)],
        ..Resource::default()
    })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope {
        name: "test".into(),
        ..InstrumentationScope::default()
    })
}

/// A span of trace `trace`, with the id `id` and the parent `parent` (0 for none).
pub(crate) fn span(trace: u8, id: u8, parent: u8, name: &str) -> Span {
    Span {
        trace_id: vec![trace; 16],
        span_id: vec![id; 8],
        parent_span_id: if parent == 0 {
            Vec::new()
        } else {
            vec![parent; 8]
        },
        name: name.into(),
        kind: 2,
        start_time_unix_nano: 1_700_000_000_000_000_000 + u64::from(id) * 1_000_000,
        end_time_unix_nano: 1_700_000_000_000_000_000 + u64::from(id) * 1_000_000 + 2_500_000,
        attributes: vec![attribute("k", "v")],
        ..Span::default()
    }
}

pub(crate) fn traces(service: &str, spans: Vec<Span>) -> ExportTraceServiceRequest {
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: resource(service),
            scope_spans: vec![ScopeSpans {
                scope: scope(),
                spans,
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    }
}

pub(crate) fn one_span() -> ExportTraceServiceRequest {
    traces("api", vec![span(1, 1, 0, "GET /")])
}

pub(crate) fn log(trace: Option<u8>, severity: i32, body: &str) -> LogRecord {
    LogRecord {
        time_unix_nano: 1_700_000_000_000_000_000 + severity as u64,
        severity_number: severity,
        body: value(Value::StringValue(body.into())),
        trace_id: trace.map(|t| vec![t; 16]).unwrap_or_default(),
        span_id: trace.map(|t| vec![t; 8]).unwrap_or_default(),
        ..LogRecord::default()
    }
}

pub(crate) fn logs(service: &str, log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: resource(service),
            scope_logs: vec![ScopeLogs {
                scope: scope(),
                log_records,
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    }
}

pub(crate) fn metrics(service: &str, name: &str, number: i64) -> ExportMetricsServiceRequest {
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: resource(service),
            scope_metrics: vec![ScopeMetrics {
                scope: scope(),
                metrics: vec![Metric {
                    name: name.into(),
                    unit: "1".into(),
                    data: Some(Data::Sum(Sum {
                        data_points: vec![NumberDataPoint {
                            attributes: vec![attribute("k", "v")],
                            time_unix_nano: 7,
                            value: Some(number_data_point::Value::AsInt(number)),
                            ..NumberDataPoint::default()
                        }],
                        aggregation_temporality: 2,
                        is_monotonic: true,
                    })),
                    ..Metric::default()
                }],
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    }
}

pub(crate) const TRACES_JSON: &str = r#"{"resourceSpans":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"api"}}]},
  "scopeSpans":[{"scope":{"name":"test"},"spans":[{
    "traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174",
    "parentSpanId":"","name":"GET /","kind":2,
    "startTimeUnixNano":"1544712660000000000","endTimeUnixNano":1544712661000000000,
    "attributes":[{"key":"n","value":{"intValue":"42"}},{"key":"m","value":{"intValue":43}}],
    "unknownField":{"x":[1]},"status":{},"events":null}]}]}]}"#;

pub(crate) const METRICS_JSON: &str = r#"{"resourceMetrics":[{"resource":{"attributes":[
    {"key":"service.name","value":{"stringValue":"api"}}]},
  "scopeMetrics":[{"scope":{},"metrics":[{"name":"requests","unit":"1",
    "sum":{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[
      {"asInt":"5","timeUnixNano":"7","attributes":[]}]}}]}]}]}"#;

pub(crate) const LOGS_JSON: &str = r#"{"resourceLogs":[{"resource":{},
  "scopeLogs":[{"logRecords":[{"timeUnixNano":"7","severityNumber":9,
    "body":{"stringValue":"hello"}}]}]}]}"#;
