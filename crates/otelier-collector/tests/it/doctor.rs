//! The subcommand `doctor`, as scripts call it.

use crate::{
    asked::query,
    process::{Process, binary},
};
use http::StatusCode;
use otelier_collector::{Code, Collector, Fault, Refusal};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// The exit status and what was written, with these variables alone.
pub(crate) async fn doctor(arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = binary();
    command.env_clear().envs(variables.iter().copied());
    let output = command
        .arg("doctor")
        .args(arguments)
        .output()
        .await
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    (output.status.code().unwrap(), text)
}

#[tokio::test]
async fn a_doctor_sends_a_trace_over_either_protocol_and_tells_its_id() {
    let process = Process::start(&[]).await;
    let http = format!("http://{}", process.http);
    let grpc = format!("http://{}", process.grpc);
    let ways = [
        (&grpc, &[][..], "traces are taken over gRPC\n"),
        (
            &http,
            &[],
            "traces are taken over HTTP, not over gRPC: set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n",
        ),
        (
            &http,
            &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")],
            "traces are taken over HTTP\n",
        ),
    ];
    for (endpoint, variables, words) in ways {
        let (code, text) = doctor(&["--endpoint", endpoint], variables).await;
        assert_eq!((code, text.matches('✓').count()), (0, 4), "{text}");
        assert!(text.contains(words), "{text}");
        for signal in ["traces", "metrics", "logs"] {
            assert!(
                text.contains(&format!("✓ {signal} are taken over ")),
                "{text}"
            );
        }
        let id = text.trim_end().rsplit(' ').next().unwrap();
        let sought = format!("trace:{id} service:otelier-doctor");
        let found = query(&[&sought, "--endpoint", &http]).await;
        assert_eq!(found.0, 0, "{text}");
    }
}

#[tokio::test]
async fn a_doctor_takes_the_endpoints_that_a_program_would_take() {
    let process = Process::start(&[]).await;
    let http = format!("http://{}", process.http);
    let grpc = format!("http://{}", process.grpc);
    let logs = format!("{http}/v1/logs");
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", grpc.as_str()),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &logs),
        ("OTEL_METRICS_EXPORTER", "none"),
    ];
    let (code, text) = doctor(&[], &variables).await;
    assert_eq!(code, 0, "{text}");
    for words in [
        "– metrics are not sent: OTEL_METRICS_EXPORTER does not name otlp\n",
        "✓ traces are taken over gRPC\n",
        "✓ logs are taken over HTTP\n",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let (code, text) = doctor(&[], &[]).await;
    assert_eq!(code, 1);
    assert!(
        text.contains("✗ nothing is sent at all: set OTEL_EXPORTER_OTLP_ENDPOINT"),
        "{text}"
    );
}

#[tokio::test]
async fn a_doctor_tells_what_is_wrong_and_what_helps() {
    let process = Process::start(&[]).await;
    let http = format!("http://{}", process.http);
    let grpc = format!("http://{}", process.grpc);
    let secure = format!("https://{}", process.grpc);
    for (endpoint, protocol, words) in [
        (
            "http://127.0.0.1:1",
            "grpc",
            "✗ http://127.0.0.1:1 is not reachable: nothing listens on",
        ),
        (
            "http://no-such-host.invalid:4317",
            "grpc",
            "the name is not found",
        ),
        (
            "htp://x",
            "grpc",
            "begins with neither http:// nor https://",
        ),
        ("http://me:s3cret@localhost:4317", "grpc", "holds a user"),
        (
            &http,
            "grpc",
            "set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        ),
        (
            &grpc,
            "http/protobuf",
            "set OTEL_EXPORTER_OTLP_PROTOCOL=grpc",
        ),
        (&secure, "grpc", "write the endpoint with http://"),
    ] {
        let variables = [("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)];
        let (code, text) = doctor(&["--endpoint", endpoint], &variables).await;
        assert_eq!(code, 1, "{endpoint}: {text}");
        assert!(text.contains(words), "{endpoint}: {text}");
        assert!(
            !text.contains("s3cret") && !text.contains("the trace that was sent"),
            "{text}"
        );
    }
    let path = format!("{http}/somewhere");
    let (code, text) = doctor(&["--endpoint", &path], &[]).await;
    assert!(code == 1 && text.contains("404"), "{text}");
}

#[tokio::test]
async fn a_doctor_tells_a_missing_key_from_a_missing_receiver() {
    for (code, status, words) in [
        (
            Code::Unauthenticated,
            StatusCode::UNAUTHORIZED,
            "wants a key",
        ),
        (
            Code::Unavailable,
            StatusCode::SERVICE_UNAVAILABLE,
            "not taken",
        ),
    ] {
        let refusal = Refusal::new(code, "no").with_http(status.as_u16());
        let fault = Fault::Reject(refusal);
        let collector = Collector::builder()
            .with_fault(fault)
            .start()
            .await
            .unwrap();
        for endpoint in [collector.grpc_endpoint(), collector.http_endpoint()] {
            let variables = [(
                "OTEL_EXPORTER_OTLP_HEADERS",
                "authorization=Bearer%20s3cret",
            )];
            let (code, text) = doctor(&["--endpoint", &endpoint], &variables).await;
            assert_eq!((code, text.matches(words).count()), (1, 3), "{text}");
            assert!(!text.contains("s3cret"), "{text}");
        }
        collector.shutdown().await;
    }
}

/// An authority of its own.
pub(crate) fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A proxy that takes TLS off in front of an address.
pub(crate) async fn front(
    target: SocketAddr,
    alpn: &str,
    name: &str,
    issuer: &CertifiedIssuer<'static, KeyPair>,
) -> u16 {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut inside = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut stream, &mut inside).await;
            });
        }
    });
    port
}

