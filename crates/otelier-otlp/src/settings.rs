//! What a transport needs to know: where to, in which protocol, with what.

use std::{fmt, path::PathBuf, time::Duration};

use http::{HeaderName, HeaderValue, Uri};

/// One of the three kinds of telemetry data.
///
/// ```
/// use otelier_otlp::Signal;
///
/// assert_eq!(Signal::Traces.http_path(), "/v1/traces");
/// assert_eq!(Signal::ALL.map(Signal::as_str), ["traces", "metrics", "logs"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Metric data points.
    Metrics,
    /// Log records.
    Logs,
}

impl Signal {
    /// All three, in the order in which they are named to people.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Metrics, Self::Logs];

    /// The path of the signal's gRPC method.
    #[must_use]
    pub const fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
            Self::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        }
    }

    /// The path that is appended to a generic HTTP endpoint.
    #[must_use]
    pub const fn http_path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Metrics => "/v1/metrics",
            Self::Logs => "/v1/logs",
        }
    }

    /// The word for the signal in messages: `traces`, `metrics` or `logs`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
            Self::Logs => "logs",
        }
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An OTLP protocol, as `OTEL_EXPORTER_OTLP_PROTOCOL` names it.
///
/// See the example of [`Settings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// `grpc`
    Grpc,
    /// `http/protobuf`
    HttpProtobuf,
    /// `http/json`
    HttpJson,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
        })
    }
}

/// How request bodies are compressed.
///
/// See the example of [`Settings`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// `gzip`
    Gzip,
    /// `zstd`
    Zstd,
}

/// The PEM files of a TLS connection. What is not given comes from the system
/// and, where the system has none, from the bundled roots.
///
/// See the example of [`Settings`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of the authorities to trust, instead of the system's.
    pub ca: Option<PathBuf>,
    /// The client's certificate chain.
    pub certificate: Option<PathBuf>,
    /// The client's private key.
    pub key: Option<PathBuf>,
}

/// The proxies to go through, each as its variable holds it; `None` and an
/// empty string are the same. Values are never shown by `Debug`, as they may
/// hold a password.
///
/// See the example of [`Settings`].
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Proxy {
    /// `HTTP_PROXY`: for `http` endpoints.
    pub http: Option<String>,
    /// `HTTPS_PROXY`: for `https` endpoints.
    pub https: Option<String>,
    /// `ALL_PROXY`: for both, where the one above is not given.
    pub all: Option<String>,
    /// `NO_PROXY`: hosts, domains, addresses and networks that are reached
    /// directly, separated by commas; `*` is all of them.
    pub no: Option<String>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let given = |value: &Option<String>| value.as_ref().map(|_| "..");
        f.debug_struct("Proxy")
            .field("http", &given(&self.http))
            .field("https", &given(&self.https))
            .field("all", &given(&self.all))
            .field("no", &self.no)
            .finish()
    }
}

/// Everything that one signal's transport is built from.
///
/// ```
/// use std::time::Duration;
///
/// use otelier_otlp::{Compression, Protocol, Proxy, Settings, Signal, Tls};
///
/// let settings = Settings {
///     signal: Signal::Logs,
///     endpoint: "https://collector.example:4318/v1/logs".parse()?,
///     socket: None,
///     protocol: Protocol::HttpProtobuf,
///     otherwise: None,
///     headers: vec![("api-key".parse()?, "s3cret".parse()?)],
///     timeout: Duration::from_secs(10),
///     compression: Compression::Zstd,
///     tls: Tls {
///         ca: Some("/etc/collector/ca.pem".into()),
///         ..Tls::default()
///     },
///     proxy: Some(Proxy {
///         https: Some("http://user:pass@proxy.example:3128".to_owned()),
///         ..Proxy::default()
///     }),
/// };
/// let shown = format!("{settings:?}");
/// assert!(shown.contains("api-key") && !shown.contains("s3cret") && !shown.contains("pass@"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The signal, which decides the gRPC method.
    pub signal: Signal,
    /// `http://` or `https://` with an authority. The full URL for HTTP; for
    /// gRPC the path is replaced by the signal's method.
    pub endpoint: Uri,
    /// The Unix socket to connect to, in the place of the endpoint's host and
    /// port. Proxies do not count then. Other systems have none.
    pub socket: Option<PathBuf>,
    /// How requests are framed.
    pub protocol: Protocol,
    /// Where `protocol` is a guess: the other one, and the endpoint for it. It is
    /// tried once, should the first batch fail by its protocol. Not for JSON,
    /// which is encoded otherwise.
    pub otherwise: Option<(Protocol, Uri)>,
    /// Sent with each request. Values are never shown by `Debug`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The bound on one batch, all its attempts together. With zero nothing
    /// is sent.
    pub timeout: Duration,
    /// How bodies are compressed.
    pub compression: Compression,
    /// Own authority, client certificate and key.
    pub tls: Tls,
    /// The proxies to go through, if any.
    pub proxy: Option<Proxy>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Settings")
            .field("signal", &self.signal)
            .field("endpoint", &self.endpoint.host())
            .field("socket", &self.socket)
            .field("protocol", &self.protocol)
            .field("otherwise", &self.otherwise.as_ref().map(|(it, _)| it))
            .field("headers", &names)
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("tls", &self.tls)
            .field("proxy", &self.proxy)
            .finish()
    }
}
