//! Where a program with these variables would send to, and how.

use super::{
    connection::{Named, Tls},
    proxy::Proxies,
};
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
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) tls: Tls,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) ways: Vec<Way>,
    /// What is not sent, and why.
    pub(super) off: Vec<(Signal, String)>,
    /// Variables with headers that cannot be sent, and how many.
    pub(super) bad_headers: Vec<(String, usize)>,
    pub(super) proxies: Proxies,
}

const NAMES: [(Signal, &str); 3] = [
    (Signal::Traces, "TRACES"),
    (Signal::Metrics, "METRICS"),
    (Signal::Logs, "LOGS"),
];

impl Settings {
    pub(super) fn of(doctor: &Doctor, set: &[(String, String)]) -> Self {
        let value = |name: &str| value_of(set, name);
        let all = |end: &str| value(&format!("OTEL_EXPORTER_OTLP_{end}"));
        let mut ways = Vec::new();
        let mut off = Vec::new();
        let mut bad_headers: Vec<(String, usize)> = Vec::new();
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
            // That of the signal replaces that of all.
            let named = |end: &str| {
                let names = [name, ""].map(|name| variable(name, end));
                names
                    .into_iter()
                    .find_map(|name| Some((value(&name)?, name)))
            };
            let file = |end| named(end).map(|(path, name)| (name, PathBuf::from(path)));
            let insecure = own("INSECURE").or(all("INSECURE")) == Some("true");
            let chosen = own("PROTOCOL").or(all("PROTOCOL"));
            let protocol = match chosen {
                Some("grpc") => Protocol::Grpc,
                Some(_) => Protocol::Http,
                None => usual(endpoint),
            };
            let mut headers = Vec::new();
            if let Some((list, variable)) = named("HEADERS") {
                let pairs = list.split(',').filter(|pair| !pair.trim().is_empty());
                let (good, bad): (Vec<_>, Vec<_>) = pairs.map(header).partition(Option::is_some);
                headers.extend(good.into_iter().flatten());
                let known = bad_headers.iter().any(|(name, _)| *name == variable);
                if !bad.is_empty() && !known {
                    bad_headers.push((variable, bad.len()));
                }
            }
            let given: Option<Named> =
                (doctor.certificate.clone()).map(|path| (variable("", "CERTIFICATE"), path));
            ways.push(Way {
                signal,
                protocol,
                chosen: chosen.is_some(),
                endpoint: with_scheme(endpoint, protocol, insecure),
                whole,
                headers,
                tls: Tls {
                    authorities: given.or_else(|| file("CERTIFICATE")),
                    certificate: file("CLIENT_CERTIFICATE"),
                    key: file("CLIENT_KEY"),
                },
            });
        }
        Self {
            ways,
            off,
            bad_headers,
            proxies: Proxies::of(value),
        }
    }
}

/// The value of a variable among those that are set.
pub(super) fn value_of<'a>(set: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = set.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.trim())
}

/// The name of a setting, of one signal or of all.
fn variable(signal: &str, end: &str) -> String {
    match signal {
        "" => format!("OTEL_EXPORTER_OTLP_{end}"),
        signal => format!("OTEL_EXPORTER_OTLP_{signal}_{end}"),
    }
}

/// For gRPC, an endpoint of a host and a port is TLS, unless it is said to be insecure.
fn with_scheme(endpoint: &str, protocol: Protocol, insecure: bool) -> String {
    let bare = !endpoint.contains("://") && socket(endpoint).is_none();
    match (protocol, bare, insecure) {
        (Protocol::Grpc, true, true) => format!("http://{endpoint}"),
        (Protocol::Grpc, true, false) => format!("https://{endpoint}"),
        _ => endpoint.to_owned(),
    }
}

/// What stands behind `unix:`.
pub(super) fn socket(endpoint: &str) -> Option<&str> {
    let (scheme, rest) = endpoint.split_once(':')?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    scheme.eq_ignore_ascii_case("unix").then_some(path)
}

/// HTTP on its port or with a path, gRPC otherwise.
fn usual(endpoint: &str) -> Protocol {
    if socket(endpoint).is_some() {
        return Protocol::Grpc;
    }
    // Of a host and a port alone, this is the authority.
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
