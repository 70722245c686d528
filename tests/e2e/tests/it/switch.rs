//! What turns telemetry on and off.

use otelier_collector::{Collector, Outcome, Signal, proto::trace::v1::span::SpanKind};

use crate::harness::{PROTOCOLS, bodies, collector, get, requests_of, scenario, wait};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const SIGNALS: [Signal; 3] = [Signal::Traces, Signal::Metrics, Signal::Logs];

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_an_endpoint_there_is_no_thread_and_no_socket_more() {
    let without = scenario(["footprint", "without"]).run().await.well();
    let off = scenario(["footprint", "with"]).run().await.well();
    assert_eq!(off.told("threads"), without.told("threads"));
    assert_eq!(off.told("sockets"), without.told("sockets"));

    // The probe does see what telemetry has when it is on.
    let collector = collector().await;
    let on = scenario(["footprint", "with"]).to(&collector);
    let on = on.run().await.well();
    assert_ne!(on.told("threads"), without.told("threads"));
    assert!(on.told("names").contains("otelier-export"));
    assert_ne!(on.told("sockets"), without.told("sockets"));
}

#[tokio::test]
async fn without_an_endpoint_a_request_allocates_nothing_more() {
    let ended = scenario(["allocations"]).run().await.well();
    for kind in ["router", "service"] {
        let (bare, ours) = ended.told(kind).split_once(' ').unwrap();
        assert_ne!(bare, "0", "the counter does not count");
        assert_eq!(ours, bare, "{kind}");
    }
}

#[tokio::test]
async fn with_an_endpoint_the_allocations_are_seen() {
    let collector = collector().await;
    let ended = scenario(["allocations"]).to(&collector).run().await.well();
    for kind in ["router", "service"] {
        let (bare, ours) = ended.told(kind).split_once(' ').unwrap();
        let (bare, ours): (u64, u64) = (bare.parse().unwrap(), ours.parse().unwrap());
        assert!(ours > bare, "{kind}: {ours} against {bare}");
    }
}

#[tokio::test]
async fn without_an_endpoint_one_line_of_the_console_says_so() {
    let ended = scenario(["ends", "shutdown"]).run().await.well();
    assert_eq!(ended.stderr, "");
    let lines: Vec<_> = ended.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    let said = "INFO otelier: not exported: set OTEL_EXPORTER_OTLP_ENDPOINT";
    assert!(lines[0].ends_with(said), "{lines:?}");
    assert!(lines[1].contains("working"), "{lines:?}");
    assert_eq!(lines[2], "> complete: true");
}

#[tokio::test]
async fn who_turned_the_console_off_or_has_another_is_not_told_that_nothing_is_exported() {
    for (variable, value) in [("OTELIER_CONSOLE", "off"), ("RUST_LOG", "warn")] {
        let ended = scenario(["ends", "shutdown"]).with(variable, value);
        let ended = ended.run().await.well();
        assert_eq!(ended.lines_with("not exported"), [] as [&str; 0], "{value}");
        assert_eq!(ended.stderr, "");
    }
    let ended = scenario(["own subscriber"]).run().await.well();
    assert_eq!(ended.lines_with("not exported"), [] as [&str; 0]);
}