#[tokio::test]
async fn a_doctor_tells_whether_tls_is_trusted() {
    let collector = Collector::builder().start().await.unwrap();
    let issuer = authority();
    let folder = tempfile::tempdir().unwrap();
    let pem = folder.path().join("ca.pem");
    std::fs::write(&pem, issuer.pem()).unwrap();
    let pem = pem.to_str().unwrap();
    let grpc = front(collector.grpc_addr(), "h2", "localhost", &issuer).await;
    let http = front(collector.http_addr(), "http/1.1", "localhost", &issuer).await;
    let other = front(collector.http_addr(), "http/1.1", "elsewhere", &issuer).await;
    for (port, words) in [
        (grpc, "✓ traces are taken over gRPC\n"),
        (http, "✓ traces are taken over HTTP, not over gRPC"),
    ] {
        let endpoint = format!("https://localhost:{port}");
        let (code, text) = doctor(&["--endpoint", &endpoint, "--certificate", pem], &[]).await;
        assert_eq!((code, text.matches('✓').count()), (0, 5), "{text}");
        assert!(
            text.contains("✓ TLS is trusted\n") && text.contains(words),
            "{text}"
        );
        let by_variable = [("OTEL_EXPORTER_OTLP_CERTIFICATE", pem)];
        assert_eq!(doctor(&["--endpoint", &endpoint], &by_variable).await.0, 0);
        let (code, text) = doctor(&["--endpoint", &endpoint], &[]).await;
        assert_eq!(code, 1);
        assert!(
            text.contains("✗ its certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE"),
            "{text}"
        );
        let plain = format!("http://localhost:{port}");
        let (code, text) = doctor(&["--endpoint", &plain], &[]).await;
        assert_eq!(code, 1);
        assert!(text.contains("write the endpoint with https://"), "{text}");
    }
    let endpoint = format!("https://localhost:{other}");
    let (code, text) = doctor(&["--endpoint", &endpoint, "--certificate", pem], &[]).await;
    assert!(code == 1 && text.contains("for another name"), "{text}");
    let missing = ["--endpoint", &endpoint, "--certificate", "/nowhere.pem"];
    let (code, text) = doctor(&missing, &[]).await;
    assert!(
        code == 1 && text.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"),
        "{text}"
    );
    collector.shutdown().await;
}

#[tokio::test]
async fn a_doctor_names_variables_that_nothing_heeds() {
    let process = Process::start(&[]).await;
    let grpc = format!("http://{}", process.grpc);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", grpc.as_str()),
        ("OTEL_CONFIG_FILE", "otel.yaml"),
        ("OTEL_SERVICE_NAME", "api"),
    ];
    let (code, text) = doctor(&[], &variables).await;
    assert_eq!(code, 0, "{text}");
    assert!(
        text.starts_with("– OTEL_CONFIG_FILE is set and ignored: not supported\n"),
        "{text}"
    );
    let misspelt = [("OTEL_EXPORTER_OTLP_ENDPIONT", grpc.as_str())];
    let (code, text) = doctor(&[], &misspelt).await;
    assert_eq!(code, 1);
    assert!(
        text.contains("OTEL_EXPORTER_OTLP_ENDPOINT is read"),
        "{text}"
    );
}

#[tokio::test]
async fn a_doctor_names_who_pulls_a_second_opentelemetry() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Cargo.lock");
    let lock = format!("--lock={}", file.display());
    let one = "[[package]]\nname = \"opentelemetry\"\nversion = \"0.33.1\"\n";
    std::fs::write(&file, one).unwrap();
    let well = (0, "✓ one opentelemetry, 0.33.1\n".into());
    assert_eq!(doctor(&[&lock], &[]).await, well);
    let two = "\n[[package]]\nname = \"opentelemetry\"\nversion = \"0.31.0\"\n\n[[package]]\n\
               name = \"old\"\nversion = \"1.0.0\"\ndependencies = [\n \"opentelemetry 0.31.0\",\n]\n";
    std::fs::write(&file, format!("{one}{two}")).unwrap();
    let (code, text) = doctor(&[&lock], &[]).await;
    assert_eq!(
        (code, text.contains("0.31.0 by old 1.0.0")),
        (1, true),
        "{text}"
    );
}
