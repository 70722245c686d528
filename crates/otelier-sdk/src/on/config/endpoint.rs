//! Where a signal is sent, and how.

use std::net::Ipv6Addr;

use http::{Uri, uri::PathAndQuery};
use otelier_otlp::{Compression, Feature, Protocol, Settings, Signal, Tls};

use crate::{
    status::Off,
    variables::{
        CERTIFICATE, CLIENT_CERTIFICATE, CLIENT_KEY, COMPRESSION, ENDPOINT, INSECURE, PROTOCOL,
        TIMEOUT, Variable,
    },
};

use super::{
    env::{Env, own},
    headers::headers,
    proxy::proxy,
    socket,
};

const GRPC_PORT: u16 = 4317;
const HTTP_PORT: u16 = 4318;

/// The OTLP settings of one signal, or why there are none.
pub(super) fn settings(env: &mut Env<'_>, signal: Signal) -> Result<Settings, Off> {
    let found = env.first(&own(&ENDPOINT, signal));
    let (variable, value) = found.ok_or(Off::NoEndpoint)?;
    let is_for_all = variable == ENDPOINT.name;
    let refuse = |env: &mut Env<'_>, what: &str| {
        env.problem(variable, format!("{what}; not exporting to it"));
        Off::BadEndpoint { variable }
    };

    let socket = socket::path(&value).transpose();
    let socket = socket.map_err(|what| refuse(env, what))?;
    let target = match socket {
        Some(_) => None,
        None => Some(Target::parse(&value).map_err(|what| refuse(env, what))?),
    };
    let protocols = [Protocol::Grpc, Protocol::HttpProtobuf, Protocol::HttpJson];
    let protocol = env.word(&own(&PROTOCOL, signal), &protocols);
    // Neither a port nor a path that says it.
    let is_guess = protocol.is_none() && target.as_ref().is_none_or(Target::says_no_protocol);
    let protocol = protocol.unwrap_or_else(|| match &target {
        // What can be had is the better guess.
        _ if is_guess && !Feature::Grpc.is_enabled() => Protocol::HttpProtobuf,
        Some(target) => target.protocol(),
        None => Protocol::Grpc,
    });
    if protocol == Protocol::Grpc {
        let said = env.first(&own(&PROTOCOL, signal));
        let by = said.map_or(variable, |(name, _)| name);
        available(env, Feature::Grpc, by, "gRPC")?;
    }
    let is_insecure = env.flag(&own(&INSECURE, signal));
    let is_base = is_for_all && protocol != Protocol::Grpc;
    if is_base && target.as_ref().is_some_and(Target::names_a_signal) {
        env.problem(
            variable,
            "ends in the path of one signal, and /v1/traces and the like are appended to it",
        );
    }
    let endpoint = match &target {
        Some(target) => target.uri(protocol, is_insecure, is_base.then_some(signal)),
        None => socket::uri(protocol, signal),
    };
    let endpoint = endpoint.map_err(|what| refuse(env, what))?;
    if endpoint.scheme_str() == Some("https") {
        available(env, Feature::Tls, variable, "https")?;
    }
    let otherwise = is_guess
        .then(|| over_http(&endpoint, signal, is_for_all))
        .flatten();

    Ok(Settings {
        signal,
        endpoint,
        socket,
        protocol,
        otherwise: otherwise.map(|endpoint| (Protocol::HttpProtobuf, endpoint)),
        headers: headers(env, signal),
        timeout: env.millis(&own(&TIMEOUT, signal)),
        compression: compression(env, signal),
        tls: tls(env, signal),
        proxy: proxy(env),
    })
}

/// Where what the variable asks for was not built in, that is why there are no
/// settings.
fn available(
    env: &mut Env<'_>,
    feature: Feature,
    variable: &'static str,
    what: &str,
) -> Result<(), Off> {
    if feature.is_enabled() {
        return Ok(());
    }
    env.problem(variable, format!("{what} {feature}; not exporting by it"));
    let cause = format!("{what} {feature}");
    Err(Off::Failed { cause })
}

fn compression(env: &mut Env<'_>, signal: Signal) -> Compression {
    let compressions = [Compression::Gzip, Compression::Zstd, Compression::None];
    let variable = own(&COMPRESSION, signal);
    let wanted = env.word(&variable, &compressions).unwrap_or_default();
    if wanted != Compression::Zstd || Feature::Zstd.is_enabled() {
        return wanted;
    }
    // Every receiver of OTLP has it.
    if let Some((name, _)) = env.first(&variable) {
        env.problem(name, format!("zstd {}; using gzip", Feature::Zstd));
    }
    Compression::Gzip
}

