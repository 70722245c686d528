//! What a request's head says about it.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    time::{Instant, SystemTime},
};

use axum::{
    extract::{FromRequestParts as _, MatchedPath, OriginalUri, RawPathParams},
    http::{
        HeaderMap, HeaderValue, Method, Request, Uri,
        header::{HOST, USER_AGENT},
    },
};
use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt as _},
};
use otelier_core::{
    Propagation, Run, TraceHeaders,
    context::{RequestContext, Slot},
    cut, semconv, shorten, shorten_query,
};

use super::{
    capture,
    config::Config,
    exchange::{Exchange, Extras, LateRoute},
    labels::Protocol,
    layer::Shared,
    observe,
    origin::Origin,
    recent,
    route::Route,
    scope::Scope,
    telemetry::Telemetry,
};

/// Longer values are cut.
pub(super) const MAX_BYTES: usize = 2048;
/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Fifteen attributes at most; status and error type join them at the end.
const ATTRIBUTES: usize = 17;

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
        && let Some(route) = request.extensions().get::<MatchedPath>()
    {
        late.tell(route.as_str());
    }
    true
}

/// The same of a request that context passes through.
#[derive(Clone)]
struct Passed;

/// Tells whether a layer further out lets context pass.
pub(super) fn is_passed<B>(request: &Request<B>) -> bool {
    request.extensions().get::<Passed>().is_some()
}

/// Has layers further in leave the context alone.
pub(super) fn mark_passed<B>(request: &mut Request<B>) {
    request.extensions_mut().insert(Passed);
}

/// What a request that leaves nothing runs in, `None` where nothing came in, or
/// where callers are not to say anything.
pub(super) fn caller<B>(
    request: &Request<B>,
    propagation: &Propagation,
    config: &Config,
    current: &Context,
) -> Option<Context> {
    if config.public_endpoint {
        return None;
    }
    propagation.extract_any(request.headers(), current)
}

/// Tells whether a request is to leave nothing.
pub(super) fn is_excluded<B>(request: &Request<B>, telemetry: &Telemetry, config: &Config) -> bool {
    let exclusions = &telemetry.exclusions;
    if exclusions.may_have(request.uri().path()) && exclusions.has(full_uri(request).path()) {
        return true;
    }
    match &config.excluded_if {
        Some(excluded) => excluded(request.method(), full_uri(request), request.headers()),
        None => false,
    }
}

/// The URI as the client sent it: a nested router sees only the rest of it.
fn full_uri<B>(request: &Request<B>) -> &Uri {
    match request.extensions().get() {
        Some(OriginalUri(uri)) => uri,
        None => request.uri(),
    }
}

/// The headers that every request is asked for, found in one pass.
#[derive(Default)]
struct Head<'a> {
    trace: TraceHeaders<'a>,
    host: Option<&'a HeaderValue>,
    agent: Option<&'a HeaderValue>,
    /// Whether a proxy tells anything.
    is_forwarded: bool,
}

impl<'a> Head<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let mut head = Self::default();
        for (name, value) in headers {
            if *name == HOST {
                head.host = head.host.or(Some(value));
            } else if *name == USER_AGENT {
                head.agent = head.agent.or(Some(value));
            } else {
                let name = name.as_str();
                if !head.trace.meet(name, value) {
                    head.is_forwarded |= matches!(
                        name,
                        "forwarded" | "x-forwarded-for" | "x-forwarded-host" | "x-forwarded-proto"
                    );
                }
            }
        }
        head
    }
}

/// Who asks.
struct Caller {
    parent: Context,
    /// A caller that may not be the parent.
    link: Option<SpanContext>,
}

impl Caller {
    fn of(
        trace: TraceHeaders<'_>,
        headers: &HeaderMap,
        telemetry: &Telemetry,
        current: Context,
        config: &Config,
    ) -> Self {
        let propagation = telemetry.providers.propagation();
        if !config.public_endpoint {
            // Where the sampler is known to say no, it is not asked, and there is
            // no span that could give the request an id.
            let parent = if telemetry.providers.is_parent_based() {
                propagation.extract_unrecorded(trace, headers, &current)
            } else {
                propagation.extract_met(trace, headers, &current)
            };
            return Self { parent, link: None };
        }
        let caller = propagation.extract_met(trace, headers, &current);
        let span = caller.span().span_context().clone();
        Self {
            parent: current,
            link: (span.is_valid() && span.is_remote()).then_some(span),
        }
    }

