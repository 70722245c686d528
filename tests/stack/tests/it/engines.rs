//! What stands in for backends that cannot be run whole: ClickHouse's engine without its server,
//! and Datadog's test agent for its intake.

use std::{env, fs, process::Command};

use serde_json::Value;

use crate::{
    process::{Program, request, until},
    real::{Launch, folder, python, repository},
    sent::{Services, demo},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Python:
        the_queries_for_clickhouse_have_answers,
        datadog_s_receiver_gets_all_signals_and_metrics_as_delta,
    );
}

/// Where the exporter's module is, which brings the statements that make its tables.
fn exporter() -> String {
    let told = Command::new("go")
        .args(["list", "-m", "-f", "{{.Dir}}"])
        .arg(
            "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/clickhouseexporter",
        )
        .current_dir(repository("tests/stack/tools/collector"))
        .output()
        .unwrap();
    String::from_utf8(told.stdout).unwrap().trim().to_owned()
}

async fn the_queries_for_clickhouse_have_answers() {
    let data = folder();
    let real = Launch::new("production", "file", data.path()).start().await;
    traffic(data.path(), &real.grpc()).await;
    real.stop().await;
    let python = Program::new(python().unwrap().join("python"))
        .arg(repository("tests/stack/clickhouse.py"))
        .arg(exporter())
        .arg(data.path().join("telemetry.jsonl"))
        .arg(repository("docs/backends.md"))
        .with("HOME", data.path())
        .with("PATH", env::var_os("PATH").unwrap());
    let ended = python.run().await.well();
    assert!(ended.stdout.contains("otel_traces: "), "{}", ended.stdout);
}

/// The demo's traffic, its job included, from services that then end.
async fn traffic(folder: &std::path::Path, endpoint: &str) {
    let (services, url) = Services::start(folder, |program| {
        program.with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    })
    .await;
    demo(&url).await;
    until("the job is done", async || {
        services.worker_output().contains("embedded").then_some(())
    })
    .await;
    services.stop().await;
}

async fn datadog_s_receiver_gets_all_signals_and_metrics_as_delta() {
    let data = folder();
    let [port, http, grpc] = [(); 3].map(|()| programs::unused_port().to_string());
    let agent = Program::new(python().unwrap().join("ddapm-test-agent"))
        .arg(format!("--port={port}"))
        .arg(format!("--otlp-http-port={http}"))
        .arg(format!("--otlp-grpc-port={grpc}"))
        .with("HOME", data.path())
        .with("PATH", env::var_os("PATH").unwrap());
    let mut agent = agent.start();
    let intake = format!("http://127.0.0.1:{http}");
    until("the agent answers", async || {
        assert!(!agent.has_ended(), "{}", agent.output());
        let (status, _) = request("GET", &format!("{intake}/test/session/traces")).await?;
        (status == 200).then_some(())
    })
    .await;
    let launch = Launch::new("development", "datadog", data.path())
        .with("DD_API_KEY", "hush")
        .but(&format!(
            "exporters: {{otlp_http/datadog: {{endpoint: '{intake}'}}}}"
        ));
    let real = launch.start().await;
    traffic(data.path(), &real.grpc()).await;
    let get = async |signal: &str| {
        let (_, body) = request("GET", &format!("{intake}/test/session/{signal}")).await?;
        serde_json::from_str::<Value>(&body).ok()
    };
    for (signal, expected) in [
        ("traces", "job.clone_index"),
        ("logs", "index requested"),
        ("metrics", "http.server.request.duration"),
    ] {
        until(signal, async || {
            let text = get(signal).await?.to_string();
            text.contains(expected).then_some(())
        })
        .await;
    }
    let metrics = get("metrics").await.unwrap();
    let mut temporalities = Vec::new();
    find(&metrics, &mut |name, kind, data| {
        if kind == "histogram" || data["isMonotonic"] == true || data["is_monotonic"] == true {
            let temporality = data.get("aggregationTemporality");
            let temporality = temporality.or_else(|| data.get("aggregation_temporality"));
            temporalities.push((name.to_owned(), temporality.cloned().unwrap_or_default()));
        }
    });
    assert!(temporalities.len() > 5, "{metrics}");
    for (name, temporality) in temporalities {
        let temporality = temporality.to_string();
        assert!(
            temporality.contains("DELTA") || temporality == "1",
            "{name}: {temporality}"
        );
    }
    real.stop().await;
    drop(agent);
    // The key is in no file of the Collector's.
    for entry in fs::read_dir(data.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert!(
                !fs::read(&path)
                    .unwrap()
                    .windows(4)
                    .any(|part| part == b"hush"),
                "{path:?}"
            );
        }
    }
}

/// Calls with every metric's name, kind and data.
fn find(value: &Value, each: &mut impl FnMut(&str, &str, &Value)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find(item, each)),
        Value::Object(fields) => {
            if let Some(name) = fields.get("name").and_then(Value::as_str) {
                for kind in ["sum", "histogram"] {
                    if let Some(data) = fields.get(kind) {
                        each(name, kind, data);
                    }
                }
            }
            fields.values().for_each(|field| find(field, each));
        }
        _ => {}
    }
}
