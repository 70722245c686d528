//! Which log records are shipped, and what is in them.

use otelier_collector::{Fault, Store, proto::common::v1::KeyValue};

use crate::harness::{PATIENCE, PROTOCOLS, bodies, collector, get, scenario};

/// Crates that an exporter works with, and what it is made of.
const MACHINERY: [&str; 9] = [
    "h2",
    "hyper",
    "tonic",
    "tower",
    "reqwest",
    "rustls",
    "tokio",
    "opentelemetry",
    "otelier",
];

fn is_machinery(scope: &str) -> bool {
    MACHINERY.iter().any(|name| scope.starts_with(name))
}

#[tokio::test]
async fn info_and_above_is_shipped_by_default() {
    let collector = collector().await;
    scenario(["levels"]).to(&collector).run().await.well();
    let found = bodies(collector.store());
    assert_eq!(found, ["outside", "at info", "at warn", "at error"]);
}

#[tokio::test]
async fn the_log_level_says_what_is_shipped() {
    for (level, expected) in [
        ("trace", 7),
        ("DEBUG", 6),
        ("warn", 2),
        ("error", 1),
        ("off", 0),
        ("info,elsewhere=debug", 5),
        ("warn,scenario=debug", 5),
    ] {
        let collector = collector().await;
        let program = scenario(["levels"]).to(&collector);
        program.with("OTEL_LOG_LEVEL", level).run().await.well();
        let found = bodies(collector.store());
        assert_eq!(found.len(), expected, "{level}: {found:?}");
    }
}

#[tokio::test]
async fn what_is_shipped_and_what_is_printed_are_independent() {
    let collector = collector().await;
    let printed = async |variables: &[(&str, &str)]| {
        let mut program = scenario(["levels"]).to(&collector);
        for (name, value) in variables {
            program = program.with(name, value);
        }
        let ended = program.run().await.well();
        ended.lines_with(" at ").len()
    };
    let shipped = || bodies(collector.store()).len();

    assert_eq!(printed(&[("RUST_LOG", "error")]).await, 1);
    assert_eq!(shipped(), 4);
    assert_eq!(printed(&[("RUST_LOG", "trace,scenario=trace")]).await, 6);
    assert_eq!(shipped(), 8);
    assert_eq!(printed(&[("OTEL_LOG_LEVEL", "debug")]).await, 3);
    assert_eq!(shipped(), 14);
    assert_eq!(printed(&[("OTELIER_CONSOLE", "off")]).await, 0);
    assert_eq!(shipped(), 18);
}

#[tokio::test]
async fn warnings_about_telemetry_are_heard_whatever_is_printed() {
    let program = || {
        scenario(["levels"])
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
            .with("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
    };
    for directives in [
        "scenario=debug",
        "scenario",
        "scenario[inside]=trace",
        "a=info,b=warn",
    ] {
        let ended = program().with("RUST_LOG", directives).run().await.well();
        let line = ended.one_line_with("logs cannot be exported");
        assert!(
            ended.stdout.contains(&line),
            "{directives}: {}",
            ended.stderr
        );
    }
    let ended = program().with("OTELIER_CONSOLE", "off").run().await.well();
    assert_eq!(ended.stdout, "");
    ended.one_line_with("logs cannot be exported");

    // Unless somebody decides otherwise.
    for directives in ["error", "scenario=debug,otelier=off", "off"] {
        let ended = program().with("RUST_LOG", directives).run().await.well();
        assert_eq!(ended.lines_with("otelier"), [] as [&str; 0], "{directives}");
    }
}

#[tokio::test]
async fn every_export_is_shown_to_those_who_ask() {
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let ended = scenario(["levels"]).by(protocol, &collector);
        let ended = ended.with("RUST_LOG", "otelier=debug").run().await.well();
        let exports = ended.lines_with("DEBUG otelier");
        for signal in ["traces", "metrics", "logs"] {
            let line = exports.iter().find(|line| line.contains(signal));
            let line = line.unwrap_or_else(|| panic!("{signal}: {exports:?}"));
            for part in ["items=", "bytes=", "ms=", "answer=ok"] {
                assert!(line.contains(part), "{part} in {line}");
            }
        }
    }
}

