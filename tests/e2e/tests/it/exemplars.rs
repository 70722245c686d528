//! From a histogram to the trace that it was filled by.

use std::collections::BTreeSet;

use otelier_collector::{Running, Span};
use serde_json::Value;

use crate::harness::{Ended, PROTOCOLS, Scenario, collector, get, scenario, span};

pub(crate) const DURATION: &str = "http.server.request.duration";

/// Serves one order over the wire.
async fn serve(service: Scenario) -> Ended {
    let mut orders = service.start();
    let url = orders.url().await;
    assert_eq!(get(&format!("{url}/orders/7")).await.0, 200);
    orders.stop().await.well()
}

/// The exemplars of the one series of this name. The service tells its metrics once
/// more when it ends, and those that it told before stay with the series.
pub(crate) async fn exemplars(collector: &Running, name: &str) -> Vec<Value> {
    let metrics = ask(collector, &format!("/api/metrics?name={name}")).await;
    let [metric] = &metrics["metrics"].as_array().unwrap()[..] else {
        panic!("{metrics}");
    };
    let series = metric["series"].as_str().unwrap();
    let series = ask(collector, &format!("/api/metrics/{series}")).await;
    series["exemplars"].as_array().unwrap().clone()
}

/// Says that it is of this span, and how long that took.
fn assert_is_of(exemplar: &Value, span: &Span) {
    assert_eq!(exemplar["traceId"], span.trace_id().to_string());
    assert_eq!(exemplar["spanId"], span.id().to_string());
    let proto = span.proto();
    let ended = proto.end_time_unix_nano;
    assert_eq!(exemplar["timeUnixNano"], ended.to_string());
    let took = (ended - proto.start_time_unix_nano) as f64 / 1e9;
    let measured = exemplar["value"].as_f64().unwrap();
    assert!((measured - took).abs() < 1e-6, "{measured} {took}");
}

async fn ask(collector: &Running, path: &str) -> Value {
    let (status, body) = get(&format!("{}{path}", collector.http_endpoint())).await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn a_request_is_found_from_the_histogram_of_its_route() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        serve(scenario(["orders"]).by(protocol, &collector)).await;
        let store = collector.store();
        let server = span(store, "GET /orders/{id}").await;
        let exemplars = exemplars(&collector, DURATION).await;
        assert_eq!(exemplars.len(), 1, "{protocol}: {exemplars:?}");
        let exemplar = &exemplars[0];
        assert_is_of(exemplar, &server);

        let trace = format!("/api/traces/{}", exemplar["traceId"].as_str().unwrap());
        let trace = ask(&collector, &trace).await;
        let spans = trace["spans"].as_array().unwrap();
        let found = spans.iter().find(|it| it["spanId"] == exemplar["spanId"]);
        assert_eq!(found.unwrap()["name"], "GET /orders/{id}");
    }
}

#[tokio::test]
async fn exponential_histograms_and_deltas_have_exemplars_too() {
    let collector = collector().await;
    // The bounds that an edge names are advice, which a shape without any ignores.
    let service = scenario(["orders"]).to(&collector);
    let service = service
        .with("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta")
        .with(
            "OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION",
            "base2_exponential_bucket_histogram",
        );
    serve(service).await;
    let store = collector.store();
    let server = span(store, "GET /orders/{id}").await;
    let exemplars = exemplars(&collector, DURATION).await;
    assert_eq!(exemplars.len(), 1, "{exemplars:?}");
    assert_is_of(&exemplars[0], &server);
}

#[tokio::test]
async fn what_is_not_sampled_or_not_asked_for_leaves_none() {
    let filter = "OTEL_METRICS_EXEMPLAR_FILTER";
    for (variable, value) in [
        ("OTEL_TRACES_SAMPLER", "always_off"),
        (filter, "Always_Off"),
    ] {
        let collector = collector().await;
        let ended = serve(scenario(["orders"]).to(&collector).with(variable, value)).await;
        let exemplars = exemplars(&collector, DURATION).await;
        assert!(exemplars.is_empty(), "{variable}: {exemplars:?}");
        assert!(!ended.output().contains(filter), "{}", ended.output());
    }
    for (value, said) in [
        (
            "always_on",
            "always_on: what is in no sampled span leads to no trace; using trace_based",
        ),
        ("never", "not one of trace_based, always_off; using"),
    ] {
        let collector = collector().await;
        let ended = serve(scenario(["orders"]).to(&collector).with(filter, value)).await;
        assert_eq!(exemplars(&collector, DURATION).await.len(), 1, "{value}");
        assert!(
            ended.one_line_with(filter).contains(said),
            "{}",
            ended.output()
        );
    }
}

#[tokio::test]
async fn every_edge_s_durations_lead_to_spans_that_arrived() {
    let collector = collector().await;
    let edges = scenario(["edges"]).to(&collector);
    edges.run().await.well();
    let store = collector.store();
    let spans: BTreeSet<_> = store
        .spans()
        .iter()
        .map(|span| (span.trace_id().to_string(), span.id().to_string()))
        .collect();
    let list = ask(&collector, "/api/metrics?limit=1000").await;
    let mut names = BTreeSet::new();
    for metric in list["metrics"].as_array().unwrap() {
        // What came with an earlier point stays with the series.
        let series = metric["series"].as_str().unwrap();
        let series = ask(&collector, &format!("/api/metrics/{series}")).await;
        for exemplar in series["exemplars"].as_array().unwrap() {
            let id = |name: &str| exemplar[name].as_str().unwrap().to_owned();
            let ids = (id("traceId"), id("spanId"));
            assert!(spans.contains(&ids), "{metric} {exemplar}");
            names.insert(metric["name"].as_str().unwrap().to_owned());
        }
    }
    let expected = [
        "db.client.connection.use_time",
        "db.client.connection.wait_time",
        "db.client.operation.duration",
        "gen_ai.client.embeddings.duration",
        "gen_ai.client.inference.duration",
        "gen_ai.client.inference.time_per_output_chunk",
        "gen_ai.client.inference.time_to_first_chunk",
        "gen_ai.execute_tool.duration",
        "gen_ai.invoke_agent.duration",
        "gen_ai.retrieval.duration",
        "http.client.request.duration",
        DURATION,
        "mcp.client.operation.duration",
        "mcp.server.operation.duration",
        "messaging.client.operation.duration",
        "messaging.process.duration",
        "otelier.jobs.wait",
        "rpc.client.call.duration",
        "rpc.server.call.duration",
    ];
    assert_eq!(Vec::from_iter(&names), expected);
}
