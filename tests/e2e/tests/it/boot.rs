//! What is wrong with the environment costs one signal and one line, never the
//! service.

use std::{
    os::unix::ffi::OsStrExt as _,
    time::{Duration, Instant},
};

use otelier_collector::{Code, Fault, Refusal, Signal};

use tokio::time::timeout;

use crate::harness::{
    Ended, PATIENCE, Scenario, bodies, collector, get, patient, scenario, span, wait,
};

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

/// Endpoints that no data can be sent to.
const UNUSABLE: [&str; 8] = [
    "htp://collector:4317",
    "http://",
    "http://:::",
    ":::",
    "http://[::1:4317",
    "http://no host:4317",
    "http://collector:99999",
    "unix://host/var/run/otel.sock",
];

async fn serves(scenario: Scenario) -> Ended {
    let mut api = scenario.start();
    let url = api.url().await;
    assert_eq!(get(&format!("{url}/repos/7")).await.0, 200);
    api.stop().await.well()
}

#[tokio::test]
async fn a_service_starts_and_serves_whatever_the_endpoint_is() {
    for endpoint in UNUSABLE {
        let ended = serves(scenario(["api"]).with(ENDPOINT, endpoint)).await;
        let line = ended.one_line_with(ENDPOINT);
        assert!(line.contains("not exporting to it"), "{endpoint}: {line}");
        assert_eq!(ended.lines_with("exporting traces"), [] as [&str; 0]);
    }
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_used_is_in_the_status() {
    let mut obey = scenario(["obey"]).with(ENDPOINT, "htp://x").start();
    let status = obey.ask("status").await;
    for signal in ["traces", "metrics", "logs"] {
        let expected = format!("{signal} off: {ENDPOINT} cannot be used");
        assert!(status.contains(&expected), "{status}");
    }
    obey.end().await.well();
}

#[tokio::test]
async fn a_bad_endpoint_for_one_signal_leaves_the_others_alone() {
    for (bad, name) in [
        (Signal::Logs, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"),
        (Signal::Traces, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        (Signal::Metrics, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
    ] {
        for endpoint in ["htp://x", ":::"] {
            let collector = collector().await;
            let ended = scenario(["ends", "shutdown"]).to(&collector);
            let ended = ended.with(name, endpoint).run().await.well();
            ended.one_line_with(name);
            let store = collector.store();
            let arrived = [
                (Signal::Traces, store.spans_named("work").len()),
                (Signal::Metrics, store.metrics_named("work.done").len()),
                (Signal::Logs, store.logs().len()),
            ];
            for (signal, count) in arrived {
                assert_eq!(count, usize::from(signal != bad), "{signal} of {bad}");
            }
        }
    }
}

#[tokio::test]
async fn a_certificate_that_cannot_be_read_costs_its_signal() {
    let collector = collector().await;
    let ended = scenario(["ends", "shutdown"])
        .to(&collector)
        .with("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "https://127.0.0.1:1")
        .with("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE", "/does/not/exist.pem");
    let ended = ended.run().await.well();
    assert_eq!(collector.store().spans_named("work").len(), 1);
    let line = ended.one_line_with("/does/not/exist.pem");
    assert!(line.contains("logs are not exported"), "{line}");
    assert!(
        line.contains("OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE: "),
        "{line}"
    );
}

#[tokio::test]
async fn a_receiver_that_is_slow_or_absent_delays_neither_boot_nor_requests() {
    let collector = collector().await;
    collector.set_fault(Fault::BlackHole);
    // Not routed; the documentation's own network.
    let silent = "http://192.0.2.1:4317".to_owned();
    let absent = "http://127.0.0.1:9".to_owned();
    for endpoint in [collector.grpc_endpoint(), silent, absent] {
        let started = Instant::now();
        let api = scenario(["api"]).with(ENDPOINT, &endpoint);
        let mut api = api.with("OTEL_EXPORTER_OTLP_TIMEOUT", "60000").start();
        let url = api.url().await;
        for _ in 0..20 {
            assert_eq!(get(&format!("{url}/repos/7")).await.0, 200);
        }
        // An attempt to export takes a minute there.
        assert!(started.elapsed() < Duration::from_secs(30), "{endpoint}");
    }
}

#[tokio::test]
async fn malformed_resource_attributes_are_reported_and_the_good_ones_survive() {
    let collector = collector().await;
    let ended = scenario(["ends", "shutdown"]).to(&collector).with(
        "OTEL_RESOURCE_ATTRIBUTES",
        "team=platform,nonsense,zz=%zz,=x,empty=,region=eu%20west",
    );
    let ended = ended.run().await.well();
    let work = span(collector.store(), "work").await;
    let resource = crate::identity::resource(work.origin());
    assert_eq!(resource["team"], "platform");
    assert_eq!(resource["region"], "eu west");
    assert_eq!(resource["empty"], "");
    assert!(!resource.contains_key("zz") && !resource.contains_key("nonsense"));
    let line = ended.one_line_with("OTEL_RESOURCE_ATTRIBUTES");
    assert!(line.contains("positions 2, 3, 4"), "{line}");
}

#[tokio::test]
async fn malformed_headers_are_reported_without_their_values() {
    for headers in [
        "authorization=Bearer hunter2%zz,x-tenant=blue",
        "hunter2,x-tenant=blue",
        "bad name=hunter2,x-tenant=blue",
        "x-new-line=hunter2%0Ahunter2,x-tenant=blue",
    ] {
        let collector = collector().await;
        let ended = scenario(["ends", "shutdown"]).to(&collector);
        let ended = ended.with("OTEL_EXPORTER_OTLP_HEADERS", headers);
        let ended = ended.with("RUST_LOG", "trace").run().await.well();
        assert!(!ended.output().contains("hunter2"), "{}", ended.output());
        ended.one_line_with("OTEL_EXPORTER_OTLP_HEADERS");
        let requests = collector.store().requests();
        assert!(!requests.is_empty());
        for request in requests {
            assert_eq!(request.header("x-tenant"), Some("blue"));
            assert_eq!(request.header("authorization"), None);
        }
    }
}

#[tokio::test]
async fn a_header_s_value_is_never_printed_and_never_recorded() {
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let mut api = scenario(["api"])
            .by(protocol, &collector)
            .with(
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=Bearer%20hunter2",
            )
            .with("OTEL_LOG_LEVEL", "trace,h2=trace,hyper=trace")
            .with("RUST_LOG", "trace")
            .start();
        let url = api.url().await;
        get(&format!("{url}/repos/7")).await;
        let ended = api.stop().await.well();
        assert!(!ended.output().contains("hunter2"), "{}", ended.output());
        let store = collector.store();
        for request in store.requests() {
            assert_eq!(request.header("authorization"), Some("Bearer hunter2"));
        }
        for log in store.logs() {
            assert!(!format!("{:?}", log.proto()).contains("hunter2"));
        }
        for span in store.spans() {
            assert!(!format!("{:?}", span.proto()).contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn variables_that_are_not_utf_8_stop_nobody() {
    let strange = std::ffi::OsStr::from_bytes(b"na\xffme");
    let collector = collector().await;
    let ended = scenario(["ends", "shutdown"])
        .to(&collector)
        .with("OTEL_SERVICE_NAME", strange)
        .with("OTEL_LOG_LEVEL", strange)
        .with("OTEL_EXPORTER_OTLP_HEADERS", strange)
        .with("RUST_LOG", "info");
    let ended = ended.run().await.well();
    let work = span(collector.store(), "work").await;
    assert!(work.service().starts_with("na"), "{}", work.service());
    ended.one_line_with("OTEL_LOG_LEVEL");
    ended.one_line_with("OTEL_EXPORTER_OTLP_HEADERS");
}

#[tokio::test]
async fn variables_that_are_not_supported_are_reported() {
    let collector = collector().await;
    let ended = scenario(["ends", "shutdown"])
        .to(&collector)
        .with("OTEL_CONFIG_FILE", "/etc/otel.yaml");
    let ended = ended.run().await.well();
    let line = ended.one_line_with("OTEL_CONFIG_FILE");
    assert!(line.contains("ignored"), "{line}");
}

#[tokio::test]
async fn a_terminal_that_is_gone_does_not_stop_a_service() {
    let collector = collector().await;
    let mut api = scenario(["api"]).to(&collector).start();
    let url = api.url().await;
    api.deafen();
    for _ in 0..5 {
        // It logs, and nobody can be told.
        assert_eq!(get(&format!("{url}/boom")).await.0, 500);
    }
    wait(collector.store(), |store| {
        (store.spans_named("GET /boom").len() == 5).then_some(())
    })
    .await;
    collector.set_fault(Fault::Reject(Refusal::new(Code::Internal, "broken")));
    assert_eq!(get(&format!("{url}/boom")).await.0, 500);
    api.stop().await.well();
}

#[tokio::test]
async fn values_that_cannot_be_used_give_one_line_each_and_the_default() {
    let bad = [
        (
            "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE",
            "sometimes",
        ),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "-1"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1h"),
        ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "long"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "brotli"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_PROPAGATORS", "pigeon"),
        ("OTEL_LOG_LEVEL", "loud"),
    ];
    let collector = collector().await;
    let mut program = scenario(["ends", "shutdown"]).to(&collector);
    for (variable, value) in bad {
        program = program.with(variable, value);
    }
    let ended = program.run().await.well();
    for (variable, _) in bad {
        let line = ended.one_line_with(&format!("{variable}:"));
        assert!(line.contains("WARN"), "{line}");
        assert!(line.contains("using "), "{line}");
    }
    let store = collector.store();
    assert_eq!(store.spans_named("work").len(), 1);
    assert_eq!(bodies(store), ["working"]);
    let done = &store.metrics_named("work.done")[0];
    assert_eq!(
        done.temporality().as_str_name(),
        "AGGREGATION_TEMPORALITY_CUMULATIVE"
    );
}

#[tokio::test]
async fn a_process_that_gets_no_thread_warns_and_runs_without_telemetry() {
    let collector = collector().await;
    let directory = tempfile::tempdir().unwrap();
    let ended = patient(["ends", "no runtime"])
        .to(&collector)
        .with("OTELIER_LOG_FILE", directory.path().join("ends.log"))
        // No stack is that large, so that each thread is refused.
        .with("RUST_MIN_STACK", "1000000000000000");
    let ended = ended.run().await.well();
    let line = ended.one_line_with("nothing is exported");
    assert!(
        line.contains("the export thread cannot be started"),
        "{line}"
    );
    ended.one_line_with("cannot write to");
    assert_eq!(ended.lines_with("panicked"), [] as [&str; 0]);
    assert_eq!(ended.told("complete"), "true");
    assert_eq!(collector.store().requests().len(), 0);
}

#[tokio::test]
async fn the_first_picture_waits_neither_for_a_second_batch_nor_for_the_span_on_top() {
    let collector = collector().await;
    let mut completions = collector.store().completions();
    // With the defaults: a second batch would come after five seconds.
    let mut process = patient(["obey"]).to(&collector).start();
    for command in ["open above", "below it"] {
        assert_eq!(process.ask(command).await, "done");
    }
    let first = timeout(PATIENCE, completions.next()).await.unwrap();
    assert_eq!(first.trace.spans().len(), 1);
    assert_eq!(first.trace.spans()[0].name(), "it");
    // It ends after the first picture.
    assert_eq!(process.ask("close").await, "done");
    assert_eq!(process.ask("flush").await, "complete");
    let second = timeout(PATIENCE, completions.next()).await.unwrap();
    assert_eq!((second.announced, second.trace.spans().len()), (1, 2));
    process.end().await.well();
}