#[tokio::test]
async fn a_record_carries_level_ids_and_time() {
    let collector = collector().await;
    scenario(["levels"])
        .to(&collector)
        .with("OTEL_LOG_LEVEL", "trace")
        .run()
        .await
        .well();
    let store = collector.store();
    let inside = store.spans_named("inside").remove(0);
    for (body, severity, text) in [
        ("at trace", 1, "TRACE"),
        ("at debug", 5, "DEBUG"),
        ("at info", 9, "INFO"),
        ("at warn", 13, "WARN"),
        ("at error", 17, "ERROR"),
    ] {
        let logs = store.logs();
        let log = logs.iter().find(|log| log.body() == body).unwrap();
        assert_eq!(log.severity(), severity);
        assert_eq!(log.proto().severity_text, text);
        assert_eq!(log.trace_id(), Some(inside.trace_id()));
        assert_eq!(log.span_id(), Some(inside.id()));
        assert_eq!(log.proto().event_name, "");
        assert!(log.proto().time_unix_nano > 0);
    }
    let logs = store.logs();
    let outside = logs.iter().find(|log| log.body() == "outside").unwrap();
    assert_eq!(outside.proto().trace_id, [] as [u8; 0]);
    assert_eq!(outside.proto().span_id, [] as [u8; 0]);
}

#[tokio::test]
async fn a_printed_line_carries_the_ids_of_its_record() {
    let collector = collector().await;
    let ended = scenario(["levels"]).to(&collector);
    let ended = ended.with("OTELIER_CONSOLE", "json").run().await.well();
    let mut lines = 0;
    for line in ended.stdout.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect(line);
        let logs = collector.store().logs();
        let Some(log) = logs.iter().find(|log| line["message"] == *log.body()) else {
            continue;
        };
        lines += 1;
        let ids = |name: &str| line[name].as_str().map(str::to_owned);
        assert_eq!(ids("trace_id"), log.trace_id().map(|id| id.to_string()));
        assert_eq!(ids("span_id"), log.span_id().map(|id| id.to_string()));
    }
    assert_eq!(lines, 4, "{}", ended.stdout);
}

/// Runs the example service with everything at TRACE.
async fn loud(protocol: &str, level: &str) -> (Store, u16) {
    let collector = collector().await;
    let mut api = scenario(["api"])
        .by(protocol, &collector)
        .with("RUST_LOG", "trace")
        .with("OTEL_LOG_LEVEL", level)
        .start();
    let url = api.url().await;
    for path in ["/repos/7", "/repos/7/commits", "/boom", "/repos/7/commits"] {
        get(&format!("{url}{path}")).await;
        // Each of these is a batch of its own, so that exports follow exports.
        let seen = collector.store().requests().len();
        let more = collector.store().wait_for(PATIENCE, |store| {
            (store.requests().len() > seen + 2).then_some(())
        });
        more.await.expect("exports");
    }
    let ended = api.stop().await.well();
    // It was loud indeed.
    assert!(!ended.lines_with("TRACE hyper").is_empty());
    let address = match protocol {
        "grpc" => collector.grpc_addr(),
        _ => collector.http_addr(),
    };
    (collector.store().clone(), address.port())
}

#[tokio::test]
async fn at_trace_the_exporter_says_nothing_about_itself() {
    for protocol in PROTOCOLS {
        let (store, port) = loud(protocol, "trace").await;
        let scopes = || {
            let logs = store.logs();
            let scopes = logs.iter().map(|log| log.origin().scope().name.clone());
            scopes.collect::<Vec<_>>()
        };
        assert!(
            scopes()
                .iter()
                .any(|scope| scope == "api::routes" || scope == "api::error")
        );
        let own: Vec<_> = scopes().into_iter().filter(|s| is_machinery(s)).collect();
        assert_eq!(own, [] as [&str; 0], "{protocol}");
        // Of the service's own requests there are spans, of the exporter's none.
        for span in store.spans() {
            let text = format!("{:?}", span.proto());
            assert!(
                !text.contains("/v1/") && !text.contains("opentelemetry.proto"),
                "{text}"
            );
            assert!(!text.contains(&format!(":{port}")), "{text}");
        }
    }
}

