use std::{error, fmt, io, path::PathBuf};

use crate::Feature;

type Source = Box<dyn error::Error + Send + Sync>;

/// Why a transport cannot be built. Nothing in it is secret.
///
/// ```
/// use otelier_otlp::Error;
///
/// let error = Error::Unpaired { variable: "CLIENT_KEY" };
/// assert_eq!(error.variable(), "CLIENT_KEY");
/// assert!(error.to_string().starts_with("OTEL_EXPORTER_OTLP_CLIENT_KEY is missing"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The endpoint cannot be used. Correct `OTEL_EXPORTER_OTLP_ENDPOINT`.
    Endpoint {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A PEM file cannot be read. Check its path and its permissions.
    Unreadable {
        /// `CERTIFICATE`, `CLIENT_CERTIFICATE` or `CLIENT_KEY`.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file holds no certificate, or no private key, in PEM.
    NotPem {
        /// `CERTIFICATE`, `CLIENT_CERTIFICATE` or `CLIENT_KEY`.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// Where reading it failed.
        source: Source,
    },
    /// Of a client's certificate and key, only one is given. Give both.
    Unpaired {
        /// The missing one: `CLIENT_CERTIFICATE` or `CLIENT_KEY`.
        variable: &'static str,
    },
    /// The certificates or the key are well-formed but cannot be used, for
    /// instance because the key belongs to another certificate.
    Rejected {
        /// `CERTIFICATE` or `CLIENT_KEY`.
        variable: &'static str,
        /// What the TLS library says.
        source: Source,
    },
    /// A proxy's URL cannot be used. Proxies are `http://` or `https://`.
    Proxy {
        /// `HTTP_PROXY`, `HTTPS_PROXY` or `ALL_PROXY`.
        variable: &'static str,
    },
    /// The settings ask for what this crate was not built with. Enable the feature, or
    /// ask for something else.
    NotEnabled {
        /// `ENDPOINT`, `PROTOCOL`, `COMPRESSION`, `HTTP_PROXY`, `HTTPS_PROXY` or
        /// `ALL_PROXY`.
        variable: &'static str,
        /// What is missing.
        feature: Feature,
    },
}

impl Error {
    /// The variable at fault: for all but the proxies, what follows
    /// `OTEL_EXPORTER_OTLP_` (and the signal's name, where there is one).
    #[must_use]
    pub const fn variable(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => "ENDPOINT",
            Self::Unreadable { variable, .. }
            | Self::NotPem { variable, .. }
            | Self::Unpaired { variable }
            | Self::Rejected { variable, .. }
            | Self::Proxy { variable }
            | Self::NotEnabled { variable, .. } => variable,
        }
    }
}

/// What the variables of an exporter begin with.
const PREFIX: &str = "OTEL_EXPORTER_OTLP_";

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint { reason } => write!(f, "{PREFIX}ENDPOINT {reason}"),
            Self::Unreadable { variable, path, .. } => {
                write!(f, "{PREFIX}{variable}: {} cannot be read", path.display())
            }
            Self::NotPem { variable, path, .. } => {
                let what = if *variable == "CLIENT_KEY" {
                    "private key"
                } else {
                    "certificate"
                };
                write!(
                    f,
                    "{PREFIX}{variable}: {} holds no {what} in PEM",
                    path.display()
                )
            }
            Self::Unpaired { variable } => {
                write!(
                    f,
                    "{PREFIX}{variable} is missing: a client certificate needs its key and the reverse"
                )
            }
            Self::Rejected { variable, source } => {
                write!(f, "{PREFIX}{variable} cannot be used: {source}")
            }
            Self::Proxy { variable } => {
                write!(f, "{variable} is not an http:// or https:// proxy")
            }
            Self::NotEnabled { variable, feature } => {
                let prefix = if variable.ends_with("_PROXY") {
                    ""
                } else {
                    PREFIX
                };
                let what = match feature {
                    Feature::Grpc => "gRPC",
                    Feature::Tls => "https",
                    Feature::Zstd => "zstd",
                };
                write!(f, "{prefix}{variable}: {what} {feature}")
            }
        }
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            Self::NotPem { source, .. } | Self::Rejected { source, .. } => Some(source.as_ref()),
            Self::Endpoint { .. }
            | Self::Unpaired { .. }
            | Self::Proxy { .. }
            | Self::NotEnabled { .. } => None,
        }
    }
}
