//! Every file of deploy/collector is read by the Collector, and starts without a complaint.

use std::{collections::BTreeSet, fs};

use otelier_collector::Collector;

use crate::{
    access,
    real::{Launch, folder, repository},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Collector:
        every_pair_of_files_is_valid,
        every_pair_starts_without_a_warning,
        every_overlay_starts_without_a_warning_on_top_of_a_pair,
        what_cannot_be_had_here_is_refused_for_its_type_alone,
        a_file_without_what_it_needs_is_refused,
    );
    add!(suite, Nothing:
        every_file_says_what_it_was_validated_with_and_names_its_variables,
        development_differs_from_production_only_where_it_should,
    );
}

/// Overlays of components that are not in the Collector of the tests.
const PARSED_ONLY: [&str; 3] = ["datadog-exporter", "kubernetes", "service_graph"];
const MODES: [&str; 2] = ["development", "production"];

fn names(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(repository(&format!("deploy/collector/{folder}"))).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names = names.filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned));
    names
        .filter(|name| !["common", "kustomization"].contains(&name.as_str()))
        .collect()
}

fn text(file: &str) -> String {
    fs::read_to_string(repository(&format!("deploy/collector/{file}.yaml"))).unwrap()
}

async fn every_pair_of_files_is_valid() {
    for mode in MODES {
        let names = names(mode);
        assert!(names.len() >= 8, "{names:?}");
        for name in names {
            let folder = folder();
            let launch = Launch::new(mode, &name, folder.path()).with_all();
            let ended = launch.validate().await;
            assert!(ended.status.success(), "{mode}/{name}: {}", ended.stderr);
        }
    }
}

async fn every_pair_starts_without_a_warning() {
    let backend = Collector::builder().start().await.unwrap();
    for mode in MODES {
        for name in names(mode) {
            let folder = folder();
            // It looks for the tables of its backend when it starts.
            if name == "clickhouse" {
                continue;
            }
            let mut launch = Launch::new(mode, &name, folder.path()).with_all();
            if name == "honeycomb" {
                // It is never reached without TLS, which what stands in for it has not.
                let plain = "{tls: {insecure: true}}";
                launch = launch.but(&format!(
                    "exporters: {{otlp_grpc/honeycomb: {plain}, otlp_grpc/honeycomb_metrics: {plain}}}"
                ));
            }
            launch.to(&backend).start().await.stop().await;
        }
    }
}

async fn every_overlay_starts_without_a_warning_on_top_of_a_pair() {
    let backend = Collector::builder().start().await.unwrap();
    let overlays = names("overlays");
    assert!(overlays.len() > PARSED_ONLY.len());
    for overlay in overlays {
        if PARSED_ONLY.contains(&overlay.as_str()) {
            continue;
        }
        let folder = folder();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        if overlay == "tls" {
            access::certificates(folder.path());
        }
        fs::write(folder.path().join("tokens"), "a-token\n").unwrap();
        // It is for one backend, and makes tables there when it starts.
        let is_schema = overlay == "clickhouse_schema";
        let backend_file = if is_schema { "clickhouse" } else { "grafana" };
        let launch = Launch::new("production", backend_file, folder.path())
            .with_all()
            .to(&backend)
            .overlay(&overlay)
            .with("OTELIER_LOG_FILE", &path("shop.log"))
            .with("OTELCOL_SOCKET", &path("otlp.sock"))
            .with("OTELCOL_TLS", folder.path().to_str().unwrap())
            .with("OTELCOL_TOKENS", &path("tokens"));
        fs::write(folder.path().join("shop.log"), "").unwrap();
        let ended = launch.validate().await;
        assert!(ended.status.success(), "{overlay}: {}", ended.stderr);
        if !is_schema {
            launch.start().await.stop().await;
        }
    }
}

async fn what_cannot_be_had_here_is_refused_for_its_type_alone() {
    for (backend, overlays, kinds) in [
        (
            "grafana",
            &["gateway", "service_graph"][..],
            &["connectors"][..],
        ),
        ("grafana", &["kubernetes"], &["processors"]),
        (
            "datadog",
            &["datadog-exporter"],
            &["exporters", "connectors"],
        ),
    ] {
        let folder = folder();
        let launch = Launch::new("production", backend, folder.path()).with_all();
        let launch = overlays
            .iter()
            .fold(launch, |launch, name| launch.overlay(name));
        let ended = launch.validate().await;
        assert!(!ended.status.success(), "{overlays:?}");
        let told = ended.stderr.lines().filter(|line| line.starts_with('\''));
        let told: BTreeSet<_> = told.collect();
        assert_eq!(told.len(), kinds.len(), "{}", ended.stderr);
        for kind in kinds {
            let unknown = format!("'{kind}' unknown type: ");
            assert!(
                told.iter().any(|line| line.starts_with(&unknown)),
                "{told:?}"
            );
        }
    }
}

