//! docs/signals.md, docs/registry and the wire say the same.

mod page;
mod registry;
mod seen;

use std::{collections::BTreeSet, fs};

use otelier_collector::{Code, Fault, Refusal, Running};

use self::{page::Page, registry::Registry, seen::Seen};
use crate::harness::{Scenario, collector, get, post, scenario, span, wait};

/// The name of every service here, which is the namespace of its jobs.
const NAMESPACE: &str = "shop";

/// What is listed, and does not arrive from what runs here.
const EXCUSED: &[(&str, &str)] = &[
    ("resource: container.id", "it is no container"),
    ("resource: k8s.*", "it is no pod"),
    #[cfg(not(target_os = "linux"))]
    ("resource: process.creation.time", "only Linux tells"),
    #[cfg(not(target_os = "linux"))]
    ("metric process.thread.count", "only Linux tells"),
    ("spans of otelier-sqlx: server.address", FILE),
    ("spans of otelier-sqlx: server.port", FILE),
    (
        "metric db.client.response.returned_rows: server.address",
        FILE,
    ),
    ("metric db.client.response.returned_rows: server.port", FILE),
];

const FILE: &str = "SQLite has no server; the tests of otelier-sqlx have those";

fn service<const N: usize>(arguments: [&str; N], collector: &Running) -> Scenario {
    scenario(arguments)
        .to(collector)
        .with("OTEL_SERVICE_NAME", NAMESPACE)
}

/// Has programs send all that they can be had to send.
async fn capture(collector: &Running) {
    let edges = service(["edges"], collector)
        .with("RUST_BACKTRACE", "1")
        .with("OTELIER_ACCESS_LOG", "true")
        .with(
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT",
            "SPAN_AND_EVENT",
        );
    edges.by("http/protobuf", collector).run().await.well();

    let folder = tempfile::tempdir().unwrap();
    let database = format!(
        "sqlite:{}?mode=rwc",
        folder.path().join("shop.db").display()
    );
    let mut api = service(["api"], collector)
        .with("DATABASE_URL", &database)
        .with(
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        )
        .start();
    let url = api.url().await;
    for path in ["/repos/7", "/boom", "/nowhere?q=1", "/repos/7/commits"] {
        get(&format!("{url}{path}")).await;
    }
    post(&format!("{url}/repos/7/index")).await;
    let store = collector.store();
    api.stop().await.well();
    let worker = service(["worker"], collector)
        .with("DATABASE_URL", &database)
        .start();
    span(store, "job.clone_index").await;
    worker.stop().await.well();

    let stall = service(["stall", "multi-thread"], collector).start();
    wait(store, |store| {
        let metrics = store.metrics_named("otelier.runtime.stall");
        (!metrics.is_empty()).then_some(())
    })
    .await;
    stall.stop().await.well();
    // Spans for which there is no room, and records that do not fit into a request.
    let full = service(["flood", "1000"], collector)
        .with("OTEL_BSP_MAX_QUEUE_SIZE", "1")
        .with("OTEL_LOGS_EXPORTER", "none");
    full.run().await.well();
    let huge = service(["huge records"], collector)
        .with("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100000000")
        .with("OTELIER_EXPORT_REQUEST_BYTES", "100000")
        .with("OTELIER_CONSOLE", "off");
    huge.run().await.well();
    refused(collector).await;
}

/// Has each signal refused once, which the next metrics tell.
async fn refused(collector: &Running) {
    let mut obey = service(["obey"], collector).start();
    for fault in [
        Fault::Reject(Refusal::new(Code::InvalidArgument, "not this one")),
        Fault::None,
    ] {
        collector.set_fault(fault);
        for command in ["span any", "log any", "count 1", "flush"] {
            obey.ask(command).await;
        }
    }
    obey.end().await.well();
}

#[tokio::test]
async fn every_name_and_shape_that_is_sent_is_listed_and_every_one_that_is_listed_is_sent() {
    let collector = collector().await;
    capture(&collector).await;
    let page = Page::of(NAMESPACE);
    let seen = Seen::of(collector.store(), &page);
    assert!(seen.unlisted.is_empty(), "not listed: {:#?}", seen.unlisted);
    let listed = seen::listed(&page);
    let mut missing: BTreeSet<_> = listed.difference(&seen.arrived).cloned().collect();
    for (name, reason) in EXCUSED {
        assert!(listed.contains(*name), "{name} is excused, and not listed");
        if missing.remove(*name) {
            println!("{name} did not arrive: {reason}");
        }
    }
    assert!(missing.is_empty(), "never sent: {missing:#?}");
}

#[tokio::test]
async fn what_is_listed_otherwise_than_it_is_sent_is_found() {
    let collector = collector().await;
    let mut api = service(["api"], &collector).start();
    let url = api.url().await;
    get(&format!("{url}/repos/7?page=1")).await;
    api.stop().await.well();
    let text = fs::read_to_string(page::file("signals.md")).unwrap();
    for (as_it_is, otherwise, found) in [
        (
            "| `http.route` | string | if",
            "| `http.rout` | string | if",
            "spans of otelier-axum: http.route",
        ),
        (
            "| `url.query` | string |",
            "| `url.query` | int |",
            "spans of otelier-axum: url.query is of type string, and listed as int",
        ),
        (
            "| `process.uptime` | gauge |",
            "| `process.uptime` | counter |",
            "metric process.uptime is a gauge of s, and listed as counter of s",
        ),
        (
            "`http.server.request.duration` | histogram | s |",
            "`http.server.request.duration` | histogram | ms |",
            "metric http.server.request.duration is a histogram of s, and listed as histogram of ms",
        ),
        (
            "| `process.uptime` |",
            "| `process.age` |",
            "metric process.uptime",
        ),
        (
            "`process.executable.name`, ",
            "",
            "resource: process.executable.name",
        ),
    ] {
        assert!(text.contains(as_it_is), "{as_it_is}");
        let page = Page::read(&text.replace(as_it_is, otherwise), NAMESPACE);
        let unlisted = Seen::of(collector.store(), &page).unlisted;
        assert!(unlisted.contains(found), "{found}: {unlisted:#?}");
    }
}

#[test]
fn the_registry_defines_what_is_listed_and_the_conventions_do_not_name() {
    let differences = Registry::read(&registry::text()).differs_from(&Page::of(NAMESPACE));
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn a_registry_that_says_something_else_is_found() {
    let (page, text) = (Page::of(NAMESPACE), registry::text());
    for (as_it_is, otherwise) in [
        ("instrument: gauge", "instrument: counter"),
        ("unit: \"{job}\"", "unit: \"{work}\""),
        ("- ref: otelier.signal", "- ref: otelier.reason"),
        ("- id: otelier.link.reason", "- id: otelier.link.cause"),
        ("type: double", "type: string"),
        ("tokio.runtime.worker.parks", "tokio.runtime.worker.sleeps"),
    ] {
        assert!(text.contains(as_it_is), "{as_it_is}");
        let registry = Registry::read(&text.replace(as_it_is, otherwise));
        assert_ne!(
            registry.differs_from(&page),
            [] as [String; 0],
            "{otherwise}"
        );
    }
}
