//! A real Prometheus that comes for the example's metrics, in both forms.

use std::{fs, process::Stdio};

use serde_json::Value;

use crate::{
    backends::{configured, encoded, json},
    process::{Process, request, role, until},
    real::{folder, tool},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Prometheus: a_prometheus_scrapes_the_example_and_promtool_finds_nothing_wrong);
}

const SCRAPES: &str = "
global: {scrape_interval: 250ms}
scrape_configs:
  - {job_name: open, static_configs: [{targets: ['TARGET']}]}
  - {job_name: text, scrape_protocols: [PrometheusText0.0.4], static_configs: [{targets: ['TARGET']}]}
";

/// What a query has, of both forms, once it has any and is as wanted.
async fn query(prometheus: &str, asked: &str, is_it: impl Fn(&str) -> bool) {
    for job in ["open", "text"] {
        let asked = asked.replace("JOB", job);
        let url = format!("{prometheus}/api/v1/query?query={}", encoded(&asked));
        until(&asked, async || {
            let found = json(&url).await?;
            let value = found["data"]["result"][0]["value"][1].as_str()?;
            is_it(value).then_some(())
        })
        .await;
    }
}

/// Where it is scraped.
async fn page(service: &Process) -> String {
    until("it says where it is scraped", async || {
        let output = service.output();
        let (_, rest) = output.split_once("scraped at ")?;
        Some(rest.split_whitespace().next()?.to_owned())
    })
    .await
}

async fn a_prometheus_scrapes_the_example_and_promtool_finds_nothing_wrong() {
    let data = folder();
    let mut service = role("scraped")
        .with("SCRAPED_ADDR", "127.0.0.1:0")
        .with("SCRAPED_METRICS_ADDR", "127.0.0.1:0")
        .with("OTEL_METRICS_EXPORTER", "prometheus")
        .start();
    let url = service.url().await;
    let page = page(&service).await;
    let target = page.strip_prefix("http://").unwrap();
    let target = target.strip_suffix("/metrics").unwrap();
    let config = SCRAPES.replace("TARGET", target);
    let (_process, prometheus) = configured(data.path(), &config).await;
    for _ in 0..3 {
        assert_eq!(
            request("GET", &format!("{url}/cakes/apple"))
                .await
                .unwrap()
                .0,
            200
        );
    }

    query(&prometheus, "cakes_total{job='JOB',cake='apple'}", |it| {
        it == "3"
    })
    .await;
    let requests = "http_server_request_duration_seconds";
    let of_route = "{job='JOB',http_route='/cakes/{kind}',otel_scope_name='otelier-axum'}";
    query(&prometheus, &format!("{requests}_count{of_route}"), |it| {
        it == "3"
    })
    .await;
    let quantile = format!("histogram_quantile(0.9, {requests}_bucket{of_route})");
    query(&prometheus, &quantile, |it| {
        it.parse::<f64>().unwrap() > 0.0
    })
    .await;
    query(
        &prometheus,
        "http_server_active_requests{job='JOB'}",
        |it| it == "0",
    )
    .await;
    query(
        &prometheus,
        "target_info{job='JOB',service_name='scraped'}",
        |it| it == "1",
    )
    .await;
    query(&prometheus, "up{job='JOB'}", |it| it == "1").await;

    let metadata = json(&format!("{prometheus}/api/v1/metadata?metric={requests}"))
        .await
        .unwrap();
    let told = metadata["data"][requests].to_string();
    assert!(
        told.contains("\"unit\":\"seconds\"") && told.contains("\"type\":\"histogram\""),
        "{told}"
    );
    let targets = json(&format!("{prometheus}/api/v1/targets")).await.unwrap();
    for target in targets["data"]["activeTargets"].as_array().unwrap() {
        assert_eq!(target["lastError"], "", "{target}");
    }
    let asked = encoded(&format!("{requests}_bucket{{job='open'}}"));
    let asked = format!("{prometheus}/api/v1/query_exemplars?query={asked}&start=1&end=9999999999");
    let exemplar: Value = until("the exemplar is there", async || {
        let found = json(&asked).await?;
        let exemplar = found["data"][0]["exemplars"][0].clone();
        (!exemplar.is_null()).then_some(exemplar)
    })
    .await;
    assert_eq!(
        exemplar["labels"]["trace_id"].as_str().unwrap().len(),
        32,
        "{exemplar}"
    );
    assert_eq!(
        exemplar["labels"]["span_id"].as_str().unwrap().len(),
        16,
        "{exemplar}"
    );

    let (status, text) = request("GET", &page).await.unwrap();
    assert_eq!(status, 200);
    let file = data.path().join("page.txt");
    fs::write(&file, &text).unwrap();
    let checked = tokio::process::Command::new(tool("promtool").unwrap())
        .args(["check", "metrics"])
        .stdin(Stdio::from(fs::File::open(&file).unwrap()))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    // Of names that the conventions give it has an opinion, and no other.
    let is_name = |line: &str| line.ends_with("should not have \"_count\" suffix");
    assert!(said.lines().all(is_name), "{said}\n{text}");
    // 3 is for opinions alone: it could read the page.
    assert!(
        matches!(checked.status.code(), Some(0 | 3)),
        "{said}\n{text}"
    );
    service.stop().await.well();
}
