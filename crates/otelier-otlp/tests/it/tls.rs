use std::{io::Write as _, process::Command, sync::Arc};

use otelier_otlp::{Cause, Protocol, Settings};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use tempfile::NamedTempFile;

use crate::{
    PROTOCOLS, batch, ok, open,
    server::{Server, Speaks, status},
    settings, speaks,
};

/// An authority of its own.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    pub(crate) pem: NamedTempFile,
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
            .distinguished_name
            .push(DnType::CommonName, "authority of a test");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let pem = file(&issuer.pem());
        Self { issuer, pem }
    }

    fn sign(&self, params: &CertificateParams) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    fn config(&self, params: &CertificateParams, clients: Option<&Self>) -> ServerConfig {
        let (certificate, key) = self.sign(params);
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.issuer.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
                        .build()
                        .unwrap();
                builder.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        builder
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap()
    }

    /// A server's configuration for one name.
    pub(crate) fn server(&self, name: &str) -> ServerConfig {
        self.config(&CertificateParams::new([name.to_owned()]).unwrap(), None)
    }
}

fn url(server: &Server) -> String {
    format!("https://localhost:{}", server.address.port())
}

fn trusting(authority: &Authority, protocol: Protocol, url: &str) -> Settings {
    let mut settings = settings(protocol, url);
    settings.tls.ca = Some(authority.pem.path().to_owned());
    settings
}

async fn start(protocol: Protocol, tls: ServerConfig) -> Server {
    Server::start_tls(speaks(protocol), tls, move |_, _| ok(protocol)).await
}

#[tokio::test]
async fn a_server_of_an_own_authority_is_trusted() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = start(protocol, authority.server("localhost")).await;
        let transport = open(trusting(&authority, protocol, &url(&server)));
        for _ in 0..3 {
            transport.send(batch()).await.unwrap();
        }
        assert_eq!(server.seen().len(), 3);
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_certificate_may_be_for_an_address() {
    let authority = Authority::new();
    let server = start(Protocol::Grpc, authority.server("127.0.0.1")).await;
    let url = format!("https://{}", server.address);
    let settings = trusting(&authority, Protocol::Grpc, &url);
    open(settings).send(batch()).await.unwrap();
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    for protocol in PROTOCOLS {
        let server = start(protocol, authority.server("localhost")).await;
        for settings in [
            settings(protocol, &url(&server)),
            trusting(&other, protocol, &url(&server)),
        ] {
            let failure = open(settings).send(batch()).await.unwrap_err();
            assert_eq!((&failure.cause, failure.attempts), (&Cause::Untrusted, 1));
            let text = failure.to_string();
            assert!(
                text.starts_with("certificate not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE"),
                "{text}"
            );
        }
    }
}

#[tokio::test]
async fn expired_and_early_certificates_are_told() {
    let authority = Authority::new();
    let mut expired = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let mut early = expired.clone();
    expired.not_after = date_time_ymd(2020, 1, 1);
    early.not_before = date_time_ymd(2999, 1, 1);
    for params in [expired, early] {
        let server = start(Protocol::Grpc, authority.config(&params, None)).await;
        let settings = trusting(&authority, Protocol::Grpc, &url(&server));
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::Expired);
        assert_eq!(failure.cause.error_type(), "certificate");
    }
}

#[tokio::test]
async fn a_certificate_for_another_name_is_told() {
    let authority = Authority::new();
    let server = start(Protocol::Grpc, authority.server("collector.test")).await;
    let settings = trusting(&authority, Protocol::Grpc, &url(&server));
    let failure = open(settings).send(batch()).await.unwrap_err();
    let text = failure.cause.to_string();
    assert!(
        text.starts_with("certificate is not for localhost:"),
        "{text}"
    );
}

#[tokio::test]
async fn a_client_certificate_is_shown_to_a_server_that_asks() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    for protocol in PROTOCOLS {
        let server = start(protocol, authority.config(&params, Some(&clients))).await;
        let mut settings = trusting(&authority, protocol, &url(&server));
        let failure = open(settings.clone()).send(batch()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::ClientCertificate);

        let (certificate, key) = authority.sign(&params);
        let files = (file(&certificate.pem()), file(&key.serialize_pem()));
        settings.tls.certificate = Some(files.0.path().to_owned());
        settings.tls.key = Some(files.1.path().to_owned());
        let failure = open(settings.clone()).send(batch()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::ClientCertificate);

        params.distinguished_name.push(DnType::CommonName, "me");
        let (certificate, key) = clients.sign(&params);
        let files = (file(&certificate.pem()), file(&key.serialize_pem()));
        settings.tls.certificate = Some(files.0.path().to_owned());
        settings.tls.key = Some(files.1.path().to_owned());
        open(settings).send(batch()).await.unwrap();
    }
}

#[tokio::test]
async fn tls_to_a_plain_port_is_told() {
    for protocol in PROTOCOLS {
        for speaks in [Speaks::Http1, Speaks::Http2] {
            let server = Server::start(speaks, |_, _| status(200)).await;
            let settings = settings(protocol, &url(&server));
            let failure = open(settings).send(batch()).await.unwrap_err();
            assert_eq!(failure.cause, Cause::ExpectedTls);
            assert_eq!(failure.attempts, 1);
        }
    }
}

#[tokio::test]
async fn no_tls_to_a_port_with_it_is_told() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = start(protocol, authority.server("localhost")).await;
        for _ in 0..10 {
            let settings = settings(protocol, &server.url());
            let failure = open(settings).send(batch()).await.unwrap_err();
            assert_eq!(failure.cause, Cause::UnexpectedTls);
        }
    }
}

#[tokio::test]
async fn the_wrong_port_is_told_over_tls_too() {
    let authority = Authority::new();
    for (protocol, offers, expected) in [
        (Protocol::Grpc, "http/1.1", Cause::ExpectedGrpc),
        (Protocol::HttpProtobuf, "h2", Cause::ExpectedHttp),
    ] {
        let mut tls = authority.server("localhost");
        tls.alpn_protocols = vec![offers.into()];
        let server = start(protocol, tls).await;
        let settings = trusting(&authority, protocol, &url(&server));
        let failure = open(settings).send(batch()).await.unwrap_err();
        assert_eq!(failure.cause, expected);
    }
}

const URL: &str = "OTELIER_TEST_URL";

/// Sends one batch in another process, which may have other roots.
async fn in_a_process(roots: &NamedTempFile, url: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("tls::as_a_process_of_its_own")
        .env("SSL_CERT_FILE", roots.path())
        .env_remove("SSL_CERT_DIR")
        .env(URL, url);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    String::from_utf8(output.await.unwrap().stdout).unwrap()
}

#[tokio::test]
#[ignore = "only what the next one runs"]
async fn as_a_process_of_its_own() {
    let Ok(url) = std::env::var(URL) else { return };
    match open(settings(Protocol::Grpc, &url)).send(batch()).await {
        Ok(_) => println!("delivered"),
        Err(failure) => println!("{failure}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_systems_roots_are_trusted_and_without_any_the_bundled_ones() {
    let authority = Authority::new();
    let server = start(Protocol::Grpc, authority.server("localhost")).await;
    let said = in_a_process(&authority.pem, &url(&server)).await;
    assert!(said.contains("delivered"), "{said}");
    let said = in_a_process(&file(""), &url(&server)).await;
    assert!(said.contains("certificate not trusted"), "{said}");
}
