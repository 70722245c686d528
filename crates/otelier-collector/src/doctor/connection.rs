//! Connects as a program would: name, TCP, TLS.

use super::settings::{Protocol, Tls};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;

/// How long a name, a connection and a handshake may take, each.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is said where TLS would be spoken, but not this protocol within it.
pub(super) const ALPN: &str = "it does not speak the protocol that was asked for (ALPN)";

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Where something is listened for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) secure: bool,
}

impl Place {
    /// The first address that takes a connection.
    pub(super) async fn reach(&self) -> Result<(TcpStream, SocketAddr), String> {
        let (host, port) = (self.host.as_str(), self.port);
        let late = |what: &str| format!("{what} took more than {} s", PATIENCE.as_secs());
        let found = timeout(PATIENCE, lookup_host((host, port))).await;
        let found = found.map_err(|_| late("looking up the name"))?;
        let found = found.map_err(|error| format!("the name is not found: {error}"))?;
        let mut last = "the name has no address".to_owned();
        for address in found {
            match timeout(PATIENCE, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, address)),
                Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                    last = format!("nothing listens on {address}: is it started, on this port?");
                }
                Ok(Err(error)) => last = format!("{address}: {error}"),
                Err(_) => last = late(&format!("connecting to {address}")),
            }
        }
        Err(last)
    }

    /// A connection on which requests can be sent.
    pub(super) async fn open(
        &self,
        protocol: Protocol,
        tls: &Tls,
    ) -> Result<Box<dyn Stream>, String> {
        let (stream, _) = self.reach().await?;
        match self.secure {
            false => Ok(Box::new(stream)),
            true => {
                let config = config(tls, protocol)?;
                let stream = handshake(config, &self.host, stream).await?;
                Ok(Box::new(stream))
            }
        }
    }

    /// Whether TLS is answered with TLS there, trusted or not.
    pub(super) async fn speaks_tls(&self) -> bool {
        let Ok((stream, _)) = self.reach().await else {
            return false;
        };
        let Ok(config) = config(&Tls::default(), Protocol::Http) else {
            return false;
        };
        let Ok(name) = name(&self.host) else {
            return false;
        };
        let shake = TlsConnector::from(config).connect(name, stream);
        match timeout(PATIENCE, shake).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => matches!(
                cause(&error),
                Some(
                    rustls::Error::InvalidCertificate(_)
                        | rustls::Error::AlertReceived(_)
                        | rustls::Error::NoApplicationProtocol
                )
            ),
            Err(_) => false,
        }
    }
}

async fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    stream: TcpStream,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, String> {
    let shake = TlsConnector::from(config).connect(name(host)?, stream);
    match timeout(PATIENCE, shake).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(explain(&error)),
        Err(_) => Err(format!(
            "TLS is not answered within {} s",
            PATIENCE.as_secs()
        )),
    }
}

fn name(host: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(host.to_owned()).map_err(|_| format!("{host} is no name for TLS"))
}

fn cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// What is wrong with TLS, and what would help.
fn explain(error: &io::Error) -> String {
    use rustls::Error;
    match cause(error) {
        Some(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => {
            "its certificate is not trusted: set OTEL_EXPORTER_OTLP_CERTIFICATE to a PEM file of \
             the authority that signed it"
                .into()
        }
        Some(Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => "its certificate is for another name than that of the endpoint".into(),
        Some(Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => "its certificate has expired".into(),
        Some(Error::InvalidCertificate(other)) => format!("its certificate is bad: {other}"),
        Some(Error::InvalidMessage(_)) => {
            "TLS is not spoken there: write the endpoint with http://".into()
        }
        Some(
            Error::NoApplicationProtocol
            | Error::AlertReceived(AlertDescription::NoApplicationProtocol),
        ) => ALPN.into(),
        Some(other) => format!("TLS: {other}"),
        None => format!("TLS: {error} (is it spoken there? else write http://)"),
    }
}

fn config(tls: &Tls, protocol: Protocol) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    match &tls.authorities {
        Some(file) => {
            for certificate in certificates("OTEL_EXPORTER_OTLP_CERTIFICATE", file)? {
                roots.add(certificate).map_err(|error| error.to_string())?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    let mut config = match (&tls.certificate, &tls.key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate)?;
            let key = PrivateKeyDer::from_pem_file(key)
                .map_err(|error| format!("OTEL_EXPORTER_OTLP_CLIENT_KEY: {error}"))?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| error.to_string())?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![match protocol {
        Protocol::Grpc => b"h2".to_vec(),
        Protocol::Http => b"http/1.1".to_vec(),
    }];
    Ok(Arc::new(config))
}

fn certificates(variable: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match all {
        Ok(all) if all.is_empty() => Err(format!("{variable}: no certificate in the file")),
        Ok(all) => Ok(all),
        Err(error) => Err(format!("{variable}: {error}")),
    }
}
