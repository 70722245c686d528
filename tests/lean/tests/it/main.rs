//! What a build of the feature `otel-http` alone holds, does and says.

mod receiver;

use std::{env, process::Command};

use self::receiver::Receiver;

/// What the service says, with these variables.
fn said(variables: &[(&str, &str)]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_lean"))
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let texts = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    let said = texts.concat();
    assert!(output.status.success(), "{said}");
    said
}

/// The only line that tells of a feature.
fn line<'a>(said: &'a str, variables: &[(&str, &str)]) -> &'a str {
    let mut lines = said.lines().filter(|line| line.contains("cargo feature"));
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("{variables:?}: {said}"));
    assert_eq!(lines.next(), None, "{variables:?}: {said}");
    line
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

#[test]
fn what_a_variable_asks_for_and_is_not_built_in_is_told_by_variable_and_feature() {
    let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
    let local = (ENDPOINT, "http://127.0.0.1:4317");
    let elsewhere = (ENDPOINT, "http://127.0.0.1:1");
    for (variables, variable, feature) in [
        (&[local][..], ENDPOINT, "otlp-grpc"),
        (&[elsewhere, grpc], grpc.0, "otlp-grpc"),
        (&[(ENDPOINT, "127.0.0.1:4317")], ENDPOINT, "otlp-grpc"),
        (&[(ENDPOINT, "https://127.0.0.1:4318")], ENDPOINT, "tls"),
        (
            &[("RUST_LOG", "info,[request]=debug")],
            "RUST_LOG",
            "env-filter",
        ),
    ] {
        let said = said(variables);
        let line = line(&said, variables);
        assert!(line.contains(&format!("{variable}: ")), "{line}");
        assert!(
            line.contains(&format!("the cargo feature `{feature}`")),
            "{line}"
        );
    }
}

#[test]
fn the_variable_of_one_signal_is_told_of_by_its_own_name() {
    let receiver = Receiver::start();
    let own = "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL";
    let variables = [(ENDPOINT, &*receiver.endpoint), (own, "grpc")];
    let said = said(&variables);
    assert!(line(&said, &variables).contains(own), "{said}");
    // The others are exported.
    assert!(said.contains("traces: 1"), "{said}");
}

#[test]
fn a_proxy_over_tls_is_told_of_for_each_signal_that_it_costs() {
    let said = said(&[
        (ENDPOINT, "http://127.0.0.1:4318"),
        ("ALL_PROXY", "https://127.0.0.1:1"),
    ]);
    for signal in ["traces", "metrics", "logs"] {
        let text =
            format!("{signal} are not exported: ALL_PROXY: https needs the cargo feature `tls`");
        assert_eq!(said.matches(&text).count(), 1, "{said}");
    }
}

#[test]
fn gzip_stands_for_zstd() {
    let receiver = Receiver::start();
    let variables = [
        (ENDPOINT, &*receiver.endpoint),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
    ];
    let said = said(&variables);
    let line = line(&said, &variables);
    assert!(
        line.contains("OTEL_EXPORTER_OTLP_COMPRESSION: zstd needs"),
        "{line}"
    );
    assert!(line.contains("the cargo feature `zstd`"), "{line}");
    assert!(line.contains("using gzip"), "{line}");
    let heads = receiver.heads();
    assert!(
        heads
            .iter()
            .all(|head| head.contains("content-encoding: gzip")),
        "{heads:?}"
    );
}

#[test]
fn an_endpoint_that_says_no_protocol_is_spoken_http_to() {
    let receiver = Receiver::start();
    let said = said(&[(ENDPOINT, &*receiver.endpoint)]);
    assert!(
        said.contains("traces: 1") && !said.contains("cargo feature"),
        "{said}"
    );
    let heads = receiver.heads();
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        let begin = format!("post {path} http/1.1");
        assert!(
            heads.iter().any(|head| head.starts_with(&begin)),
            "{heads:?}"
        );
    }
}

#[test]
fn other_directives_than_those_of_spans_stand() {
    let said = said(&[("RUST_LOG", "[request]=trace,lean=debug,info")]);
    assert!(
        said.contains("served") && said.contains("left out"),
        "{said}"
    );
}

#[test]
fn the_tree_holds_nothing_of_what_was_left_out() {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["tree", "--offline", "-e", "normal,build"])
        .args(["--prefix", "none", "--package", "lean"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert!(names.contains(&"otelier-otlp"), "{tree}");
    for unwanted in [
        "cc",
        "h2",
        "regex-automata",
        "ring",
        "rustls",
        "serde_urlencoded",
        "zstd",
    ] {
        assert!(!names.contains(&unwanted), "{unwanted}: {tree}");
    }
}
