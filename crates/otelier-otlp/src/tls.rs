//! TLS from PEM files and roots, always on the ring provider.

use std::{
    io,
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, InvalidMessage, RootCertStore,
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName,
        pem::{self, PemObject as _},
    },
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{Cause, Error, Protocol, Tls};

/// What a connection is encrypted by.
pub(crate) type Config = Arc<ClientConfig>;

/// How TLS fails.
pub(crate) type Fault = rustls::Error;

const CERTIFICATE: &str = "CERTIFICATE";
const CLIENT_CERTIFICATE: &str = "CLIENT_CERTIFICATE";
const CLIENT_KEY: &str = "CLIENT_KEY";

/// The configuration for the collector.
pub(crate) fn config(tls: &Tls, protocol: Protocol) -> Result<Config, Error> {
    let roots = match &tls.ca {
        Some(path) => Arc::new(with_own(RootCertStore::empty(), path)?),
        None => Arc::clone(known_roots()),
    };
    let builder = builder(roots)?;
    let mut config = match (&tls.certificate, &tls.key) {
        (None, None) => builder.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let chain = certificates(CLIENT_CERTIFICATE, certificate)?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| unusable(CLIENT_KEY, key, error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| rejected(CLIENT_KEY, error))?
        }
        (Some(_), None) => {
            return Err(Error::Unpaired {
                variable: CLIENT_KEY,
            });
        }
        (None, Some(_)) => {
            return Err(Error::Unpaired {
                variable: CLIENT_CERTIFICATE,
            });
        }
    };
    config.alpn_protocols = vec![match protocol {
        Protocol::Grpc => b"h2".to_vec(),
        Protocol::HttpProtobuf | Protocol::HttpJson => b"http/1.1".to_vec(),
    }];
    Ok(Arc::new(config))
}

/// The configuration for a proxy that is itself reached over TLS. It may have
/// its certificate from the collector's authority or from a known one.
pub(crate) fn proxy_config(tls: &Tls, _: &'static str) -> Result<Config, Error> {
    let roots = match &tls.ca {
        Some(path) => Arc::new(with_own(known_roots().as_ref().clone(), path)?),
        None => Arc::clone(known_roots()),
    };
    let mut config = builder(roots)?.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Encrypts a stream to that host.
pub(crate) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    config: &Config,
    host: &str,
    stream: S,
) -> io::Result<TlsStream<S>> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let connector = TlsConnector::from(Arc::clone(config));
    connector.connect(name, stream).await
}

type Builder = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn builder(roots: Arc<RootCertStore>) -> Result<Builder, Error> {
    // Never the process default: another crate may install one, or two
    // features may leave rustls without any.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| rejected(CERTIFICATE, error))?
        .with_root_certificates(roots))
}

fn with_own(mut roots: RootCertStore, path: &Path) -> Result<RootCertStore, Error> {
    for certificate in certificates(CERTIFICATE, path)? {
        roots
            .add(certificate)
            .map_err(|error| rejected(CERTIFICATE, error))?;
    }
    Ok(roots)
}

/// The system's roots or, where it has none, the bundled ones; read once a
/// process, since that takes milliseconds.
fn known_roots() -> &'static Arc<RootCertStore> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    ROOTS.get_or_init(|| Arc::new(roots_of(rustls_native_certs::load_native_certs().certs)))
}

fn roots_of(system: Vec<CertificateDer<'static>>) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(system);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

fn certificates(
    variable: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect)
        .map_err(|error| unusable(variable, path, error))?;
    if all.is_empty() {
        return Err(unusable(variable, path, pem::Error::NoItemsFound));
    }
    Ok(all)
}

fn unusable(variable: &'static str, path: &Path, error: pem::Error) -> Error {
    let path = path.to_owned();
    match error {
        pem::Error::Io(source) => Error::Unreadable {
            variable,
            path,
            source,
        },
        other => Error::NotPem {
            variable,
            path,
            source: Box::new(other),
        },
    }
}

fn rejected(variable: &'static str, error: Fault) -> Error {
    Error::Rejected {
        variable,
        source: Box::new(error),
    }
}

/// What a failed handshake means, or an alert that comes after it.
pub(crate) fn cause(error: &Fault, protocol: Protocol, peer: &Arc<str>) -> Cause {
    use rustls::Error as Rustls;
    match error {
        Rustls::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Cause::Expired,
        Rustls::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => Cause::WrongName {
            peer: Arc::clone(peer),
        },
        Rustls::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => Cause::Untrusted,
        Rustls::InvalidMessage(InvalidMessage::InvalidContentType) => Cause::ExpectedTls,
        Rustls::AlertReceived(AlertDescription::NoApplicationProtocol)
        | Rustls::NoApplicationProtocol => match protocol {
            Protocol::Grpc => Cause::ExpectedGrpc,
            Protocol::HttpProtobuf | Protocol::HttpJson => Cause::ExpectedHttp,
        },
        Rustls::AlertReceived(
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::DecryptError
            | AlertDescription::AccessDenied,
        ) => Cause::ClientCertificate,
        other => Cause::Tls {
            message: other.to_string().into_boxed_str(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_without_roots_gets_the_bundled_ones() {
        let bundled = webpki_roots::TLS_SERVER_ROOTS;
        assert!(bundled.len() > 50);
        assert_eq!(roots_of(Vec::new()).len(), bundled.len());
        let broken = CertificateDer::from(vec![1, 2, 3]);
        assert_eq!(roots_of(vec![broken]).len(), bundled.len());

        let params = rcgen::CertificateParams::default();
        let key = rcgen::KeyPair::generate().unwrap();
        let own = params.self_signed(&key).unwrap().der().clone();
        let roots = roots_of(vec![own.clone()]);
        assert_eq!(roots.len(), 1);
    }
}
