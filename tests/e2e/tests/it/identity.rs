//! Who sent it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use otelier_collector::{
    Collector, Origin, Running,
    proto::common::v1::{KeyValue, any_value::Value},
};

use crate::harness::{PROTOCOLS, Scenario, collector, get, scenario, span};

/// The attributes of a resource as text.
pub(crate) fn resource(origin: &Origin) -> BTreeMap<String, String> {
    let attributes = origin.resource().attributes.iter();
    attributes
        .map(|KeyValue { key, value, .. }| {
            let value = value.as_ref().and_then(|value| value.value.as_ref());
            let text = match value {
                Some(Value::StringValue(text)) => text.clone(),
                other => format!("{other:?}"),
            };
            (key.clone(), text)
        })
        .collect()
}

/// Runs a program that leaves the span "work", and returns its resource.
async fn identity(scenario: Scenario) -> BTreeMap<String, String> {
    let collector = collector().await;
    let ended = scenario.to(&collector).run().await.well();
    let spans = collector.store().spans();
    assert!(!spans.is_empty(), "{}", ended.output());
    resource(spans[0].origin())
}

fn work() -> Scenario {
    scenario(["ends", "shutdown"])
}

#[tokio::test]
async fn a_service_is_called_like_its_crate_unless_a_variable_says_otherwise() {
    const LIST: &str = "OTEL_RESOURCE_ATTRIBUTES";
    const NAME: &str = "OTEL_SERVICE_NAME";
    let name = async |scenario| identity(scenario).await["service.name"].clone();
    assert_eq!(name(work()).await, env!("CARGO_PKG_NAME"));
    assert_eq!(name(work().with(NAME, "")).await, env!("CARGO_PKG_NAME"));
    assert_eq!(
        name(work().with(LIST, "service.name=listed")).await,
        "listed"
    );
    let both = work().with(LIST, "service.name=listed").with(NAME, "named");
    assert_eq!(name(both).await, "named");
    assert_eq!(name(work().with("DD_SERVICE", "dog")).await, "dog");
}

#[tokio::test]
async fn one_binary_can_be_two_services() {
    let collector = collector().await;
    for name in ["api", "worker"] {
        let run = work().to(&collector).with("OTEL_SERVICE_NAME", name);
        run.run().await.well();
    }
    assert_eq!(collector.store().services(), ["api", "worker"]);
}

#[tokio::test]
async fn code_can_name_a_service_and_loses_against_variables() {
    let named = identity(scenario(["named in code"])).await;
    assert_eq!(named["service.name"], "named in code");
    assert_eq!(named["team"], "platform");
    assert_eq!(named["vcs.ref.head.revision"], "0123abcd");
    let attributes = "team=other,service.name=listed";
    let named = scenario(["named in code"]).with("OTEL_RESOURCE_ATTRIBUTES", attributes);
    let named = identity(named).await;
    assert_eq!(named["service.name"], "listed");
    assert_eq!(named["team"], "other");
}

#[tokio::test]
async fn attributes_from_the_environment_are_decoded() {
    let attributes = "owner=Team%20A%2C%20B,city=K%C3%B6ln , k8s.pod.name = api-1";
    let found = identity(work().with("OTEL_RESOURCE_ATTRIBUTES", attributes)).await;
    assert_eq!(found["owner"], "Team A, B");
    assert_eq!(found["city"], "Köln");
    assert_eq!(found["k8s.pod.name"], "api-1");
}

#[tokio::test]
async fn all_three_signals_carry_the_same_resource() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let attributes = "team=platform,deployment.environment.name=staging";
        let run = work().by(protocol, &collector);
        let run = run.with("OTEL_RESOURCE_ATTRIBUTES", attributes);
        run.run().await.well();
        let store = collector.store();
        let span = span(store, "work").await;
        let logs = store.logs();
        let metrics = store.metrics();
        assert!(!logs.is_empty() && !metrics.is_empty());
        let expected = span.origin().resource();
        assert_eq!(resource(span.origin())["team"], "platform");
        for log in logs {
            assert_eq!(log.origin().resource(), expected);
        }
        for metric in metrics {
            assert_eq!(metric.origin().resource(), expected);
        }
    }
}

