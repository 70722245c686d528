"""A program that the Python SDK instruments: one request with its query, a log record, a count.

sender.py PROTOCOL ENDPOINT, where PROTOCOL is grpc, http/protobuf or http/json.
"""

import sys

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

protocol, endpoint = sys.argv[1:]

if protocol == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
elif protocol == "http/protobuf":
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter


def exporter(kind, signal):
    if protocol == "grpc":
        return kind(endpoint=endpoint, insecure=True)
    return kind(endpoint=f"{endpoint}/v1/{signal}")


name = "python-" + protocol.replace("/", "-")
resource = Resource.create({"service.name": name})
traces = TracerProvider(resource=resource)
traces.add_span_processor(BatchSpanProcessor(exporter(OTLPSpanExporter, "traces")))
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(exporter(OTLPLogExporter, "logs")))
reader = PeriodicExportingMetricReader(exporter(OTLPMetricExporter, "metrics"))
metrics = MeterProvider(resource=resource, metric_readers=[reader])

tracer = traces.get_tracer("sender")
with tracer.start_as_current_span("GET /orders/{id}", kind=SpanKind.SERVER) as request:
    request.set_attribute("http.route", "/orders/{id}")
    with tracer.start_as_current_span("SELECT orders", kind=SpanKind.CLIENT) as query:
        query.set_attribute("db.query.text", "SELECT * FROM orders WHERE id = %s")
        query.add_event("retried", {"attempt": 2})
        logs.get_logger("sender").emit(
            LogRecord(
                context=trace.set_span_in_context(query),
                severity_number=SeverityNumber.ERROR,
                severity_text="ERROR",
                body="no such order",
                attributes={"order": 7},
            )
        )
    request.set_status(Status(StatusCode.ERROR, "not found"))
metrics.get_meter("sender").create_counter("orders.asked", unit="{order}").add(3, {"shop": "one"})
for provider in (traces, logs, metrics):
    provider.force_flush()
    provider.shutdown()
