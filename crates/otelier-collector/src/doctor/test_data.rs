//! What is sent: a span, a point and a log record, which belong together.

use otelier_collector::{
    Signal,
    proto::{
        collector::{
            logs::v1::ExportLogsServiceRequest, metrics::v1::ExportMetricsServiceRequest,
            trace::v1::ExportTraceServiceRequest,
        },
        common::v1::{AnyValue, KeyValue, any_value::Value},
        logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
        metrics::v1::{
            Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, metric::Data,
            number_data_point,
        },
        resource::v1::Resource,
        trace::v1::{ResourceSpans, ScopeSpans, Span},
    },
};
use prost::Message as _;
use std::time::{SystemTime, UNIX_EPOCH};

const SERVICE: &str = "otelier-doctor";

#[derive(Debug)]
pub(super) struct TestData {
    now: u64,
    trace: u128,
}

impl TestData {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let nanos = now.unwrap_or_default().as_nanos();
        Self {
            now: u64::try_from(nanos).unwrap_or(u64::MAX),
            // No two are of the same time and process, and none is a program's own.
            trace: 0xd0c << 116 | u128::from(std::process::id()) << 64 | nanos,
        }
    }

    pub(super) fn trace_id(&self) -> String {
        format!("{:032x}", self.trace)
    }

    pub(super) fn message(&self, signal: Signal) -> Vec<u8> {
        let text = |text: &str| AnyValue {
            value: Some(Value::StringValue(text.into())),
        };
        let resource = Some(Resource {
            attributes: vec![KeyValue {
                key: "service.name".into(),
                value: Some(text(SERVICE)),
                ..KeyValue::default()
            }],
            ..Resource::default()
        });
        let (trace_id, span_id) = (self.trace.to_be_bytes().to_vec(), vec![1; 8]);
        match signal {
            Signal::Traces => {
                let span = Span {
                    trace_id,
                    span_id,
                    name: "doctor".into(),
                    kind: 1,
                    start_time_unix_nano: self.now,
                    end_time_unix_nano: self.now,
                    ..Span::default()
                };
                let scope_spans = vec![ScopeSpans {
                    spans: vec![span],
                    ..ScopeSpans::default()
                }];
                let resource_spans = vec![ResourceSpans {
                    resource,
                    scope_spans,
                    ..ResourceSpans::default()
                }];
                ExportTraceServiceRequest { resource_spans }.encode_to_vec()
            }
            Signal::Metrics => {
                let point = NumberDataPoint {
                    time_unix_nano: self.now,
                    value: Some(number_data_point::Value::AsInt(1)),
                    ..NumberDataPoint::default()
                };
                let metric = Metric {
                    name: "otelier.doctor".into(),
                    unit: "1".into(),
                    data: Some(Data::Gauge(Gauge {
                        data_points: vec![point],
                    })),
                    ..Metric::default()
                };
                let scope_metrics = vec![ScopeMetrics {
                    metrics: vec![metric],
                    ..ScopeMetrics::default()
                }];
                let resource_metrics = vec![ResourceMetrics {
                    resource,
                    scope_metrics,
                    ..ResourceMetrics::default()
                }];
                ExportMetricsServiceRequest { resource_metrics }.encode_to_vec()
            }
            Signal::Logs => {
                let record = LogRecord {
                    time_unix_nano: self.now,
                    severity_number: 9,
                    body: Some(text("doctor")),
                    trace_id,
                    span_id,
                    ..LogRecord::default()
                };
                let scope_logs = vec![ScopeLogs {
                    log_records: vec![record],
                    ..ScopeLogs::default()
                }];
                let resource_logs = vec![ResourceLogs {
                    resource,
                    scope_logs,
                    ..ResourceLogs::default()
                }];
                ExportLogsServiceRequest { resource_logs }.encode_to_vec()
            }
        }
    }
}
