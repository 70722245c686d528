"""Fills ClickHouse's engine with what the Collector wrote, and asks it what docs/backends.md asks.

    clickhouse.py EXPORTER TELEMETRY DOCUMENT

EXPORTER is the folder of the exporter's Go module: the tables are made by its own statements.
TELEMETRY is a file of the file exporter. Each ```sql block of DOCUMENT must have an answer.
It needs chdb, which is the engine without a server.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

from chdb import session

KINDS = ["Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"]
STATUSES = ["Unset", "Ok", "Error"]


def value(any_value):
    """A value as the exporter's maps have it: text."""
    for kind, inner in any_value.items():
        if kind == "stringValue":
            return inner
        if kind == "boolValue":
            return "true" if inner else "false"
        if kind in ("intValue", "doubleValue"):
            return str(inner)
        return json.dumps(inner)
    return ""


def attributes(message):
    return {a["key"]: value(a.get("value", {})) for a in message.get("attributes", [])}


def seconds(nanos):
    return f"{nanos // 10**9}.{nanos % 10**9:09}"


def records(request, resources, scopes, items):
    for resource in request.get(resources, []):
        of_resource = attributes(resource.get("resource", {}))
        for scope in resource.get(scopes, []):
            for item in scope.get(items, []):
                yield of_resource, scope.get("scope", {}), item


def span(resource, scope, item):
    start, end = int(item["startTimeUnixNano"]), int(item["endTimeUnixNano"])
    status = item.get("status", {})
    return {
        "Timestamp": seconds(start),
        "TraceId": item["traceId"],
        "SpanId": item["spanId"],
        "ParentSpanId": item.get("parentSpanId", ""),
        "TraceState": item.get("traceState", ""),
        "SpanName": item["name"],
        "SpanKind": KINDS[item.get("kind", 0)],
        "ServiceName": resource.get("service.name", ""),
        "ResourceAttributes": resource,
        "ScopeName": scope.get("name", ""),
        "ScopeVersion": scope.get("version", ""),
        "SpanAttributes": attributes(item),
        "Duration": end - start,
        "StatusCode": STATUSES[status.get("code", 0)],
        "StatusMessage": status.get("message", ""),
    }


def log(resource, scope, item):
    return {
        "Timestamp": seconds(int(item.get("timeUnixNano") or item["observedTimeUnixNano"])),
        "TraceId": item.get("traceId", ""),
        "SpanId": item.get("spanId", ""),
        "TraceFlags": item.get("flags", 0) & 0xFF,
        "SeverityText": item.get("severityText", ""),
        "SeverityNumber": item.get("severityNumber", 0),
        "ServiceName": resource.get("service.name", ""),
        "Body": value(item.get("body", {})),
        "ResourceAttributes": resource,
        "ScopeName": scope.get("name", ""),
        "LogAttributes": attributes(item),
        "EventName": item.get("eventName", ""),
    }


def histograms(resource, scope, item):
    for point in item.get("histogram", {}).get("dataPoints", []):
        yield {
            "ResourceAttributes": resource,
            "ScopeName": scope.get("name", ""),
            "ServiceName": resource.get("service.name", ""),
            "MetricName": item["name"],
            "MetricUnit": item.get("unit", ""),
            "Attributes": attributes(point),
            "StartTimeUnix": int(point.get("startTimeUnixNano", 0)) // 10**9,
            "TimeUnix": int(point["timeUnixNano"]) // 10**9,
            "Count": int(point.get("count", 0)),
            "Sum": point.get("sum", 0.0),
            "BucketCounts": [int(count) for count in point.get("bucketCounts", [])],
            "ExplicitBounds": point.get("explicitBounds", []),
            "AggregationTemporality": item["histogram"].get("aggregationTemporality", 0),
        }


def tables(folder):
    """The exporter's statements, with what its code puts in."""
    templates = folder / "internal/sqltemplates"
    engine, ttl = "MergeTree()", "TTL toDateTime({}) + toIntervalHour(720)"

    def printf(name, *fillings):
        text = (templates / name).read_text()
        fillings = iter(fillings)

        def fill(found):
            filling = next(fillings)
            return f'"{filling}"' if found.group() == "%q" else filling

        return re.sub("%[qs]", fill, text)

    traces = ("otel", "otel_traces", "")
    yield printf("traces_table.sql", *traces, engine, ttl.format("Timestamp"))
    yield printf("traces_id_ts_lookup_table.sql", *traces, engine, ttl.format("Start"))
    yield printf("traces_id_ts_lookup_mv.sql", *traces, *traces[:2], *traces[:2])
    yield printf("metrics_histogram_table.sql", "otel", "otel_metrics_histogram", "", engine, ttl.format("TimeUnix"))
    logs = (templates / "logs_table.sql").read_text()
    logs = re.sub(r"\{\{-? if \.HasFullTextSearch\}\}.*?\{\{-? else\}\}(.*?)\{\{-? end\}\}", r"\1", logs, flags=re.S)
    for name, filling in {
        "ident .Database": '"otel"',
        "ident .TableName": '"otel_logs"',
        ".ClusterString": "",
        ".Engine": engine,
        ".TTL": ttl.format("Timestamp"),
    }.items():
        logs = logs.replace("{{" + name + "}}", filling)
    yield logs


def main(exporter, telemetry, document):
    rows = {"otel_traces": [], "otel_logs": [], "otel_metrics_histogram": []}
    for line in Path(telemetry).read_text().splitlines():
        request = json.loads(line)
        for item in records(request, "resourceSpans", "scopeSpans", "spans"):
            rows["otel_traces"].append(span(*item))
        for item in records(request, "resourceLogs", "scopeLogs", "logRecords"):
            rows["otel_logs"].append(log(*item))
        for item in records(request, "resourceMetrics", "scopeMetrics", "metrics"):
            rows["otel_metrics_histogram"].extend(histograms(*item))
    with tempfile.TemporaryDirectory() as folder:
        engine = session.Session(folder)
        engine.query("CREATE DATABASE otel")
        for statement in tables(Path(exporter)):
            engine.query(statement)
        engine.query("USE otel")
        for table, of_table in rows.items():
            assert of_table, f"nothing for {table}"
            lines = "\n".join(json.dumps(row) for row in of_table)
            engine.query(f"INSERT INTO otel.{table} FORMAT JSONEachRow\n{lines}")
            print(f"{table}: {len(of_table)} rows")
        queries = re.findall(r"```sql\n(.*?)```", Path(document).read_text(), flags=re.S)
        assert len(queries) >= 5, f"{len(queries)} queries"
        for query in queries:
            answer = str(engine.query(query.strip(), "JSONEachRow")).strip()
            assert answer, f"no answer to\n{query}"
            print(f"\n{query}-> {len(answer.splitlines())} rows, {answer.splitlines()[0]}")
        engine.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
