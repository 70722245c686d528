//! What opentelemetry-otlp encodes, beside what we do.

use std::time::Duration;

use opentelemetry::{
    KeyValue,
    logs::{AnyValue, LogRecord as _, Logger as _, LoggerProvider as _, Severity},
    trace::{Span as _, SpanKind, Status, Tracer as _, TracerProvider as _},
};
use otelier_collector::{Code, Fault, Refusal, Store};

use super::{Rig, arrived, collector, endpoint, metrics};

const STOCK: (&str, &str) = ("OTELIER_EXPORTER", "stock");

/// Traffic of all kinds.
fn traffic(rig: &Rig) {
    let tracer = rig.tracer.tracer("first");
    let other = rig.tracer.tracer("second");
    let logger = rig.logger.logger("first");
    let epoch = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 30);
    for number in 0..40_u32 {
        let tracer = if number % 3 == 0 { &other } else { &tracer };
        let mut span = tracer
            .span_builder(format!("span {number}"))
            .with_kind(SpanKind::Server)
            .with_start_time(epoch)
            .start(tracer);
        span.set_attribute(KeyValue::new("db.password", "hunter2"));
        span.set_attribute(KeyValue::new("long", "é".repeat(40_000)));
        span.set_attribute(KeyValue::new("ratio", f64::from(number) / 7.0));
        span.add_event_with_timestamp("event", epoch, vec![KeyValue::new("token", "hunter2")]);
        span.add_link(
            opentelemetry::trace::SpanContext::NONE,
            vec![KeyValue::new("a", true)],
        );
        span.set_status(Status::error("broken"));
        span.end_with_timestamp(epoch + Duration::from_secs(1));
        let mut record = logger.create_log_record();
        record.set_observed_timestamp(epoch);
        record.set_severity_number(Severity::Warn);
        record.set_target(if number % 2 == 0 { "even" } else { "odd" });
        record.set_body(format!("log {number}").into());
        let map = [("password".into(), AnyValue::from("hunter2"))]
            .into_iter()
            .collect();
        record.add_attribute("nested", AnyValue::Map(Box::new(map)));
        record.add_attribute(
            "list",
            AnyValue::ListAny(Box::new(vec![1.into(), 2.into()])),
        );
        logger.emit(record);
    }
}

/// All that is not different between two runs, in an order of its own.
fn shown(store: &Store) -> (Vec<String>, Vec<String>) {
    let spans = store.spans();
    let mut spans: Vec<_> = spans
        .iter()
        .map(|span| {
            let mut proto = span.proto().clone();
            proto.trace_id.fill(0);
            proto.span_id.fill(0);
            format!(
                "{:?} {:?} {proto:?}",
                span.origin().scope(),
                span.origin().resource()
            )
        })
        .collect();
    let logs = store.logs();
    let mut logs: Vec<_> = logs
        .iter()
        .map(|log| {
            let (scope, resource) = (log.origin().scope(), log.origin().resource());
            format!("{scope:?} {resource:?} {:?}", log.proto())
        })
        .collect();
    spans.sort_unstable();
    logs.sort_unstable();
    (spans, logs)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_traffic_is_the_same_by_the_stock_exporter_and_by_ours() {
    for protocol in ["grpc", "http/protobuf"] {
        let mut seen = Vec::new();
        for exporter in ["stock", "otelier"] {
            let collector = collector().await;
            let way = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), STOCK];
            let way = if exporter == "stock" {
                &way[..]
            } else {
                &way[..1]
            };
            let rig = Rig::new(&endpoint(&collector, way), way);
            traffic(&rig);
            rig.flush().await;
            assert_eq!(rig.settled(), (40, 0, 0));
            let counts = rig.ledgers[0].counts();
            seen.push((shown(collector.store()), counts.redacted));
        }
        let (spans, logs) = &seen[0].0;
        assert_eq!((spans.len(), logs.len()), (40, 40));
        assert!(
            spans
                .iter()
                .chain(logs)
                .all(|text| !text.contains("hunter2"))
        );
        assert!(seen[0] == seen[1], "{:#?}", seen[0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stock_encodes_waits_for_the_receiver_as_ours_does() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let refusal = Refusal::new(Code::Unavailable, "not now");
        collector.set_fault(Fault::FailFirst(2, refusal));
        let way = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), STOCK];
        let rig = Rig::new(&endpoint(&collector, &way), &way);
        rig.record(600);
        rig.flush().await;
        assert_eq!(rig.settled(), (600, 0, 0), "{way:?}");
        assert_eq!(arrived(collector.store()), (600, 600));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_metrics_are_redacted_by_the_stock_exporter_as_by_ours() {
    for way in [&[][..], &[STOCK]] {
        let collector = collector().await;
        let meters = metrics::Meters::new(&collector.grpc_endpoint(), way);
        meters
            .add_with(
                1,
                &[KeyValue::new("api_key", "hunter2"), KeyValue::new("a", "b")],
            )
            .await;
        let metric = collector.store().metrics_named("count").remove(0);
        let shown = format!("{metric:?}");
        assert!(
            shown.contains("[REDACTED]") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
