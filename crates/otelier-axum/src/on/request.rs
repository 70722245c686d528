//! What a request's head says about it.

use std::{
    borrow::Cow,
    sync::Arc,
    time::{Instant, SystemTime},
};

use axum::{
    extract::{MatchedPath, OriginalUri},
    http::{HeaderValue, Method, Request, Uri, Version, header::USER_AGENT},
};
use opentelemetry::{
    Context, KeyValue, StringValue,
    trace::{SpanBuilder, SpanKind, TraceContextExt as _, Tracer as _},
};
use otelier_core::{Run, semconv};

use super::{
    exchange::{Exchange, LateRoute},
    layer::Shared,
    method::Methods,
    origin::Origin,
    query,
    scope::Scope,
    telemetry::Telemetry,
    text::{MAX_BYTES, cut},
};

/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Fifteen attributes at most; status and error type join them at the end.
const ATTRIBUTES: usize = 16;

/// Marks a request that a layer records, so that the next one does not.
#[derive(Clone)]
struct Recorded;

/// Tells whether a layer further out records this request; if that one could
/// not see the route, it gets ours.
pub(super) fn is_recorded<B>(request: &Request<B>) -> bool {
    if request.extensions().get::<Recorded>().is_none() {
        return false;
    }
    if let Some(late) = request.extensions().get::<LateRoute>()
        && let Some(route) = route(request)
    {
        late.tell(route);
    }
    true
}

/// The URI as the client sent it: a nested router sees only the rest of it.
pub(super) fn full_uri<B>(request: &Request<B>) -> &Uri {
    match request.extensions().get() {
        Some(OriginalUri(uri)) => uri,
        None => request.uri(),
    }
}

/// Starts span, clock and gauge of a request.
pub(super) fn begin<B>(
    shared: &Arc<Shared>,
    telemetry: &Telemetry,
    request: &mut Request<B>,
    parent: &Context,
) -> Box<Scope> {
    // One moment on both clocks: the span is as long as the metric says.
    let (started, clock) = (SystemTime::now(), Instant::now());
    let known = telemetry.methods.known(request.method());
    let method = known.clone().unwrap_or_else(Methods::other);
    let route = route(request);
    let origin = Origin::of(request, full_uri(request));
    let scheme = origin.scheme;
    let version = version(request.version());
    let name = span_name(&method, route.as_ref());

    let mut attributes = Vec::with_capacity(ATTRIBUTES);
    attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method.clone()));
    if known.is_none() {
        let original = cut(request.method().as_str(), MAX_METHOD_BYTES).to_owned();
        attributes.push(KeyValue::new(
            semconv::HTTP_REQUEST_METHOD_ORIGINAL,
            original,
        ));
    }
    if let Some(route) = &route {
        attributes.push(KeyValue::new(semconv::HTTP_ROUTE, route.clone()));
    }
    describe_url(full_uri(request), &mut attributes);
    origin.describe(&mut attributes);
    attributes.push(KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version));
    if let Some(agent) = request.headers().get(USER_AGENT).and_then(plain) {
        let agent = cut(agent, MAX_BYTES).to_owned();
        attributes.push(KeyValue::new(semconv::USER_AGENT_ORIGINAL, agent));
    }

    let span = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Server)
        .with_start_time(started)
        .with_attributes(attributes);
    let span = telemetry.tracer.build_with_context(span, parent);
    let context = parent.with_span(span);

    request.extensions_mut().insert(Recorded);
    let late_route = route.is_none().then(LateRoute::default);
    if let Some(late) = &late_route {
        request.extensions_mut().insert(LateRoute::clone(late));
    }
    let exchange = Exchange {
        shared: Arc::clone(shared),
        context: context.clone(),
        started,
        is_head: request.method() == Method::HEAD,
        is_connect: request.method() == Method::CONNECT,
        scheme,
        version,
        route,
        late_route,
        status: None,
        method,
    };
    telemetry.count(1, &exchange.method, scheme);
    Scope::recorded(context, Run::start_at(clock, exchange))
}

/// `GET /orders/{id}`, or `GET` when nothing matched; `HTTP` for unknown methods.
pub(super) fn span_name(method: &StringValue, route: Option<&StringValue>) -> Cow<'static, str> {
    let method = match method.as_str() {
        known if *method != Methods::other() => known,
        _ => "HTTP",
    };
    match route {
        None => method.to_owned().into(),
        Some(route) => [method, route.as_str()].join(" ").into(),
    }
}

fn route<B>(request: &Request<B>) -> Option<StringValue> {
    let route = request.extensions().get::<MatchedPath>()?;
    Some(Arc::<str>::from(route.as_str()).into())
}

fn describe_url(uri: &Uri, attributes: &mut Vec<KeyValue>) {
    let path = cut(uri.path(), MAX_BYTES).to_owned();
    attributes.push(KeyValue::new(semconv::URL_PATH, path));
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        let query = query::redact(cut(query, MAX_BYTES)).into_owned();
        attributes.push(KeyValue::new(semconv::URL_QUERY, query));
    }
}

/// A header's text, unless it is marked as sensitive.
fn plain(value: &HeaderValue) -> Option<&str> {
    if value.is_sensitive() {
        return None;
    }
    str::from_utf8(value.as_bytes()).ok()
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "0.9",
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        Version::HTTP_3 => "3",
        _ => "1.1",
    }
}
