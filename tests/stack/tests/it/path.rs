//! The way of telemetry from a service through the Collector into its file.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use otelier_collector::{Collector, Store};

use crate::{
    process::{Program, until},
    real::{Launch, Real, folder, open},
    sent::{Services, assert_same, booked, books, demo},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Collector:
        over_grpc_what_comes_out_is_what_went_in,
        over_http_what_comes_out_is_what_went_in,
        over_http_json_what_comes_out_is_what_went_in,
        compressed_what_comes_out_is_what_went_in,
        over_a_socket_what_comes_out_is_what_went_in,
        a_batch_is_never_larger_than_a_backend_takes_over_grpc,
        the_environment_is_added_where_a_service_does_not_name_its_own,
        a_secret_that_gets_through_a_service_is_caught_by_the_second_net,
        lines_of_a_file_become_records_with_time_severity_and_ids,
    );
}

async fn over_grpc_what_comes_out_is_what_went_in() {
    for mode in ["development", "production"] {
        all_the_way(
            mode,
            |launch| launch,
            |service, real| service.with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc()),
        )
        .await;
    }
}

async fn over_http_what_comes_out_is_what_went_in() {
    all_the_way(
        "production",
        |launch| launch,
        |service, real| {
            service
                .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.http())
                .with("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
        },
    )
    .await;
}

async fn over_http_json_what_comes_out_is_what_went_in() {
    all_the_way(
        "production",
        |launch| launch,
        |service, real| {
            service
                .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.http())
                .with("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")
        },
    )
    .await;
}

async fn compressed_what_comes_out_is_what_went_in() {
    for protocol in ["grpc", "http/protobuf"] {
        all_the_way(
            "production",
            |launch| launch,
            |service, real| {
                let endpoint = match protocol {
                    "grpc" => real.grpc(),
                    _ => real.http(),
                };
                service
                    .with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
                    .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
                    .with("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
            },
        )
        .await;
    }
}

async fn over_a_socket_what_comes_out_is_what_went_in() {
    let sockets = folder();
    let socket = sockets.path().join("otlp.sock");
    let socket = socket.to_str().unwrap();
    all_the_way(
        "production",
        |launch| launch.overlay("unix").with("OTELCOL_SOCKET", socket),
        |service, _| service.with("OTEL_EXPORTER_OTLP_ENDPOINT", format!("unix:{socket}")),
    )
    .await;
}

/// Sends the demo's traffic, and compares the Collector's file with the services' own books.
async fn all_the_way(
    mode: &str,
    launch: impl Fn(Launch) -> Launch,
    set_up: impl Fn(Program, &Real) -> Program,
) {
    let data = folder();
    let real = launch(Launch::new(mode, "file", data.path())).start().await;
    let (services, url) =
        Services::start(data.path(), |program| booked(set_up(program, &real))).await;
    demo(&url).await;
    until("the job is done", async || {
        let out = services.worker_output();
        out.contains("embedded").then_some(())
    })
    .await;
    let ended = services.stop().await;
    real.stop().await;
    let went_in = books(&ended, data.path()).await;
    let came_out = open(data.path()).await;
    assert_same(went_in.store(), came_out.store());
    let names = names(came_out.store());
    for name in [
        "POST /repos/{id}/index",
        "INSERT jobs",
        "job.clone_index",
        "embed",
    ] {
        assert!(names.contains(&name.to_owned()), "{name} in {names:?}");
    }
}

/// gRPC servers take 4 MiB unless told otherwise, and what is larger is refused for good.
async fn a_batch_is_never_larger_than_a_backend_takes_over_grpc() {
    for (backend, exporter) in [
        ("grafana", "tempo"),
        ("honeycomb", "honeycomb"),
        ("open", "jaeger"),
        ("signoz", "signoz"),
    ] {
        let taking = Collector::builder().with_store_bytes(1 << 30);
        let taking = taking
            .with_max_request_bytes(4 << 20)
            .start()
            .await
            .unwrap();
        let data = folder();
        let plain = "{tls: {insecure: true}}";
        let mut launch = Launch::new("production", backend, data.path())
            .with_all()
            .to(&taking);
        if backend == "honeycomb" {
            launch = launch.but(&format!(
                "exporters: {{otlp_grpc/honeycomb: {plain}, otlp_grpc/honeycomb_metrics: {plain}}}"
            ));
        }
        // The last batch, which is smaller, need not wait so long.
        let sooner = format!(
            "exporters: {{otlp_grpc/{exporter}: {{sending_queue: {{batch: {{flush_timeout: 1s}}}}}}}}"
        );
        let real = launch.but(&sooner).start().await;
        let mut service = crate::process::role("numbered")
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc())
            .with("OTEL_BSP_MAX_QUEUE_SIZE", "100000")
            .with("OTELIER_EXPORT_BUFFER_BYTES", "1000000000")
            .with("OTEL_METRICS_EXPORTER", "none")
            .with("OTEL_LOGS_EXPORTER", "none")
            .with("OTELIER_CONSOLE", "off")
            .start();
        service.ask("traces 0 5000 1000").await;
        service.end().await.well();
        until("every span has arrived", async || {
            let output = real.process.output();
            assert!(!output.contains("Dropping data"), "{backend}: {output}");
            (taking.store().stats().spans.accepted == 10_000).then_some(())
        })
        .await;
        assert_eq!(taking.store().stats().refused, 0, "{backend}");
        real.stop().await;
    }
}

