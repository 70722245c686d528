//! Where a program with these variables would send to, and how.

use crate::cli::Doctor;
use http::{HeaderName, HeaderValue, Uri};
use otelier_collector::Signal;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;

/// The two ways that are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Grpc,
    Http,
}

impl Protocol {
    pub(super) const fn other(self) -> Self {
        match self {
            Self::Grpc => Self::Http,
            Self::Http => Self::Grpc,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Grpc => "gRPC",
            Self::Http => "HTTP",
        }
    }

    /// What chooses it.
    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::Http => "http/protobuf",
        }
    }
}

/// How one signal is sent.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) signal: Signal,
    /// As it was given.
    pub(super) endpoint: String,
    /// Whether that is of this signal alone, so that over HTTP nothing is appended.
    pub(super) whole: bool,
    pub(super) protocol: Protocol,
    /// Whether a variable says so.
    pub(super) chosen: bool,
}

#[derive(Debug, Default)]
pub(super) struct Tls {
    pub(super) authorities: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) ways: Vec<Way>,
    /// What is not sent, and why.
    pub(super) off: Vec<(Signal, String)>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// Headers that cannot be sent.
    pub(super) bad_headers: usize,
    pub(super) tls: Tls,
    /// A proxy that a program would go through.
    pub(super) proxy: Option<&'static str>,
}

const NAMES: [(Signal, &str); 3] = [
    (Signal::Traces, "TRACES"),
    (Signal::Metrics, "METRICS"),
    (Signal::Logs, "LOGS"),
];

impl Settings {
    pub(super) fn of(doctor: &Doctor, set: &[(String, String)]) -> Self {
        let value = |name: &str| {
            let found = set.iter().find(|(other, _)| other == name);
            found.map(|(_, value)| value.trim())
        };
        let all = |end: &str| value(&format!("OTEL_EXPORTER_OTLP_{end}"));
        let mut ways = Vec::new();
        let mut off = Vec::new();
        for (signal, name) in NAMES {
            let own = |end: &str| value(&format!("OTEL_EXPORTER_OTLP_{name}_{end}"));
            let exporter = value(&format!("OTEL_{name}_EXPORTER")).unwrap_or("otlp");
            let given = doctor.endpoint.as_deref();
            let whole = given.is_none() && own("ENDPOINT").is_some();
            let endpoint = given.or(own("ENDPOINT")).or(all("ENDPOINT"));
            let Some(endpoint) = endpoint else {
                off.push((signal, "OTEL_EXPORTER_OTLP_ENDPOINT is not set".into()));
                continue;
            };
            if given.is_none() && !exporter.split(',').any(|one| one.trim() == "otlp") {
                off.push((signal, format!("OTEL_{name}_EXPORTER does not name otlp")));
                continue;
            }
            let insecure = own("INSECURE").or(all("INSECURE")) == Some("true");
            let endpoint = with_scheme(endpoint, insecure);
            let chosen = own("PROTOCOL").or(all("PROTOCOL"));
            ways.push(Way {
                signal,
                protocol: match chosen {
                    Some("grpc") => Protocol::Grpc,
                    Some(_) => Protocol::Http,
                    None => usual(&endpoint),
                },
                chosen: chosen.is_some(),
                endpoint,
                whole,
            });
        }
        let mut headers = Vec::new();
        let mut bad_headers = 0;
        for pair in all("HEADERS").unwrap_or_default().split(',') {
            match header(pair) {
                _ if pair.trim().is_empty() => {}
                Some(header) => headers.push(header),
                None => bad_headers += 1,
            }
        }
        let file = |end| all(end).map(PathBuf::from);
        Self {
            ways,
            off,
            headers,
            bad_headers,
            tls: Tls {
                authorities: doctor.certificate.clone().or(file("CERTIFICATE")),
                certificate: file("CLIENT_CERTIFICATE"),
                key: file("CLIENT_KEY"),
            },
            proxy: [
                "HTTPS_PROXY",
                "https_proxy",
                "HTTP_PROXY",
                "http_proxy",
                "ALL_PROXY",
            ]
            .into_iter()
            .find(|name| value(name).is_some()),
        }
    }
}

/// An endpoint of a host and a port is TLS, unless it is said to be insecure.
fn with_scheme(endpoint: &str, insecure: bool) -> String {
    let bare = !endpoint.contains("://") && !endpoint.starts_with("unix:");
    match (bare, insecure) {
        (false, _) => endpoint.to_owned(),
        (true, true) => format!("http://{endpoint}"),
        (true, false) => format!("https://{endpoint}"),
    }
}

/// HTTP on its port or with a path, gRPC otherwise.
fn usual(endpoint: &str) -> Protocol {
    let uri: Uri = endpoint.parse().unwrap_or_default();
    let path = uri.path().trim_matches('/');
    match uri.port_u16() == Some(4318) || !path.is_empty() {
        true => Protocol::Http,
        false => Protocol::Grpc,
    }
}

fn header(pair: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = pair.split_once('=')?;
    let name = HeaderName::try_from(name.trim()).ok()?;
    let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
    let mut value = HeaderValue::try_from(&*value).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}