#[tokio::test]
async fn what_is_said_before_there_is_a_subscriber_is_json_where_the_console_is() {
    let program = || scenario(["ends", "shutdown"]).with(ENDPOINT, "ftp://collector");
    let ended = program().run().await.well();
    assert!(ended.stderr.starts_with("otelier: "), "{}", ended.stderr);
    let ended = program().with("OTELIER_CONSOLE", "json").run().await.well();
    let lines: Vec<_> = ended.stderr.lines().collect();
    assert!(!lines.is_empty());
    for line in lines {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["target"], "otelier");
        assert!(line["message"].as_str().unwrap().contains(ENDPOINT));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_empty_endpoint_is_none_and_nor_is_one_of_blanks() {
    let unset = scenario(["footprint", "with"]).run().await.well();
    for value in ["", "  ", "\t\n"] {
        let ended = scenario(["footprint", "with"]).with(ENDPOINT, value);
        let ended = ended.run().await.well();
        assert_eq!(ended.told("threads"), unset.told("threads"), "{value:?}");
        assert_eq!(ended.told("sockets"), unset.told("sockets"), "{value:?}");
        assert_eq!(ended.stderr, "", "{value:?}");
        assert_eq!(ended.stdout.lines().count(), unset.stdout.lines().count());
    }
}

#[tokio::test]
async fn sdk_disabled_wins_against_an_endpoint() {
    for value in ["true", "TRUE", " True "] {
        let collector = collector().await;
        let ended = scenario(["ends", "shutdown"]).to(&collector);
        let ended = ended.with("OTEL_SDK_DISABLED", value).run().await.well();
        assert_eq!(collector.store().requests(), [], "{value:?}");
        assert_eq!(ended.lines_with("otelier"), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn only_true_disables_the_sdk() {
    for (value, warnings) in [("false", 0), ("1", 1), ("yes", 1), ("", 0)] {
        let collector = collector().await;
        let ended = scenario(["ends", "shutdown"]).to(&collector);
        let ended = ended.with("OTEL_SDK_DISABLED", value).run().await.well();
        assert_eq!(collector.store().spans_named("work").len(), 1, "{value:?}");
        let said = ended.lines_with("OTEL_SDK_DISABLED");
        assert_eq!(said.len(), warnings, "{said:?}");
    }
}

#[tokio::test]
async fn the_endpoint_of_one_signal_exports_that_signal_alone() {
    for signal in SIGNALS {
        let collector = collector().await;
        let name = signal.as_str().to_uppercase();
        let ended = scenario(["ends", "shutdown"]).with(
            &format!("OTEL_EXPORTER_OTLP_{name}_ENDPOINT"),
            collector.grpc_endpoint(),
        );
        let ended = ended.run().await.well();
        let requests = collector.store().requests();
        assert!(!requests.is_empty(), "{signal}: {}", ended.output());
        assert!(requests.iter().all(|request| request.signal == signal));
    }
}

#[tokio::test]
async fn each_signal_can_have_an_endpoint_and_a_protocol_of_its_own() {
    let (all, metrics, logs) = (collector().await, collector().await, collector().await);
    let logs_path = format!("{}/v1/logs", logs.http_endpoint());
    let ended = scenario(["ends", "shutdown"])
        .with(ENDPOINT, all.grpc_endpoint())
        .with(
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            metrics.grpc_endpoint(),
        )
        .with("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", logs_path)
        .with("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/json");
    let ended = ended.run().await.well();
    for (collector, signal, content) in [
        (&all, Signal::Traces, "application/grpc"),
        (&metrics, Signal::Metrics, "application/grpc"),
        (&logs, Signal::Logs, "application/json"),
    ] {
        let requests = collector.store().requests();
        assert!(!requests.is_empty(), "{signal}: {}", ended.output());
        for request in requests {
            assert_eq!(request.signal, signal);
            assert_eq!(request.content_type, content);
        }
    }
    // The line at start tells where each goes.
    let line = ended.one_line_with("exporting ");
    for place in [
        all.grpc_endpoint(),
        metrics.grpc_endpoint(),
        logs.http_endpoint(),
    ] {
        assert!(line.contains(&place), "{place} in {line}");
    }
}

#[tokio::test]
async fn one_variable_exports_all_three_signals_by_every_protocol() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = scenario(["ends", "shutdown"]).by(protocol, &collector);
        let ended = ended.run().await.well();
        let store = collector.store();
        assert_eq!(store.spans_named("work").len(), 1, "{}", ended.output());
        assert_eq!(bodies(store), ["working"]);
        assert_eq!(store.metrics_named("work.done").len(), 1);
        for signal in SIGNALS {
            let requests = requests_of(store, signal);
            assert!(!requests.is_empty());
            for request in requests {
                assert!(matches!(
                    request.outcome,
                    Outcome::Taken { rejected: 0, .. }
                ));
            }
        }
        let line = ended.one_line_with("exporting ");
        assert!(line.contains("traces, metrics, logs to http://"), "{line}");
        assert!(line.contains(&format!("({protocol}) as \"e2e\"")), "{line}");
        assert_eq!(ended.stderr, "");
    }
}

#[tokio::test]
async fn the_port_of_http_means_http() {
    let collector = Collector::builder().with_http_port(4318).start().await;
    // Somebody else may have that port; then there is nothing to see here.
    let Ok(collector) = collector else { return };
    let ended = scenario(["ends", "shutdown"]).with(ENDPOINT, "http://127.0.0.1:4318");
    let ended = ended.run().await.well();
    let store = collector.store();
    assert_eq!(store.spans_named("work").len(), 1, "{}", ended.output());
    let requests = store.requests();
    let media: Vec<_> = requests.iter().map(|r| r.content_type.as_str()).collect();
    assert!(media.iter().all(|media| *media == "application/x-protobuf"));
}

#[tokio::test]
async fn a_signal_with_the_exporter_none_is_never_sent() {
    for off in SIGNALS {
        let collector = collector().await;
        let name = off.as_str().to_uppercase();
        let ended = scenario(["ends", "shutdown"]).to(&collector);
        let ended = ended.with(&format!("OTEL_{name}_EXPORTER"), "none");
        ended.run().await.well();
        let store = collector.store();
        for signal in SIGNALS {
            let sent = !requests_of(store, signal).is_empty();
            assert_eq!(sent, signal != off, "{signal} without {off}");
        }
    }
}

#[tokio::test]
async fn without_traces_logs_still_carry_the_ids_of_their_span() {
    let collector = collector().await;
    let ended = scenario(["ends", "shutdown"]).to(&collector);
    let ended = ended.with("OTEL_TRACES_EXPORTER", "none");
    ended.run().await.well();
    let logs = collector.store().logs();
    assert_eq!(logs.len(), 1);
    assert!(logs[0].trace_id().is_some());
    assert!(logs[0].span_id().is_some());
}

#[tokio::test]
async fn exporters_are_a_list_in_which_case_and_blanks_do_not_matter() {
    for list in [" OTLP ", "otlp,console", "Console , Otlp", "otlp,otlp"] {
        let collector = collector().await;
        let ended = scenario(["ends", "shutdown"]).to(&collector);
        let ended = ended.with("OTEL_LOGS_EXPORTER", list).run().await.well();
        assert_eq!(bodies(collector.store()), ["working"], "{list:?}");
        let printed = ended.lines_with("resourceLogs").len();
        let expected = usize::from(list.to_lowercase().contains("console"));
        assert_eq!(printed, expected, "{list:?}: {}", ended.output());
        assert_eq!(ended.lines_with("OTEL_LOGS_EXPORTER"), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn an_unknown_exporter_is_reported_once_and_stands_for_otlp() {
    let collector = collector().await;
    let ended = scenario(["ends", "shutdown"]).to(&collector);
    let ended = ended.with("OTEL_LOGS_EXPORTER", "jaeger").run().await;
    let ended = ended.well();
    assert_eq!(bodies(collector.store()), ["working"]);
    let line = ended.one_line_with("OTEL_LOGS_EXPORTER");
    assert!(
        line.contains("WARN") && line.contains("using otlp"),
        "{line}"
    );
}

#[tokio::test]
async fn the_console_exporter_prints_otlp_json_lines_and_needs_no_endpoint() {
    let ended = scenario(["ends", "no runtime, dropped"])
        .with("OTEL_TRACES_EXPORTER", "console")
        .with("OTEL_LOGS_EXPORTER", "console")
        .with("OTEL_METRICS_EXPORTER", "console")
        .with("OTELIER_CONSOLE", "off");
    let ended = ended.run().await.well();
    let mut fields = Vec::new();
    for line in ended.stdout.lines() {
        let json: serde_json::Value = serde_json::from_str(line).expect(line);
        fields.extend(json.as_object().unwrap().keys().cloned());
    }
    fields.sort();
    fields.dedup();
    assert_eq!(fields, ["resourceLogs", "resourceMetrics", "resourceSpans"]);

    // They are what a collector reads from a file.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &ended.stdout).unwrap();
    let collector = Collector::builder().with_open(file.path()).start().await;
    let collector = collector.unwrap();
    assert_eq!(collector.store().spans_named("work").len(), 1);
    assert_eq!(bodies(collector.store()), ["working"]);
    assert_eq!(collector.store().metrics_named("work.done").len(), 1);
}

#[tokio::test]
async fn a_service_answers_the_same_with_telemetry_on_and_off() {
    let collector = collector().await;
    let mut answers = Vec::new();
    for scenario in [scenario(["api"]), scenario(["api"]).to(&collector)] {
        let mut api = scenario.start();
        let url = api.url().await;
        let mut of_this = Vec::new();
        for path in ["/health", "/repos/7", "/repos/8", "/nowhere", "/boom"] {
            of_this.push((path, get(&format!("{url}{path}")).await));
        }
        answers.push(of_this);
        api.stop().await.well();
    }
    assert_eq!(answers[0], answers[1]);
    let names = wait(collector.store(), |store| {
        let spans = store.spans();
        let servers = spans.iter().filter(|span| span.kind() == SpanKind::Server);
        let mut names: Vec<_> = servers.map(|span| span.name().to_owned()).collect();
        names.sort();
        (names.len() >= 4).then_some(names)
    });
    let expected = ["GET", "GET /boom", "GET /repos/{id}", "GET /repos/{id}"];
    assert_eq!(names.await, expected);
}