fn names(store: &Store) -> Vec<String> {
    store
        .spans()
        .iter()
        .map(|span| span.name().to_owned())
        .collect()
}

/// What a resource of the store says of its environment, by service.
fn environment(store: &Store, service: &str) -> Option<String> {
    let spans = store.spans();
    let span = spans.iter().find(|span| span.service() == service)?;
    let attributes = &span.origin().resource().attributes;
    let found = attributes
        .iter()
        .find(|a| a.key == "deployment.environment.name")?;
    Some(format!("{:?}", found.value))
}

async fn the_environment_is_added_where_a_service_does_not_name_its_own() {
    let data = folder();
    let launch = Launch::new("production", "file", data.path());
    let real = launch.with("DEPLOYMENT_ENVIRONMENT", "blue").start().await;
    for (name, attributes) in [
        ("plain", ""),
        ("telling", "deployment.environment.name=green"),
    ] {
        let mut service = crate::process::role("numbered")
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc())
            .with("OTEL_SERVICE_NAME", name)
            .with("OTEL_RESOURCE_ATTRIBUTES", attributes)
            .start();
        service.ask("traces 0 1").await;
        service.end().await.well();
    }
    real.stop().await;
    let came_out = open(data.path()).await;
    for (name, expected) in [("plain", "blue"), ("telling", "green")] {
        let found = environment(came_out.store(), name).unwrap();
        assert!(found.contains(expected), "{name}: {found}");
    }
}

async fn a_secret_that_gets_through_a_service_is_caught_by_the_second_net() {
    let data = folder();
    let real = Launch::new("production", "file", data.path()).start().await;
    // As a service without a net of its own sends it.
    let attribute = |key: &str, value: &str| serde_json::json!({ "key": key, "value": { "stringValue": value } });
    let attributes = serde_json::json!([
        attribute("db.password", "hush-1"),
        attribute("http.request.header.authorization", "hush-2"),
        attribute("x-api-key", "hush-3"),
        attribute("refresh_token", "hush-4"),
        attribute("userPassword", "hush-6"),
        attribute(
            "note",
            "signed with eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodXNoIn0.hush5hush5"
        ),
        attribute("gen_ai.usage.max_tokens", "kept-1"),
        attribute("monkey", "kept-2"),
    ]);
    let resource = serde_json::json!({ "attributes": [attribute("service.name", "leaky")] });
    let body = serde_json::json!({ "stringValue": "key AKIAIOSFODNN7EXAMPLE in use" });
    let spans = serde_json::json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "spans": [{
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "name": "leak",
        "kind": 1, "startTimeUnixNano": "1", "endTimeUnixNano": "2", "attributes": attributes,
    }]}]}]});
    let logs = serde_json::json!({ "resourceLogs": [{ "resource": resource, "scopeLogs": [{ "logRecords": [{
        "timeUnixNano": "1", "body": body, "attributes": attributes,
    }]}]}]});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for (signal, message) in [("traces", spans), ("logs", logs)] {
        let url = format!("{}/v1/{signal}", real.http());
        let sent = client.post(url).header("content-type", "application/json");
        let answer = sent.body(message.to_string()).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }
    real.stop().await;
    let text = fs::read_to_string(data.path().join("telemetry.jsonl")).unwrap();
    for secret in ["hush", "AKIAIOSFODNN7EXAMPLE"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    for kept in ["kept-1", "kept-2", "leak", "in use"] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
}