async fn a_file_without_what_it_needs_is_refused() {
    for name in ["clickhouse", "grafana", "open", "signoz", "balancer"] {
        let folder = folder();
        let launch = Launch::new("production", name, folder.path());
        let ended = launch.validate().await;
        assert!(!ended.status.success(), "{name}");
        assert!(
            ended.stderr.contains("endpoint"),
            "{name}: {}",
            ended.stderr
        );
    }
}

async fn every_file_says_what_it_was_validated_with_and_names_its_variables() {
    for folder in ["development", "production", "overlays"] {
        for name in names(folder).into_iter().chain(["common".to_owned()]) {
            if folder == "overlays" && name == "common" {
                continue;
            }
            let text = text(&format!("{folder}/{name}"));
            let head: String = text
                .lines()
                .take_while(|line| line.starts_with('#') || line.is_empty())
                .collect();
            let parsed_only = PARSED_ONLY.contains(&name.as_str());
            assert_eq!(head.contains("Parsed only"), parsed_only, "{name}");
            assert!(parsed_only || head.contains("0.161.0"), "{folder}/{name}");
            for variable in text.split("${env:").skip(1) {
                let variable = variable.split([':', '}']).next().unwrap();
                // The common part, or another file that must be there, tells of these.
                let shared = ["OTELCOL_HOST", "OTELCOL_DATA", "DEPLOYMENT_ENVIRONMENT"];
                assert!(
                    head.contains(variable) || shared.contains(&variable),
                    "{folder}/{name}: {variable}"
                );
                let settings = text.replacen(&head, "", 1);
                assert!(settings.contains("${env:"), "{folder}/{name}");
            }
        }
    }
}

async fn development_differs_from_production_only_where_it_should() {
    let production = names("production");
    for name in names("development") {
        assert!(production.contains(&name), "{name}");
        let [development, production] =
            MODES.map(|mode| settings(&text(&format!("{mode}/{name}"))));
        if !["debug", "file"].contains(&name.as_str()) {
            for (text, size, wait) in [(&development, "1024", "1s"), (&production, "8192", "10s")] {
                let count = |line: &str| text.matches(line).count();
                // Over gRPC by size; see the file.
                let by_count = count(&format!("max_size: {size}\n"));
                let by_size = count("max_size: 3500000\n");
                // The queue's, and the batch's where that is by size.
                assert_eq!(count("sizer: bytes\n"), by_count + 2 * by_size, "{name}");
                assert_eq!(count(&format!("min_size: {size}\n")), by_count, "{name}");
                assert!(by_count + by_size > 0, "{name}");
                let waits = count(&format!("flush_timeout: {wait}\n"));
                assert_eq!(waits, by_count + by_size, "{name}");
                let over_grpc = count("otlp_grpc/") > 0;
                assert_eq!(over_grpc, by_size > 0, "{name}");
            }
            for line in [
                "storage: file_storage",
                "initial_interval: 5s",
                "max_interval: 30s",
                "max_elapsed_time: 300s",
            ] {
                assert!(production.contains(line), "{name}: {line}");
            }
        }
        let differs = |text: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            let expected = [
                "storage:",
                "queue_size:",
                "min_size:",
                "max_size:",
                "flush_timeout:",
                "retry_on_failure",
                "initial_interval",
                "max_interval",
                "max_elapsed",
                "verbosity:",
                "create_schema",
                "ttl:",
                "insecure:",
                "endpoint:",
                "logs_endpoint:",
            ];
            lines
                .filter(|line| !expected.iter().any(|start| line.starts_with(start)))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(differs(&development), differs(&production), "{name}");
    }
    let [development, production] = MODES.map(|mode| text(&format!("{mode}/common")));
    for text in [&development, &production] {
        for line in [
            "limit_mib: ${env:OTELCOL_MEMORY_MIB:-1024}",
            "spike_limit_mib: ${env:OTELCOL_SPIKE_MIB:-256}",
            "check_interval: 1s",
        ] {
            assert!(text.contains(line), "{line}");
        }
        for line in text.lines().filter(|line| line.contains("processors: [")) {
            assert!(line.contains("[memory_limiter"), "{line}");
        }
    }
    for extension in ["pprof", "zpages"] {
        assert!(development.contains(extension), "{extension}");
        assert!(!production.contains(extension), "{extension}");
    }
}

/// A file without its comments.
fn settings(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}