#[tokio::test]
async fn even_when_the_transports_are_asked_for_the_exporter_feeds_nothing_to_itself() {
    for protocol in ["grpc", "http/protobuf"] {
        let level = "info,h2=trace,hyper=trace,hyper_util=trace,tower=trace,otelier=trace";
        let (store, _) = loud(protocol, level).await;
        // The service's own server and client speak HTTP/1.1, so that what is
        // said of HTTP/2 would be the exporter's.
        let exports = store.requests().len();
        let logs = store.logs();
        let fed: Vec<_> = logs
            .iter()
            .filter(|log| {
                let scope = &log.origin().scope().name;
                scope.starts_with("h2") || scope.starts_with("otelier")
            })
            .map(|log| log.body().into_owned())
            .collect();
        assert_eq!(fed, [] as [&str; 0], "{protocol}: {exports} exports");
    }
}

#[tokio::test]
async fn a_failing_exporter_at_trace_ends_all_the_same() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let refusal = otelier_collector::Refusal::new(
            otelier_collector::Code::InvalidArgument,
            "nothing is right",
        );
        collector.set_fault(Fault::Reject(refusal));
        let mut obey = scenario(["obey"])
            .by(protocol, &collector)
            .with("RUST_LOG", "trace")
            .with("OTEL_LOG_LEVEL", "trace")
            .start();
        for at in 0..5 {
            obey.ask(&format!("log {at}")).await;
            obey.ask("flush").await;
        }
        obey.reaches("failed=5").await;
        // Nothing was added by the failures.
        let status = obey.ask("status").await;
        assert!(
            status.contains("logs failing") && status.ends_with("failed=5"),
            "{status}"
        );
        obey.end().await.well();
    }
}

/// The attributes of a message as `key=value`.
fn pairs(attributes: &[KeyValue]) -> Vec<String> {
    let shown = |pair: &KeyValue| {
        let value = pair.value.as_ref().and_then(|value| value.value.as_ref());
        let value = format!("{:?}", value.unwrap());
        let value = value.split_once('(').unwrap().1.trim_end_matches(')');
        format!("{}={}", pair.key, value.trim_matches('"'))
    };
    attributes.iter().map(shown).collect()
}

#[tokio::test]
async fn each_key_is_sent_and_printed_once_and_the_nearest_value_counts() {
    let own = PROTOCOLS.map(|protocol| (protocol, "own"));
    for (protocol, exporter) in own.into_iter().chain([("http/protobuf", "stock")]) {
        let collector = collector().await;
        let program = scenario(["doubles"])
            .by(protocol, &collector)
            .with("OTELIER_EXPORTER", exporter)
            .with("OTELIER_CONSOLE", "json")
            .with("OTEL_RESOURCE_ATTRIBUTES", "team=a,team=b");
        let ended = program.run().await.well();
        let store = collector.store();
        let mut lists = Vec::new();
        let record = |body: &str| {
            let logs = store.logs();
            let log = logs.iter().find(|log| log.body() == body).unwrap();
            pairs(&log.proto().attributes)
        };
        for (body, expected) in [
            ("nearest", "user.id=of the event"),
            ("farther", "user.id=of the context"),
            ("last", "a=3"),
            ("place", "code.file.path=mine"),
        ] {
            let found = record(body);
            assert!(
                found.iter().any(|pair| pair == expected),
                "{protocol}: {found:?}"
            );
            lists.push(found);
        }
        for (name, expected) in [("work", "user.id=of the span"), ("by api", "a=3")] {
            let span = store.spans_named(name).remove(0);
            let found = pairs(&span.proto().attributes);
            assert!(
                found.iter().any(|pair| pair == expected),
                "{protocol}: {found:?}"
            );
            lists.push(found);
            lists.extend(
                span.proto()
                    .events
                    .iter()
                    .map(|event| pairs(&event.attributes)),
            );
        }
        let resource = store.spans_named("work").remove(0);
        lists.push(pairs(&resource.origin().resource().attributes));
        for list in lists {
            let mut keys: Vec<_> = list
                .iter()
                .map(|pair| pair.split_once('=').unwrap().0)
                .collect();
            keys.sort_unstable();
            let all = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), all, "{protocol} {exporter}: {list:?}");
        }
        assert!(
            ended.stdout.contains(r#""fields":{"b":2,"a":3}"#),
            "{}",
            ended.stdout
        );
        let counted = store.metrics_named("counted");
        assert_eq!(counted.len(), 1);
        let point = format!("{:?}", counted[0].point());
        assert_eq!(point.matches(r#"key: "a""#).count(), 1, "{point}");
    }
}
