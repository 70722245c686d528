//! Connects as a program would: socket or name and TCP, proxy, TLS.

use super::{proxy::Proxy, settings::Protocol};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ConfigBuilder, RootCertStore,
    client::WantsClientCert,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _},
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
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

/// A file, and the variable that names it.
pub(super) type Named = (String, PathBuf);

/// What TLS is spoken with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tls {
    pub(super) authorities: Option<Named>,
    pub(super) certificate: Option<Named>,
    pub(super) key: Option<Named>,
}

/// Where something is listened for.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Peer {
    Host(String, u16),
    /// A socket of this machine.
    Socket(PathBuf),
}

impl Peer {
    pub(super) const fn is_host(&self) -> bool {
        matches!(self, Self::Host(..))
    }
}

/// Where something is listened for, and the way there.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) peer: Peer,
    pub(super) secure: bool,
    pub(super) proxy: Option<Proxy>,
    pub(super) tls: Tls,
}

impl Place {
    /// Whether the proxy passes requests on, and sees them; it opens a tunnel otherwise.
    pub(super) fn is_passed_on(&self, protocol: Protocol) -> bool {
        // Proxies do not speak HTTP/2 without TLS to their clients.
        self.proxy.is_some() && !self.secure && protocol == Protocol::Http
    }

    /// A connection, and the address at its other end: of the first that takes one.
    pub(super) async fn reach(
        &self,
        protocol: Protocol,
    ) -> Result<(Box<dyn Stream>, String), String> {
        let (host, port) = match &self.peer {
            Peer::Socket(path) => return socket(path).await,
            Peer::Host(host, port) => (host, *port),
        };
        let Some(proxy) = &self.proxy else {
            return dial(host, port).await;
        };
        let (stream, address) = proxy.reach(&self.tls).await?;
        let words = format!("the proxy {address} of {}", proxy.variable);
        if self.is_passed_on(protocol) {
            return Ok((stream, words));
        }
        let authority = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let opening = timeout(PATIENCE, proxy.tunnel(stream, &authority)).await;
        let opened = opening.map_err(|_| late("a tunnel through the proxy"))?;
        Ok((opened?, words))
    }

    /// A connection on which requests can be sent.
    pub(super) async fn open(&self, protocol: Protocol) -> Result<Box<dyn Stream>, String> {
        let (stream, _) = self.reach(protocol).await?;
        match (&self.peer, self.secure) {
            (Peer::Host(host, _), true) => {
                handshake(self.tls.config(protocol)?, host, stream).await
            }
            _ => Ok(stream),
        }
    }

    /// Whether TLS is answered with TLS there, trusted or not.
    pub(super) async fn speaks_tls(&self) -> bool {
        let Peer::Host(host, _) = &self.peer else {
            return false;
        };
        // What is asked for gets through a proxy by a tunnel alone.
        let Ok((stream, _)) = self.reach(Protocol::Grpc).await else {
            return false;
        };
        let Ok(config) = Tls::default().config(Protocol::Http) else {
            return false;
        };
        let Ok(name) = name(host) else {
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

fn late(what: &str) -> String {
    format!("{what} took more than {} s", PATIENCE.as_secs())
}

/// A connection to the first address of a name that takes one.
pub(super) async fn dial(host: &str, port: u16) -> Result<(Box<dyn Stream>, String), String> {
    let found = timeout(PATIENCE, lookup_host((host, port))).await;
    let found = found.map_err(|_| late("looking up the name"))?;
    let found = found.map_err(|error| format!("the name is not found: {error}"))?;
    let mut last = "the name has no address".to_owned();
    for address in found {
        match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok((Box::new(stream), address.to_string())),
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                last = format!("nothing listens on {address}: is it started, on this port?");
            }
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = late(&format!("connecting to {address}")),
        }
    }
    Err(last)
}

#[cfg(unix)]
async fn socket(path: &Path) -> Result<(Box<dyn Stream>, String), String> {
    match timeout(PATIENCE, tokio::net::UnixStream::connect(path)).await {
        Ok(Ok(stream)) => Ok((Box::new(stream), path.display().to_string())),
        Ok(Err(error)) => Err(match error.kind() {
            io::ErrorKind::NotFound => "there is no such socket: is a collector running?".into(),
            io::ErrorKind::PermissionDenied => "this user may not write to the socket".into(),
            io::ErrorKind::ConnectionRefused => "nothing listens on the socket".into(),
            _ => error.to_string(),
        }),
        Err(_) => Err(late("connecting to the socket")),
    }
}

#[cfg(not(unix))]
#[expect(clippy::unused_async, reason = "it is on other systems")]
async fn socket(_: &Path) -> Result<(Box<dyn Stream>, String), String> {
    Err("this system has no Unix sockets".into())
}

pub(super) async fn handshake(
    config: Arc<ClientConfig>,
    host: &str,
    stream: Box<dyn Stream>,
) -> Result<Box<dyn Stream>, String> {
    let shake = TlsConnector::from(config).connect(name(host)?, stream);
    match timeout(PATIENCE, shake).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
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

impl Tls {
    /// For an endpoint.
    fn config(&self, protocol: Protocol) -> Result<Arc<ClientConfig>, String> {
        let mut roots = RootCertStore::empty();
        match &self.authorities {
            Some(file) => trust(&mut roots, file)?,
            None => trust_the_known(&mut roots),
        }
        let builder = builder(roots)?;
        let mut config = match (&self.certificate, &self.key) {
            (Some(certificate), Some((variable, key))) => {
                let chain = certificates(certificate)?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| format!("{variable}: {error}"))?;
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

    /// For a proxy that is itself reached over TLS: its certificate may be of the endpoint's
    /// authority, or of a known one.
    pub(super) fn for_a_proxy(&self) -> Result<Arc<ClientConfig>, String> {
        let mut roots = RootCertStore::empty();
        trust_the_known(&mut roots);
        if let Some(file) = &self.authorities {
            trust(&mut roots, file)?;
        }
        let mut config = builder(roots)?.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn builder(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots))
}

fn trust(roots: &mut RootCertStore, file: &Named) -> Result<(), String> {
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    Ok(())
}

fn trust_the_known(roots: &mut RootCertStore) {
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
}

fn certificates((variable, file): &Named) -> Result<Vec<CertificateDer<'static>>, String> {
    let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match all {
        Ok(all) if all.is_empty() => Err(format!("{variable}: no certificate in the file")),
        Ok(all) => Ok(all),
        Err(error) => Err(format!("{variable}: {error}")),
    }
}