#[tokio::test]
async fn the_version_is_that_of_the_binary() {
    let found = identity(work()).await;
    assert_eq!(found["service.version"], env!("CARGO_PKG_VERSION"));
    let found = identity(work().with("DD_VERSION", "9.9.9")).await;
    assert_eq!(found["service.version"], "9.9.9");
}

#[tokio::test]
async fn every_process_has_a_random_instance_id() {
    let mut ids = BTreeSet::new();
    for _ in 0..4 {
        let id = identity(work()).await["service.instance.id"].clone();
        let groups: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
        // Version 4 is random; version 1 would hold the network card's address.
        assert_eq!(id.as_bytes()[14], b'4', "{id}");
        ids.insert(id);
    }
    assert_eq!(ids.len(), 4);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn no_hardware_address_is_sent() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let collector = Collector::builder().with_save(file.path()).start().await;
    let collector: Running = collector.unwrap();
    work().by("http/json", &collector).run().await.well();
    collector.shutdown().await;
    let payload = fs::read_to_string(file.path()).unwrap().to_lowercase();
    assert!(payload.contains("resourcespans"));
    for card in fs::read_dir("/sys/class/net").unwrap() {
        let path = card.unwrap().path().join("address");
        let address = fs::read_to_string(path).unwrap_or_default();
        let address = address.trim().to_lowercase();
        if address.chars().all(|digit| digit == '0' || digit == ':') {
            continue;
        }
        for shape in [":", "-", ""] {
            let shape = address.replace(':', shape);
            assert!(!payload.contains(&shape), "{address} is in the payload");
        }
    }
}

#[tokio::test]
async fn resource_and_scopes_name_the_schema_of_their_names_in_every_protocol() {
    const SCHEMA: &str = "https://opentelemetry.io/schemas/1.45.0";
    for protocol in PROTOCOLS {
        let file = tempfile::NamedTempFile::new().unwrap();
        let collector = Collector::builder().with_save(file.path()).start().await;
        let collector: Running = collector.unwrap();
        let mut api = scenario(["api"]).by(protocol, &collector).start();
        let url = api.url().await;
        get(&format!("{url}/repos/7")).await;
        api.stop().await.well();
        collector.shutdown().await;

        let saved = fs::read_to_string(file.path()).unwrap();
        let mut signals = BTreeSet::new();
        for line in saved.lines() {
            let request: serde_json::Value = serde_json::from_str(line).unwrap();
            for of_signal in request.as_object().unwrap().values() {
                for resource in of_signal.as_array().unwrap() {
                    assert_eq!(resource["schemaUrl"], SCHEMA, "{protocol}: {resource}");
                    for (kind, scopes) in resource.as_object().unwrap() {
                        let scopes = scopes.as_array().into_iter().flatten();
                        for scope in scopes.filter(|_| kind.starts_with("scope")) {
                            assert_eq!(scope["schemaUrl"], SCHEMA, "{protocol}: {scope}");
                            signals.insert(kind.clone());
                        }
                    }
                }
            }
        }
        let all = ["scopeLogs", "scopeMetrics", "scopeSpans"];
        assert!(signals.iter().eq(all), "{protocol}: {signals:?}");
    }
}

#[tokio::test]
async fn the_environment_s_name_is_taken_as_it_is() {
    const KEY: &str = "deployment.environment.name";
    for name in ["staging", "dev", "Prod-EU", "production"] {
        let listed = work().with("OTEL_RESOURCE_ATTRIBUTES", format!("{KEY}={name}"));
        assert_eq!(identity(listed).await[KEY], name);
        assert_eq!(identity(work().with("DD_ENV", name)).await[KEY], name);
    }
    assert!(!identity(work()).await.contains_key(KEY));
}
