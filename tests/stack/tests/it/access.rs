//! Who gets in where a Collector asks for certificates and tokens.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    process::{Program, role},
    real::{Launch, folder, open},
    suite::{Suite, add},
};

pub(crate) fn list(suite: &mut Suite) {
    add!(suite, Collector: with_tls_and_a_token_only_who_has_both_gets_in);
}

async fn with_tls_and_a_token_only_who_has_both_gets_in() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    certificates(folder.path());
    fs::write(path("tokens"), "a-token\nanother\n").unwrap();
    let launch = Launch::new("production", "file", folder.path())
        .overlay("tls")
        .overlay("bearer")
        .with("OTELCOL_TLS", folder.path().to_str().unwrap())
        .with("OTELCOL_TOKENS", &path("tokens"));
    let real = launch.start().await;
    let service = |name: &str| {
        role("numbered")
            .with("OTEL_SERVICE_NAME", name)
            .with("OTEL_METRICS_EXPORTER", "none")
            .with("OTEL_LOGS_EXPORTER", "none")
            .with("OTELIER_CONSOLE", "off")
            .with("OTEL_EXPORTER_OTLP_CERTIFICATE", path("server.crt"))
    };
    let certified = |program: Program| {
        program
            .with("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", path("server.crt"))
            .with("OTEL_EXPORTER_OTLP_CLIENT_KEY", path("server.key"))
    };
    const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    for (protocol, endpoint) in [("grpc", real.grpc()), ("http/protobuf", real.http())] {
        let to = |program: Program| {
            let endpoint = endpoint.replace("http://", "https://");
            let program = program.with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
            program.with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
        };
        let token = "authorization=Bearer%20another";
        let mut good = certified(to(service("good"))).with(HEADERS, token).start();
        good.ask("traces 0 1").await;
        let ended = good.end().await.well();
        assert!(
            ended.stdout.contains("exported=2 dropped=0 failed=0"),
            "{}",
            ended.stdout
        );
        for bad in [
            to(service("uncertified")).with(HEADERS, token),
            certified(to(service("unnamed"))),
            certified(to(service("wrong"))).with(HEADERS, "authorization=Bearer%20wrong"),
        ] {
            let mut bad = bad.with("OTEL_EXPORTER_OTLP_TIMEOUT", "1000").start();
            bad.ask("traces 0 1").await;
            bad.reaches("traces failing").await;
            bad.kill().await;
        }
    }
    drop(real.stop_anyhow().await);
    let came_out = open(folder.path()).await;
    let services: BTreeSet<_> = came_out
        .store()
        .spans()
        .iter()
        .map(|span| span.service().to_owned())
        .collect();
    assert_eq!(services, BTreeSet::from(["good".to_owned()]));
    assert_eq!(came_out.store().spans().len(), 4);
}

/// A server's certificate, and the authority that signs its clients'.
pub(crate) fn certificates(folder: &Path) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
        .unwrap();
    fs::write(folder.join("server.crt"), own.cert.pem()).unwrap();
    fs::write(folder.join("server.key"), own.signing_key.serialize_pem()).unwrap();
    fs::write(folder.join("clients.crt"), own.cert.pem()).unwrap();
}
