//! Certificates, and a front that takes TLS off.

use std::{io::Write as _, net::SocketAddr, sync::Arc};

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
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

use super::case::Trust;

/// Everything that a case with TLS needs, for as long as it is kept.
pub(crate) struct Credentials {
    trust: Trust,
    authority: CertifiedIssuer<'static, KeyPair>,
    files: [NamedTempFile; 3],
}

impl Credentials {
    pub(crate) fn new(trust: Trust) -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        let (certificate, key) = sign(&authority, "client", false)?;
        let files = [
            file(&authority.pem())?,
            file(&certificate.pem())?,
            file(&key.serialize_pem())?,
        ];
        Ok(Self {
            trust,
            authority,
            files,
        })
    }

    /// What the service is told.
    pub(crate) fn variables(&self) -> anyhow::Result<Vec<(&'static str, String)>> {
        let names = [
            "OTEL_EXPORTER_OTLP_CERTIFICATE",
            "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
            "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        ];
        let told = match self.trust {
            Trust::Unknown => 0,
            Trust::Known | Trust::Expired | Trust::Unproved => 1,
            Trust::Mutual => 3,
        };
        let mut variables = Vec::new();
        for (name, file) in names.into_iter().zip(&self.files).take(told) {
            let path = file.path().to_str().context("a path")?.to_owned();
            variables.push((name, path));
        }
        Ok(variables)
    }

    pub(crate) fn acceptor(&self, is_grpc: bool) -> anyhow::Result<TlsAcceptor> {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?;
        let config = match self.trust {
            Trust::Mutual | Trust::Unproved => {
                let mut roots = RootCertStore::empty();
                roots.add(self.authority.der().clone())?;
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build()?)
            }
            _ => config.with_no_client_auth(),
        };
        let has_expired = self.trust == Trust::Expired;
        let (certificate, key) = sign(&self.authority, "localhost", has_expired)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = config.with_single_cert(vec![certificate.der().clone()], key)?;
        let protocol: &[u8] = if is_grpc { b"h2" } else { b"http/1.1" };
        config.alpn_protocols = vec![protocol.to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

fn sign(
    authority: &CertifiedIssuer<'static, KeyPair>,
    name: &str,
    has_expired: bool,
) -> anyhow::Result<(Certificate, KeyPair)> {
    let mut params = CertificateParams::new([name.to_owned()])?;
    if has_expired {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    }
    let key = KeyPair::generate()?;
    Ok((params.signed_by(&key, authority)?, key))
}

fn file(text: &str) -> anyhow::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Passes what comes over TLS on without it.
pub(crate) async fn take_off(listener: TcpListener, acceptor: TlsAcceptor, to: SocketAddr) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(mut stream) = acceptor.accept(stream).await
                && let Ok(mut inside) = TcpStream::connect(to).await
            {
                let _ = copy_bidirectional(&mut stream, &mut inside).await;
            }
        });
    }
}
