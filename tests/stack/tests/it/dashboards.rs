//! Dashboards and alerts on what a Prometheus made of the services' metrics.

use std::fs;

use serde_json::Value;

use crate::{
    backends::{Backends, encoded, json},
    process::{Program, patiently, request, role, until},
    real::{folder, repository, tool},
    sent::{Services, demo},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Backends:
        every_panel_of_every_dashboard_has_data,
        an_alert_fires_after_a_fault,
        every_alert_is_tested_with_series,
    );
}

/// Every query of the dashboards, with its panel.
fn queries() -> Vec<(String, String)> {
    let folder = repository("deploy/grafana/dashboards");
    let mut queries = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let board: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let name = board["title"].as_str().unwrap().to_owned();
        for panel in board["panels"].as_array().unwrap() {
            let title = format!("{name}: {}", panel["title"].as_str().unwrap());
            for target in panel["targets"].as_array().into_iter().flatten() {
                assert_eq!(target["datasource"]["uid"], "${datasource}", "{title}");
                queries.push((title.clone(), target["expr"].as_str().unwrap().to_owned()));
            }
        }
        for variable in board["templating"]["list"].as_array().unwrap() {
            let query = variable["query"]["query"].as_str().unwrap_or_default();
            if let Some(query) = query.strip_prefix("label_values(") {
                let (series, _) = query.rsplit_once(", ").unwrap();
                queries.push((format!("{name}: a variable"), series.to_owned()));
            }
        }
    }
    queries
}

async fn every_panel_of_every_dashboard_has_data() {
    let backends = Backends::start(false).await;
    let data = folder();
    let (services, url) = Services::start(data.path(), |program| {
        backends
            .directly(program)
            .with("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=shop")
    })
    .await;
    let queries = queries();
    assert!(queries.len() > 50, "{}", queries.len());
    let mut missing: Vec<_> = queries.iter().collect();
    let complete = patiently(async || {
        demo(&url).await;
        let mut still = Vec::new();
        for (title, query) in std::mem::take(&mut missing) {
            let asked = query
                .replace("$__rate_interval", "30s")
                .replace("$__range", "1m")
                .replace("$job", "shop/.*")
                .replace("$instance", ".*");
            let url = format!(
                "{}/api/v1/query?query={}",
                backends.prometheus.1,
                encoded(&asked)
            );
            let (status, body) = request("GET", &url).await?;
            assert_eq!(status, 200, "{title}: {asked}: {body}");
            let found: Value = serde_json::from_str(&body).unwrap();
            if !found["data"]["result"]
                .as_array()
                .unwrap()
                .iter()
                .any(is_number)
            {
                still.push(
                    queries
                        .iter()
                        .find(|(t, q)| (t, q) == (title, query))
                        .unwrap(),
                );
            }
        }
        missing = still;
        missing.is_empty().then_some(())
    })
    .await;
    assert!(complete.is_some(), "no data for {missing:#?}");
    services.stop().await;
}

fn is_number(series: &Value) -> bool {
    series["value"][1]
        .as_str()
        .is_some_and(|value| value != "NaN")
}

async fn an_alert_fires_after_a_fault() {
    let backends = Backends::start(true).await;
    let stalled = role("stalls").with("OTELIER_RUNTIME_STALL_THRESHOLD", "100");
    let stalled = stalled.with(
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
        format!("{}/api/v1/otlp/v1/metrics", backends.prometheus.1),
    );
    let service = stalled.start();
    let url = format!("{}/api/v1/alerts", backends.prometheus.1);
    until("the alert fires", async || {
        let alerts = json(&url).await?;
        let fires = |alert: &Value| {
            alert["labels"]["alertname"] == "RuntimeStalls"
                && alert["labels"]["job"] == "stack"
                && alert["state"] == "firing"
        };
        alerts["data"]["alerts"]
            .as_array()?
            .iter()
            .any(fires)
            .then_some(())
    })
    .await;
    service.stop().await.well();
}

async fn every_alert_is_tested_with_series() {
    let rules = fs::read_to_string(repository("deploy/grafana/alerts.yaml")).unwrap();
    let tests = fs::read_to_string(repository("tests/stack/alerts.test.yaml")).unwrap();
    let names = rules.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        line.strip_prefix("alert: ")
            .or_else(|| line.strip_prefix("record: "))
    });
    let mut count = 0;
    for name in names {
        let tested = [
            format!("alertname: {name}\n"),
            format!("{name}\n"),
            format!("({name},"),
        ];
        assert!(
            tested.iter().any(|test| tests.contains(test)),
            "{name} is not tested"
        );
        count += 1;
    }
    assert!(count > 20, "{count}");
    let promtool = tool("promtool").unwrap();
    let run = |arguments: &[&str], file: &str| {
        let program = Program::new(&promtool);
        let program = arguments
            .iter()
            .fold(program, |program, argument| program.arg(argument));
        program.arg(repository(file)).run()
    };
    for (arguments, file) in [
        (["check", "config"], "deploy/grafana/prometheus.yaml"),
        (["test", "rules"], "tests/stack/alerts.test.yaml"),
    ] {
        run(&arguments, file).await.well();
    }
}
