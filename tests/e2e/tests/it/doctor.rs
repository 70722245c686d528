//! `OTELIER_DOCTOR=1`: a page at start for whoever is on call.

use crate::harness::{Ended, collector, scenario};

/// The lines of standard error, the spaces between columns as one.
fn page(ended: &Ended) -> Vec<String> {
    let lines = ended.stderr.lines();
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn holds(page: &[String], line: &str) {
    let times = page.iter().filter(|known| *known == line).count();
    assert_eq!(times, 1, "{line}: {page:#?}");
}

#[tokio::test]
async fn the_doctor_tells_at_start_what_each_variable_comes_to_and_shows_no_secret() {
    let collector = collector().await;
    let program = scenario(["ends", "shutdown"]).to(&collector);
    let ended = program
        .with("OTELIER_DOCTOR", "1")
        .with(
            "OTEL_EXPORTER_OTLP_HEADERS",
            "authorization=Bearer%20hunter2",
        )
        .with("HTTPS_PROXY", "http://user:hunter2@proxy:3128")
        .with("OTEL_BSP_MAX_QUEUE_SIZE", "hunter2")
        .with("OTEL_ATTRIBUTE_COUNT_LIMIT", "64")
        .with("DD_AGENT_HOST", "hunter2")
        .with("OTEL_ENTITIES", "hunter2")
        .with("OTEL_EXPORTER_OTLP_ENDPIONT", "hunter2");
    let ended = ended.run().await.well();
    assert!(!ended.output().contains("hunter2"), "{}", ended.output());
    let page = page(&ended);
    let endpoint = collector.grpc_endpoint();
    for line in [
        "otelier, by OTELIER_DOCTOR:",
        "traces exporting",
        "variable value from",
        &format!("OTEL_EXPORTER_OTLP_ENDPOINT {endpoint} environment"),
        "OTEL_EXPORTER_OTLP_HEADERS authorization=[REDACTED] environment",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT 64 OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_BSP_MAX_QUEUE_SIZE 2048 default",
        "OTEL_METRIC_EXPORT_TIMEOUT 30000 default",
        "DD_AGENT_HOST OTEL_EXPORTER_OTLP_ENDPOINT is the switch",
        "OTEL_ENTITIES entities are not recorded: use OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_EXPORTER_OTLP_ENDPIONT nothing reads it: OTEL_EXPORTER_OTLP_ENDPOINT is read",
        "OTEL_BSP_MAX_QUEUE_SIZE not a number from 1 to 1048576; using 2048",
    ] {
        holds(&page, line);
    }
    assert_eq!(collector.store().spans_named("work").len(), 1);
}

#[tokio::test]
async fn the_doctor_tells_why_nothing_is_exported_and_what_is_wrong_all_the_same() {
    let ended = scenario(["ends", "shutdown"])
        .with("OTELIER_DOCTOR", "1")
        .with("OTEL_EXPORTER_OTLP_ENDPIONT", "http://127.0.0.1:4317")
        .with("OTEL_BSP_EXPORT_TIMEOUT", "soon");
    let ended = ended.run().await.well();
    let page = page(&ended);
    for line in [
        "traces off: OTEL_EXPORTER_OTLP_ENDPOINT is not set",
        "OTEL_BSP_EXPORT_TIMEOUT 30000 default",
        "OTEL_BSP_EXPORT_TIMEOUT not a number of milliseconds; using 30000",
        "OTEL_EXPORTER_OTLP_ENDPIONT nothing reads it: OTEL_EXPORTER_OTLP_ENDPOINT is read",
    ] {
        holds(&page, line);
    }
}

#[tokio::test]
async fn who_does_not_ask_for_the_doctor_is_told_nothing() {
    for asked in ["", "0", "false"] {
        let program = scenario(["ends", "shutdown"]).with("OTELIER_DOCTOR", asked);
        let ended = program.run().await.well();
        assert!(!ended.stderr.contains("OTELIER_DOCTOR"), "{}", ended.stderr);
    }
}
