//! The example of a service that Prometheus scrapes.

use crate::{
    exemplars::{DURATION, exemplars},
    harness::{Process, Scenario, collector, get, patient, scenario, span},
};

const OPEN: &str = "application/openmetrics-text";

/// Where it is reached, and where it is scraped.
async fn urls(process: &mut Process) -> (String, String) {
    let line = process.says("scraped at http://").await;
    let (_, scraped) = line.split_once("scraped at ").unwrap();
    (process.url().await, scraped.trim().to_owned())
}

async fn page(url: &str, accept: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client
        .get(url)
        .header("accept", accept)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    answer.text().await.unwrap()
}

fn line<'a>(page: &'a str, start: &str) -> &'a str {
    let found = page.lines().find(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("no {start} in {page}"))
}

fn example() -> Scenario {
    scenario(["scraped"])
        .with("SCRAPED_ADDR", "127.0.0.1:0")
        .with("SCRAPED_METRICS_ADDR", "127.0.0.1:0")
}

#[tokio::test]
async fn a_service_is_scraped_without_a_receiver_and_tells_no_secret() {
    let mut process = example()
        .with("OTEL_METRICS_EXPORTER", "prometheus")
        .with("OTEL_RESOURCE_ATTRIBUTES", "db.password=hush,team=bakers")
        .start();
    let (url, scraped) = urls(&mut process).await;
    for _ in 0..2 {
        get(&format!("{url}/cakes/apple")).await;
    }
    let text = page(&scraped, "*/*").await;
    let target = line(&text, "target_info{");
    assert!(target.contains("service_name=\"scraped\"") && target.contains("team=\"bakers\""));
    assert!(!text.contains("hush"), "{text}");
    assert!(line(&text, "cakes_total{cake=\"apple\"").ends_with(" 2"));
    let took = line(&text, "http_server_request_duration_seconds_count{");
    assert!(took.contains("http_route=\"/cakes/{kind}\"") && took.ends_with(" 2"));
    assert!(took.contains("otel_scope_name=\"otelier-axum\""), "{took}");
    // Scrapes are no requests of the service, and so it stays.
    let again = page(&scraped, "*/*").await;
    assert_eq!(
        line(&again, "http_server_request_duration_seconds_count{"),
        took
    );
    let open = page(&scraped, OPEN).await;
    assert!(
        open.ends_with("# EOF\n")
            && open.contains("# UNIT http_server_request_duration_seconds seconds\n")
    );
    let ended = process.stop().await.well();
    ended.one_line_with("exporting metrics to scrapes by Prometheus as \"scraped\"");
}

#[tokio::test]
async fn a_service_that_is_not_asked_to_has_no_page() {
    let mut process = patient(["scraped"])
        .with("SCRAPED_ADDR", "127.0.0.1:0")
        .with("SCRAPED_METRICS_ADDR", "127.0.0.1:0")
        .start();
    let (_, scraped) = urls(&mut process).await;
    let (status, text) = get(&scraped).await;
    assert_eq!(status, 404);
    assert!(text.contains("OTEL_METRICS_EXPORTER=prometheus"), "{text}");
    process.stop().await.well();
}

#[tokio::test]
async fn what_is_exported_is_scraped_too_and_an_exemplar_leads_to_an_exported_trace() {
    let collector = collector().await;
    let mut process = example()
        .to(&collector)
        .with("OTEL_METRICS_EXPORTER", "otlp,prometheus")
        .start();
    let (url, scraped) = urls(&mut process).await;
    get(&format!("{url}/cakes/apple")).await;
    let span = span(collector.store(), "GET /cakes/{kind}").await;
    let open = page(&scraped, OPEN).await;
    let trace = format!(
        " # {{trace_id=\"{}\",span_id=\"{}\"}} ",
        span.trace_id(),
        span.id()
    );
    let buckets = open.lines().filter(|line| line.contains(&trace));
    let buckets: Vec<_> = buckets.collect();
    assert_eq!(buckets.len(), 1, "{trace} in {open}");
    assert!(buckets[0].starts_with("http_server_request_duration_seconds_bucket{"));
    process.stop().await.well();
    // None was lost to the exporter for it.
    let exported = exemplars(&collector, DURATION).await;
    assert_eq!(exported.len(), 1, "{exported:?}");
    assert_eq!(exported[0]["spanId"], span.id().to_string());
}