    /// Tells whether the caller has decided that nothing is sampled.
    fn is_unsampled(&self) -> bool {
        let span = self.parent.span();
        let span = span.span_context();
        !span.is_sampled() && span.is_valid()
    }
}

/// Starts span, clock and gauge of a request.
pub(super) fn begin<B: 'static>(
    shared: &Arc<Shared>,
    telemetry: &Telemetry,
    request: &mut Request<B>,
    current: Context,
) -> Box<Scope> {
    let clock = Instant::now();
    let config = &shared.config;
    let entries = entries(request, &current, config);
    let head = Head::of(request.headers());
    let caller = Caller::of(head.trace, request.headers(), telemetry, current, config);
    let place = telemetry.methods.position(request.method());
    let method = place.unwrap_or(telemetry.methods.count());
    let (matched, route) = match request.extensions().get::<MatchedPath>() {
        Some(path) => (true, telemetry.routes.get(path.as_str())),
        None => (false, Arc::clone(telemetry.routes.none())),
    };
    let uri = full_uri(request);
    let origin = Origin::of(request, uri, config.proxies);
    if head.is_forwarded {
        origin.tell_of_proxy(config.proxies);
    }
    let (scheme, version) = (origin.scheme, Protocol::of(request.version()));
    let mut extras = None;
    let has_span = !(telemetry.providers.is_parent_based() && caller.is_unsampled());
    let (started, context) = if has_span {
        // The same moment on the other clock: the span is as long as the metric says.
        let started = SystemTime::now();
        let mut attributes = Vec::with_capacity(ATTRIBUTES);
        let label = telemetry.methods.label(method);
        attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, label));
        if place.is_none() {
            let original = cut(request.method().as_str(), MAX_METHOD_BYTES).to_owned();
            let key = semconv::HTTP_REQUEST_METHOD_ORIGINAL;
            attributes.push(KeyValue::new(key, original));
        }
        describe(&head, uri, &route, &origin, version, &mut attributes);
        if !config.request_headers.is_empty() {
            attributes.extend(capture::headers(&config.request_headers, request.headers()));
        }
        if let Some(entries) = &entries {
            let known_entries = entries.entries();
            attributes.extend_from_slice(&known_entries);
            extras = Some(Box::new(Extras {
                known_entries,
                ..Extras::default()
            }));
        }
        if telemetry.old_names {
            add_old_names(&mut attributes, uri);
        }
        let mut span = SpanBuilder::from_name(route.span_name(&telemetry.methods, method))
            .with_kind(SpanKind::Server)
            .with_start_time(started)
            .with_attributes(attributes);
        span.links = caller.link.map(|caller| vec![Link::with_context(caller)]);
        (started, telemetry.spans.start(span, &caller.parent))
    } else {
        (SystemTime::UNIX_EPOCH, caller.parent)
    };

    let path = telemetry
        .access_log
        .then(|| shorten(uri.path(), MAX_BYTES).into_owned().into_boxed_str());
    request.extensions_mut().insert(Recorded);
    let late_route = (!matched).then(LateRoute::default);
    if let Some(late) = &late_route {
        request.extensions_mut().insert(LateRoute::clone(late));
    }
    let method = u16::try_from(method).unwrap_or(u16::MAX);
    telemetry.count(1, method, scheme);
    let mut exchange = Exchange {
        shared: Arc::clone(shared),
        context: context.clone(),
        has_span,
        started,
        method,
        is_head: request.method() == Method::HEAD,
        is_connect: request.method() == Method::CONNECT,
        scheme,
        version,
        route,
        late_route,
        status: None,
        left: None,
        response_bytes: 0,
        extras,
    };
    if path.is_some() {
        exchange.extras_mut().path = path;
    }
    if let Some(observed) = observe::observe(request, config, has_span) {
        exchange.extras_mut().observed = Some(observed);
    }
    let (context, slot) = match entries {
        Some(entries) => (entries.attach_to(&context), Slot::with(entries)),
        None => (context, Slot::default()),
    };
    Scope::new(context, slot, Some(Run::start_at(clock, exchange)))
}

