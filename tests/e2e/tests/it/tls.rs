//! Certificates.

use std::{io::Write as _, net::SocketAddr, sync::Arc};

use otelier_collector::{Running, Signal};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use tempfile::NamedTempFile;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use crate::harness::{PROTOCOLS, Scenario, collector, scenario, span};

pub(crate) const CERTIFICATE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";

/// Who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key.
struct Signed {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

pub(crate) fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(crate) fn pem(&self) -> NamedTempFile {
        file(&self.0.pem())
    }

    fn sign(&self, name: &str) -> Signed {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Signed { certificate, key }
    }

    /// Starts a proxy of this authority that takes TLS off in front of a
    /// collector, and returns its endpoint. With `clients` it asks for a
    /// certificate signed by them.
    pub(crate) async fn front(
        &self,
        collector: &Running,
        protocol: &str,
        clients: Option<&Self>,
    ) -> String {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.0.der().clone()).unwrap();
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let Signed { certificate, key } = self.sign("localhost");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![certificate.der().clone()];
        let mut config = config.with_single_cert(chain, key).unwrap();
        let (target, alpn) = match protocol {
            "grpc" => (collector.grpc_addr(), "h2"),
            _ => (collector.http_addr(), "http/1.1"),
        };
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::task::spawn(take_tls_off(listener, acceptor, target));
        format!("https://localhost:{port}")
    }
}

async fn take_tls_off(listener: TcpListener, acceptor: TlsAcceptor, target: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::task::spawn(async move {
            let Ok(mut stream) = acceptor.accept(stream).await else {
                return;
            };
            let mut inside = TcpStream::connect(target).await.unwrap();
            let _ = copy_bidirectional(&mut stream, &mut inside).await;
        });
    }
}

fn obey(protocol: &str, endpoint: String) -> Scenario {
    scenario(["obey"])
        .only(Signal::Traces)
        .with("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        .with("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
}

async fn arrives(program: Scenario, collector: &Running) {
    let mut obey = program.start();
    obey.ask("span secured").await;
    let secured = span(collector.store(), "secured");
    secured.await;
    let ended = obey.end().await.well();
    assert_eq!(ended.lines_with("WARN"), [] as [&str; 0]);
}

async fn fails(program: Scenario, cause: &str) {
    let mut obey = program.start();
    obey.ask("span refused").await;
    let status = obey.reaches("traces failing").await;
    assert!(status.contains(cause), "{status}");
    let ended = obey.end().await.well();
    let line = ended.one_line_with("traces cannot be exported");
    assert!(line.contains(cause), "{line}");
}

#[tokio::test]
async fn an_authority_of_one_s_own_is_trusted_when_a_variable_names_it() {
    let authority = Authority::new();
    let pem = authority.pem();
    for protocol in PROTOCOLS {
        let collector = collector().await;
        let endpoint = authority.front(&collector, protocol, None).await;
        let program = obey(protocol, endpoint).with(CERTIFICATE, path(&pem));
        arrives(program, &collector).await;
    }
}

#[tokio::test]
async fn an_unknown_authority_is_refused_and_the_cure_is_told() {
    let (authority, other) = (Authority::new(), Authority::new());
    let other = other.pem();
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let endpoint = authority.front(&collector, protocol, None).await;
        let cause = "certificate not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE";
        fails(obey(protocol, endpoint.clone()), cause).await;
        fails(
            obey(protocol, endpoint).with(CERTIFICATE, path(&other)),
            cause,
        )
        .await;
        assert_eq!(collector.store().requests(), []);
    }
}

#[tokio::test]
async fn the_system_s_roots_are_trusted() {
    let authority = Authority::new();
    let pem = authority.pem();
    let collector = collector().await;
    let endpoint = authority.front(&collector, "grpc", None).await;
    // Where the system says that they are.
    let program = obey("grpc", endpoint).with("SSL_CERT_FILE", path(&pem));
    arrives(program, &collector).await;
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_gets_it() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let pem = servers.pem();
    let client = clients.sign("client");
    let (chain, key) = (
        file(&client.certificate.pem()),
        file(&client.key.serialize_pem()),
    );
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let endpoint = servers.front(&collector, protocol, Some(&clients)).await;
        let program = obey(protocol, endpoint.clone())
            .with(CERTIFICATE, path(&pem))
            .with("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", path(&chain))
            .with("OTEL_EXPORTER_OTLP_CLIENT_KEY", path(&key));
        arrives(program, &collector).await;
        let program = obey(protocol, endpoint).with(CERTIFICATE, path(&pem));
        fails(program, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE").await;
    }
}

#[tokio::test]
async fn http_and_https_taken_for_each_other_are_told_apart() {
    let authority = Authority::new();
    let pem = authority.pem();
    for protocol in ["grpc", "http/protobuf"] {
        let collector = collector().await;
        let secure = authority.front(&collector, protocol, None).await;
        let plain = match protocol {
            "grpc" => collector.grpc_endpoint(),
            _ => collector.http_endpoint(),
        };
        let swapped = plain.replace("http://", "https://");
        let program = obey(protocol, swapped).with(CERTIFICATE, path(&pem));
        fails(program, "is the endpoint http:// rather than https://?").await;
        let swapped = secure.replace("https://", "http://");
        fails(
            obey(protocol, swapped),
            "is the endpoint https:// rather than http://?",
        )
        .await;
    }
}