async fn lines_of_a_file_become_records_with_time_severity_and_ids() {
    let data = folder();
    let file: PathBuf = data.path().join("shop.log");
    let launch = Launch::new("production", "file", data.path())
        .overlay("file_log")
        .with("OTELIER_LOG_FILE", file.to_str().unwrap());
    let real = launch.start().await;
    let (services, url) = Services::start(data.path(), |program| {
        program
            .with("OTEL_EXPORTER_OTLP_ENDPOINT", real.grpc())
            .with("OTEL_LOGS_EXPORTER", "none")
            .with("OTELIER_LOG_FILE", &file)
    })
    .await;
    demo(&url).await;
    until("the job is done", async || {
        services.worker_output().contains("embedded").then_some(())
    })
    .await;
    services.stop().await;
    let mut more = fs::OpenOptions::new().append(true).open(&file).unwrap();
    let panic = "thread 'main' (7) panicked at src/main.rs:7:5:\nit is\nbroken\n";
    more.write_all(panic.as_bytes()).unwrap();
    drop(more);
    until("all lines are read", async || {
        let text = fs::read_to_string(data.path().join("telemetry.jsonl")).unwrap_or_default();
        let expected = ["embedded", "something is broken", "panicked at"];
        expected
            .iter()
            .all(|body| text.contains(body))
            .then_some(())
    })
    .await;
    real.stop().await;
    let came_out = open(data.path()).await;
    assert_lines(&file, came_out.store());
}

/// Every line is a record, with what the line says.
fn assert_lines(file: &Path, store: &Store) {
    let text = fs::read_to_string(file).unwrap();
    let logs = store.logs();
    let lines: Vec<serde_json::Value> = text
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(logs.len(), lines.len() + 1, "and one panic");
    let mut with_ids = 0;
    for line in &lines {
        let told = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let (message, trace) = (told("message"), told("trace_id"));
        let found = logs.iter().find(|log| {
            let id = log.trace_id().map(|id| id.to_string()).unwrap_or_default();
            log.body() == message && id == trace
        });
        let found = found.unwrap_or_else(|| panic!("no record of {line}"));
        assert_eq!(found.level(), told("level"), "{line}");
        let span = found.span_id().map(|id| id.to_string()).unwrap_or_default();
        assert_eq!(span, told("span_id"), "{line}");
        assert!(found.proto().time_unix_nano > 0, "{line}");
        assert_eq!(found.service(), told("service.name"), "{line}");
        assert_eq!(
            found.attribute_text("target").unwrap(),
            told("target"),
            "{line}"
        );
        for gone in [
            "timestamp",
            "level",
            "trace_id",
            "span_id",
            "fields",
            "message",
        ] {
            assert!(found.attribute(gone).is_none(), "{gone} of {line}");
        }
        if !trace.is_empty() {
            with_ids += 1;
            let id = found.trace_id().unwrap();
            let trace = store.trace(id).unwrap();
            assert!(!trace.spans().is_empty(), "{line}");
        }
    }
    assert!(with_ids >= 4, "{with_ids}");
    let panic = logs.iter().find(|log| log.body().contains("panicked at"));
    assert!(
        panic.unwrap().body().ends_with("it is\nbroken"),
        "{panic:?}"
    );
}