/// The attributes that the conventions want from the start.
fn describe(
    head: &Head<'_>,
    uri: &Uri,
    route: &Route,
    origin: &Origin<'_>,
    version: Protocol,
    attributes: &mut Vec<KeyValue>,
) {
    if let Some(label) = &route.label {
        attributes.push(KeyValue::new(semconv::HTTP_ROUTE, label.clone()));
    }
    describe_url(uri, route, attributes);
    origin.describe(uri, head.host, attributes);
    let version = version.as_str();
    attributes.push(KeyValue::new(semconv::NETWORK_PROTOCOL_VERSION, version));
    let agent = head.agent.filter(|agent| !agent.is_sensitive());
    if let Some(agent) = agent.and_then(|agent| recent::agent(agent.as_bytes())) {
        attributes.push(KeyValue::new(semconv::USER_AGENT_ORIGINAL, agent));
    }
}

fn describe_url(uri: &Uri, route: &Route, attributes: &mut Vec<KeyValue>) {
    let path = shorten(uri.path(), MAX_BYTES);
    // A route without parameters is the path itself.
    let path = match &route.label {
        Some(route) if route.as_str() == path => route.clone(),
        _ => path.into_owned().into(),
    };
    attributes.push(KeyValue::new(semconv::URL_PATH, path));
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        let query = shorten_query(query, MAX_BYTES).into_owned();
        attributes.push(KeyValue::new(semconv::URL_QUERY, query));
    }
}

/// The same again under the names that the attributes had before.
fn add_old_names(attributes: &mut Vec<KeyValue>, uri: &Uri) {
    let renamed = |attribute: &KeyValue| {
        let old = semconv::old::renamed(attribute.key.as_str())?;
        (old != semconv::HTTP_ROUTE).then(|| KeyValue::new(old, attribute.value.clone()))
    };
    let mut old: Vec<_> = attributes.iter().filter_map(renamed).collect();
    let path = shorten(uri.path(), MAX_BYTES);
    let target = match uri.query().filter(|query| !query.is_empty()) {
        Some(query) => [&*path, "?", &shorten_query(query, MAX_BYTES)].concat(),
        None => path.into_owned(),
    };
    old.push(KeyValue::new(semconv::old::HTTP_TARGET, target));
    attributes.append(&mut old);
}

/// A header's text, unless it is marked as sensitive.
pub(super) fn plain(value: &HeaderValue) -> Option<&str> {
    if value.is_sensitive() {
        return None;
    }
    str::from_utf8(value.as_bytes()).ok()
}

/// The request's context from its start, if there is any: that of the request
/// around it, and what the layer takes from headers and path.
fn entries<B>(
    request: &mut Request<B>,
    current: &Context,
    config: &Config,
) -> Option<RequestContext> {
    let around = current.get::<RequestContext>().cloned();
    if config.context_headers.is_empty() && config.context_parameters.is_empty() {
        return around;
    }
    let entries = around.unwrap_or_default();
    for header in &config.context_headers {
        if let Some(value) = request.headers().get(&header.name).and_then(plain) {
            entries.set(header.key.to_string(), value);
        }
    }
    if !config.context_parameters.is_empty()
        && let Some(parameters) = parameters(request)
    {
        for wanted in &config.context_parameters {
            let mut found = parameters.iter();
            if let Some((_, value)) = found.find(|(name, _)| *name == wanted.name) {
                entries.set(wanted.key.to_string(), value);
            }
        }
    }
    Some(entries)
}

/// axum tells the parameters to extractors only, and those want the parts.
fn parameters<B>(request: &mut Request<B>) -> Option<RawPathParams> {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.extensions = std::mem::take(request.extensions_mut());
    let parameters = {
        let extracted = pin!(RawPathParams::from_request_parts(&mut parts, &()));
        match extracted.poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Ready(parameters) => parameters.ok(),
            Poll::Pending => None,
        }
    };
    *request.extensions_mut() = parts.extensions;
    parameters
}