/// Where HTTP would go to, by the endpoint for gRPC.
fn over_http(endpoint: &Uri, signal: Signal, is_for_all: bool) -> Option<Uri> {
    let mut parts = endpoint.clone().into_parts();
    let path = if is_for_all { signal.http_path() } else { "/" };
    parts.path_and_query = Some(PathAndQuery::from_static(path));
    Uri::from_parts(parts).ok()
}

/// Whether the endpoint is that for all signals.
pub(super) fn is_for_all(env: &Env<'_>, signal: Signal) -> bool {
    let found = env.first(&own(&ENDPOINT, signal));
    found.is_some_and(|(name, _)| name == ENDPOINT.name)
}

/// The variables for this signal alone that name a file and are set.
pub(super) fn own_files(env: &Env<'_>, signal: Signal) -> Vec<&'static str> {
    let files = [&CERTIFICATE, &CLIENT_CERTIFICATE, &CLIENT_KEY].into_iter();
    let own = files.map(|all| own(all, signal));
    let set = own.filter(|variable| env.text(variable).is_some());
    set.map(|variable| variable.name).collect()
}

fn tls(env: &mut Env<'_>, signal: Signal) -> Tls {
    let found = |all: &'static Variable| env.first(&own(all, signal));
    let ca = found(&CERTIFICATE).map(|(_, path)| path.into());
    let (certificate, key) = match (found(&CLIENT_CERTIFICATE), found(&CLIENT_KEY)) {
        (Some((_, certificate)), Some((_, key))) => (Some(certificate.into()), Some(key.into())),
        (None, None) => (None, None),
        (Some((variable, _)), None) => {
            env.problem(variable, "no client key is set with it; ignored");
            (None, None)
        }
        (None, Some((variable, _))) => {
            env.problem(variable, "no client certificate is set with it; ignored");
            (None, None)
        }
    };
    Tls {
        ca,
        certificate,
        key,
    }
}

/// The parts of an endpoint. Complaints name no part: any may be a secret.
#[derive(Debug, PartialEq, Eq)]
struct Target<'a> {
    scheme: Option<&'static str>,
    authority: &'a str,
    port: Option<u16>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    fn parse(value: &'a str) -> Result<Self, &'static str> {
        let (scheme, rest) = match value.split_once("://") {
            None => (None, value),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Some("http"), rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Some("https"), rest),
            Some(_) => {
                return Err(
                    "the scheme is none of http, https and unix: write it as in http://localhost:4317",
                );
            }
        };
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err("user name and password are not taken from a URL: use a header");
        }
        let port = port(authority)?;
        Ok(Self {
            scheme,
            authority,
            port,
            path,
            query,
        })
    }

    /// The protocol that the usual ports and paths speak.
    fn protocol(&self) -> Protocol {
        if self.port == Some(HTTP_PORT) || !self.path.trim_matches('/').is_empty() {
            Protocol::HttpProtobuf
        } else {
            Protocol::Grpc
        }
    }

    fn says_no_protocol(&self) -> bool {
        let is_usual = matches!(self.port, Some(GRPC_PORT | HTTP_PORT));
        !is_usual && self.path.trim_matches('/').is_empty()
    }

    fn names_a_signal(&self) -> bool {
        let path = self.path.trim_end_matches('/');
        Signal::ALL
            .into_iter()
            .any(|signal| path.ends_with(signal.http_path()))
    }

    /// The URL; that of `signal` below a base, or the endpoint as it stands.
    fn uri(
        &self,
        protocol: Protocol,
        is_insecure: bool,
        signal: Option<Signal>,
    ) -> Result<Uri, &'static str> {
        let scheme = match (self.scheme, protocol) {
            (Some(scheme), _) => scheme,
            (None, Protocol::Grpc) if is_insecure => "http",
            (None, Protocol::Grpc) => "https",
            (None, _) => return Err("http:// or https:// is missing in front"),
        };
        let (base, end) = match signal {
            Some(signal) => (self.path.trim_end_matches('/'), signal.http_path()),
            None if self.path.is_empty() => ("/", ""),
            None => (self.path, ""),
        };
        let query = self
            .query
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        let authority = self.authority;
        format!("{scheme}://{authority}{base}{end}{query}")
            .parse()
            .map_err(|_| "not a URL")
    }
}

/// The port of an authority whose host could exist.
fn port(authority: &str) -> Result<Option<u16>, &'static str> {
    const HOST: &str = "the host is not valid";
    let port = if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(HOST)?;
        host.parse::<Ipv6Addr>().map_err(|_| HOST)?;
        match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return Err(HOST),
            port => port,
        }
    } else {
        let (host, port) = match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        };
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if !host.bytes().all(is_host) || !host.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return Err(HOST);
        }
        port
    };
    match port {
        None => Ok(None),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) => match port.parse() {
            Ok(port) if port != 0 => Ok(Some(port)),
            _ => Err("the port is not valid"),
        },
        Some(_) => Err("the port is not valid"),
    }
}
