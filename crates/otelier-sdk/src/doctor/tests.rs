use super::{Patient, columns, distance, nearest};
use crate::{Off, Setup, Status};

/// What is printed where these are set, the spaces between columns as one.
fn report(setup: &Setup, set: &[(&str, &str)], problems: &[(&str, String)]) -> Vec<String> {
    let get = |name: &str| {
        let found = set.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    let patient = Patient {
        setup,
        problems,
        is_compiled_out: false,
        get: &get,
    };
    let status = Status::off([const { Off::NoEndpoint }; 3]);
    let names = set.iter().map(|(name, _)| (*name).to_owned()).collect();
    let text = patient.report(&status, names);
    let lines = text.lines();
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn a_value_is_told_with_where_it_comes_from() {
    let mut setup = Setup::new("code", "1.2.3");
    setup.export_concurrency = Some(3);
    let bad = "not a number from 1 to 1048576; using 2048".to_owned();
    let lines = report(
        &setup,
        &[
            ("OTEL_ATTRIBUTE_COUNT_LIMIT", "7"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
            ("OTEL_LOGS_EXPORTER", "none"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "5"),
            ("POD_NAME", "pod-1"),
        ],
        &[("OTEL_BSP_MAX_QUEUE_SIZE", bad.clone())],
    );
    for line in [
        "traces off: OTEL_EXPORTER_OTLP_ENDPOINT is not set",
        "OTEL_SERVICE_NAME code code",
        "DD_VERSION 1.2.3 code",
        "OTELIER_EXPORT_CONCURRENCY 3 code",
        "OTELIER_EXPORT_BUFFER_BYTES 16777216 default",
        "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT 7 OTEL_ATTRIBUTE_COUNT_LIMIT",
        "OTEL_BSP_MAX_QUEUE_SIZE 2048 default",
        &format!("OTEL_BSP_MAX_QUEUE_SIZE {bad}"),
        "OTEL_LOGS_EXPORTER none environment",
        "OTEL_EXPORTER_OTLP_TIMEOUT 10000 default",
        "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT 5 environment",
        "K8S_POD_NAME pod-1 POD_NAME",
    ] {
        assert!(
            lines.iter().any(|known| known == line),
            "{line}: {lines:#?}"
        );
    }
    let not_set = |line: &&String| line.contains("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT");
    assert_eq!(lines.iter().find(not_set), None);
}

#[test]
fn the_service_s_name_is_that_of_the_strongest_who_says_one() {
    let setup = Setup::new("code", "");
    let list = ("OTEL_RESOURCE_ATTRIBUTES", "team=a,service.name=list");
    let all = [("DD_SERVICE", "dd"), list, ("OTEL_SERVICE_NAME", "own")];
    for (said, line) in [
        (&all[..], "own environment"),
        (&all[..2], "list OTEL_RESOURCE_ATTRIBUTES"),
        (&all[..1], "dd DD_SERVICE"),
        (&[], "code code"),
    ] {
        let lines = report(&setup, said, &[]);
        let line = format!("OTEL_SERVICE_NAME {line}");
        assert!(lines.contains(&line), "{line}: {lines:#?}");
    }
}

#[test]
fn what_is_set_in_vain_is_told_with_the_name_that_is_meant() {
    let lines = report(
        &Setup::new("", ""),
        &[
            ("DD_AGENT_HOST", "agent"),
            ("OTEL_SERVICE_NAEM", "s3cret"),
            ("OTEL_ENTITIES", "s3cret"),
            ("OTEL_PYTHON_LOG_LEVEL", "s3cret"),
            ("PATH", "s3cret"),
        ],
        &[],
    );
    let start = lines.iter().position(|line| line.contains("ignored"));
    assert_eq!(
        lines[start.unwrap() + 1..][..4],
        [
            "DD_AGENT_HOST OTEL_EXPORTER_OTLP_ENDPOINT is the switch",
            "OTEL_ENTITIES entities are not recorded: use OTEL_RESOURCE_ATTRIBUTES",
            "OTEL_PYTHON_LOG_LEVEL nothing here reads it",
            "OTEL_SERVICE_NAEM nothing reads it: OTEL_SERVICE_NAME is read",
        ]
    );
    assert!(!lines.join("\n").contains("s3cret"), "{lines:#?}");
}

#[test]
fn no_secret_is_shown() {
    let headers = "authorization=Bearer%20s3cret,x-tenant=s3cret,s3cret";
    let lines = report(
        &Setup::new("", ""),
        &[
            ("OTEL_EXPORTER_OTLP_HEADERS", headers),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", headers),
            ("HTTPS_PROXY", "http://user:s3cret@proxy:3128"),
            ("HTTP_PROXY", "user:s3cret@proxy:3128"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "user:s3cret@host:4317"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team=a,api_key=s3cret"),
            ("DD_GIT_REPOSITORY_URL", "https://ci:s3cret@git.example/a"),
        ],
        &[],
    );
    let text = lines.join("\n");
    assert!(!text.contains("s3cret"), "{text}");
    assert!(text.contains("[REDACTED]@proxy:3128"), "{text}");
    assert!(text.contains("authorization=[REDACTED],x-tenant=[REDACTED],[REDACTED]"));
}

#[test]
fn columns_begin_below_each_other() {
    let mut text = String::new();
    let row = |cells: [&str; 3]| cells.map(str::to_owned);
    columns(&mut text, &[row(["é", "long", "x"]), row(["ab", "c", ""])]);
    assert_eq!(text, "  é   long  x\n  ab  c\n");
}

#[test]
fn letters_that_differ_are_counted() {
    assert_eq!(distance("ENDPOINT", "ENDPOINT"), 0);
    assert_eq!(distance("ENDPOIN", "ENDPOINT"), 1);
    assert_eq!(distance("ENDPIONT", "ENDPOINT"), 2);
    assert_eq!(distance("", "AB"), 2);
    assert_eq!(
        nearest("OTEL_EXPORTER_OTLP_ENDPIONT"),
        Some("OTEL_EXPORTER_OTLP_ENDPOINT")
    );
    assert_eq!(nearest("OTEL_JAVAAGENT_ENABLED"), None);
}
