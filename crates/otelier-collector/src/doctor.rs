//! The subcommand `doctor`: whether an endpoint takes what is sent, and whether a program has one
//! OpenTelemetry alone.

use crate::{
    cli::Doctor,
    search::{self, write},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

pub(crate) async fn run(doctor: Doctor) -> ExitCode {
    let mut well = true;
    if let Some(lock) = &doctor.lock {
        let (good, text) = match std::fs::read_to_string(lock) {
            Ok(text) => versions(&text),
            Err(error) => (false, format!("✗ {}: {error}\n", lock.display())),
        };
        well &= good;
        write(&text);
    }
    if let Some(endpoint) = &doctor.endpoint {
        let (good, text) = probe(endpoint.trim_end_matches('/')).await;
        well &= good;
        write(&text);
    }
    match well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Sends a span, a log record and a point over HTTP, as JSON.
async fn probe(endpoint: &str) -> (bool, String) {
    if !endpoint.starts_with("http://") {
        let words = "only http:// is asked here; TLS is not spoken";
        return (false, format!("✗ {endpoint}: {words}\n"));
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let nanos = now.as_nanos();
    let trace = format!("{:032x}", nanos | 1 << 127);
    let resource = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"otelier-doctor"}}]}"#;
    let bodies = [
        (
            "traces",
            format!(
                r#"{{"resourceSpans":[{{{resource},"scopeSpans":[{{"spans":[{{"traceId":"{trace}","spanId":"0000000000000001","name":"doctor","kind":1,"startTimeUnixNano":"{nanos}","endTimeUnixNano":"{nanos}"}}]}}]}}]}}"#
            ),
        ),
        (
            "metrics",
            format!(
                r#"{{"resourceMetrics":[{{{resource},"scopeMetrics":[{{"metrics":[{{"name":"otelier.doctor","gauge":{{"dataPoints":[{{"asInt":"1","timeUnixNano":"{nanos}"}}]}}}}]}}]}}]}}"#
            ),
        ),
        (
            "logs",
            format!(
                r#"{{"resourceLogs":[{{{resource},"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{nanos}","severityNumber":9,"body":{{"stringValue":"doctor"}},"traceId":"{trace}","spanId":"0000000000000001"}}]}}]}}]}}"#
            ),
        ),
    ];
    let mut well = true;
    let mut text = String::new();
    for (signal, body) in bodies {
        let url = format!("{endpoint}/v1/{signal}");
        match search::post_json(&url, body).await {
            Ok((status, _)) if status.is_success() => {
                text.push_str(&format!("✓ {url} takes OTLP/HTTP\n"));
            }
            Ok((status, _)) => {
                well = false;
                text.push_str(&format!("✗ {url} answers {status}\n"));
            }
            Err(error) => {
                well = false;
                text.push_str(&format!(
                    "✗ {url}: {error} (is it the port of gRPC, 4317? HTTP is on 4318)\n"
                ));
            }
        }
    }
    if well {
        text.push_str(&format!("  the trace that was sent is {trace}\n"));
    }
    (well, text)
}

/// Whether a lock file has one version of `opentelemetry`, and who pulls which otherwise.
fn versions(lock: &str) -> (bool, String) {
    const NAME: &str = "opentelemetry";
    let mut there = BTreeSet::new();
    let mut pulled: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lock.split("[[package]]") {
        let field = |key: &str| {
            let mut lines = package.lines();
            let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            value.map(|value| value.trim_end_matches('"').to_owned())
        };
        let (Some(name), Some(version)) = (field("name"), field("version")) else {
            continue;
        };
        if name == NAME {
            there.insert(version.clone());
        }
        for line in package.lines() {
            let line = line.trim().trim_matches([',', '"']);
            if let Some(wanted) = line
                .strip_prefix(NAME)
                .and_then(|rest| rest.strip_prefix(' '))
            {
                let wanted = wanted.split(' ').next().unwrap_or_default();
                pulled
                    .entry(wanted.to_owned())
                    .or_default()
                    .push(format!("{name} {version}"));
            }
        }
    }
    let versions: Vec<_> = there.into_iter().collect();
    match &*versions {
        [] => (true, format!("✓ no {NAME}\n")),
        [version] => (true, format!("✓ one {NAME}, {version}\n")),
        several => {
            let count = several.len();
            let mut text =
                format!("✗ {count} versions of {NAME}: what one sets up, the others do not see\n");
            for version in several {
                let who = pulled.get(version).map(|who| who.join(", "));
                text.push_str(&format!("  {version} by {}\n", who.unwrap_or_default()));
            }
            (false, text)
        }
    }
}
