//! Who may ask: a browser carries pages of strangers, and names that strangers point here.

use super::{intake::media_type, refusals::Refusals};
use crate::refusal::Refusal;
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header, uri::Authority};
use std::{net::IpAddr, sync::Arc};

/// What a page may learn of an answer, besides its body.
const EXPOSED: HeaderValue = HeaderValue::from_static("retry-after");
/// How long a browser remembers that it may ask, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// The hosts that requests may name, and the pages that may send them.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
    /// Whether it listens beyond the loopback interface: then senders call it by any name.
    pub(crate) open: bool,
    pub(crate) refusals: Arc<Refusals>,
}

/// A page of another origin that is allowed to ask.
type Guest = Option<HeaderValue>;

impl Door {
    /// Lets a request to the port for HTTP in, or not.
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<Guest, Refusal> {
        let path = uri.path();
        let receives = path.starts_with("/v1/") || path == "/healthz";
        self.admit(uri, headers, receives && self.open)
    }

    /// Lets a call to the port for gRPC in, or not.
    pub(crate) fn check_call(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let refusal = self.admit(uri, headers, self.open).err();
        refusal.map_or(Ok(()), |refusal| {
            self.refusals.note(&refusal, "a call over gRPC");
            Err(refusal)
        })
    }

    fn admit(&self, uri: &Uri, headers: &HeaderMap, any_host: bool) -> Result<Guest, Refusal> {
        let mut hosts = Vec::new();
        for host in headers.get_all(header::HOST) {
            let text = String::from_utf8_lossy(host.as_bytes()).to_ascii_lowercase();
            hosts.push(text);
        }
        hosts.extend(
            uri.authority()
                .map(|host| host.as_str().to_ascii_lowercase()),
        );
        // Without any it is no browser, and no name can have led here.
        let stranger = hosts.iter().find(|host| !self.knows(host));
        if let Some(stranger) = stranger
            && !any_host
        {
            return Err(Refusal::host(stranger));
        }
        let mut guest = None;
        for origin in headers.get_all(header::ORIGIN) {
            let text = String::from_utf8_lossy(origin.as_bytes()).to_ascii_lowercase();
            if self.origins.contains(&text) {
                guest = Some(origin.clone());
                continue;
            }
            let own = text.split_once("://").is_some_and(|(_, authority)| {
                stranger.is_none() && hosts.iter().any(|host| host == authority)
            });
            if !own {
                return Err(Refusal::origin(&text));
            }
        }
        Ok(guest)
    }

    /// Has a request answered. Who sends telemetry to a path that takes none is told where
    /// it belongs: its sender may say nothing of what it loses.
    async fn run(&self, request: Request, next: Next) -> Response {
        let format = super::http::format(request.headers()).ok();
        let is_call = is_call(request.headers());
        let is_sent = request.method() == Method::POST && (format.is_some() || is_call);
        let what = is_sent.then(|| called(&request));
        let is_root = request.uri().path() == "/";
        let response = next.run(request).await;
        let is_taken = match response.status() {
            StatusCode::NOT_FOUND => false,
            StatusCode::METHOD_NOT_ALLOWED => !is_root,
            _ => true,
        };
        let Some(what) = what.filter(|_| !is_taken) else {
            return response;
        };
        let refusal = Refusal::path(match is_call {
            true => "this port speaks OTLP over HTTP; gRPC has a port of its own (4317)",
            false => "nothing takes telemetry here: send it to /v1/traces, /v1/metrics or /v1/logs",
        });
        self.refusals.note(&refusal, what);
        // Not in the way of gRPC: so a sender sees that it is not spoken here.
        super::http::refuse(&refusal, format)
    }

    /// Tells of a request to the port for gRPC that is none of its calls.
    pub(super) fn note_stray(&self, refusal: &Refusal, request: &Request) {
        if request.method() == Method::POST {
            self.refusals.note(refusal, called(request));
        }
    }

    /// Whether nobody else can have pointed this host here.
    fn knows(&self, host: &str) -> bool {
        let Ok(authority) = Authority::try_from(host) else {
            return false;
        };
        if host.contains('@') {
            return false;
        }
        let name = authority.host();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        let name = name.strip_suffix('.').unwrap_or(name);
        bare.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || self.hosts.iter().any(|allowed| allowed == name)
    }
}

/// Whether it may be a call of gRPC, by its content type.
pub(super) fn is_call(headers: &HeaderMap) -> bool {
    matches!(
        &*media_type(headers),
        "application/grpc" | "application/grpc+proto"
    )
}

/// What a request is called in a line about it.
fn called(request: &Request) -> String {
    let what = format!("{} {}", request.method(), request.uri().path());
    crate::refusal::shorten(&what, 80)
}

/// Checks each request to the port for HTTP, and lets browsers know where a page may ask.
pub(crate) async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let guest = match door.check(request.uri(), request.headers()) {
        Ok(guest) => guest,
        Err(refusal) => {
            door.refusals.note(&refusal, called(&request));
            return super::http::refuse_any(&refusal, request.headers());
        }
    };
    let Some(origin) = guest else {
        return door.run(request, next).await;
    };
    let mut response = match preflight(&request) {
        Some(response) => response,
        None => door.run(request, next).await,
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// The answer to a browser that asks whether it may ask.
fn preflight(request: &Request) -> Option<Response> {
    let headers = request.headers();
    if request.method() != Method::OPTIONS {
        return None;
    }
    headers.get(header::ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let answer = response.headers_mut();
    answer.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    answer.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    if headers.contains_key("access-control-request-private-network") {
        let yes = HeaderValue::from_static("true");
        answer.insert("access-control-allow-private-network", yes);
    }
    Some(response)
}
