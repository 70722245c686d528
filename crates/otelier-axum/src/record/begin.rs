//! The start of a request's record.

use std::{
    sync::Arc,
    time::{Instant, SystemTime},
};

use axum::{
    extract::MatchedPath,
    http::{HeaderMap, Method, Request},
};
use opentelemetry::{
    Context, KeyValue,
    trace::{Link, SpanBuilder, SpanContext, SpanKind, TraceContextExt as _},
};
use otelier_core::{
    Propagation, Run, TraceHeaders,
    context::Slot,
    cut,
    edge::{Clock, Span, grpc},
    semconv, shorten, traceparent,
};

use super::{
    entries,
    head::{Head, add_old_names},
    labels::Labels,
    listed::{self, MAX_BYTES},
    marks::{self, LateRoute, Recorded},
    operation::{Extras, Operation},
    origin::Origin,
    protocol::Protocol,
    request_body,
    scope::Scope,
    telemetry::Telemetry,
};
use crate::{config::Config, paths::full_uri};

/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Fifteen attributes at most; status and error type join them at the end.
const ATTRIBUTES: usize = 17;

/// What a request runs in, or `None` if a layer further out records it.
pub(super) fn begin<B: 'static>(
    telemetry: &Arc<Telemetry>,
    request: &mut Request<B>,
    current: Context,
) -> Option<Box<Scope>> {
    if marks::is_recorded(request.extensions()) || grpc::is_recorded(request.extensions()) {
        return None;
    }
    if is_excluded(request, telemetry) || grpc::is_left(request) {
        let propagation = telemetry.recorder.propagation();
        let caller = caller(request, propagation, &telemetry.config, &current);
        return Some(Scope::new(caller.unwrap_or(current), Slot::default(), None));
    }
    Some(start(telemetry, request, current))
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
fn is_excluded<B>(request: &Request<B>, telemetry: &Telemetry) -> bool {
    let exclusions = &telemetry.exclusions;
    if exclusions.may_have(request.uri().path()) && exclusions.has(full_uri(request).path()) {
        return true;
    }
    match &telemetry.config.excluded_if {
        Some(excluded) => excluded(request.method(), full_uri(request), request.headers()),
        None => false,
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
    ) -> Self {
        let recorder = &telemetry.recorder;
        let propagation = recorder.propagation();
        if !telemetry.config.public_endpoint {
            // Where the sampler is known to say no, it is not asked, and there is
            // no span that could give the request an id.
            let parent = if recorder.is_parent_based() {
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
}

/// Starts span, clock and gauge of a request.
fn start<B: 'static>(
    telemetry: &Arc<Telemetry>,
    request: &mut Request<B>,
    current: Context,
) -> Box<Scope> {
    let ticks = Instant::now();
    let (config, recorder) = (&telemetry.config, &*telemetry.recorder);
    let methods = &recorder.instruments.methods;
    let entries = entries::of(request, &current, config);
    let head = Head::of(request.headers());
    let caller = Caller::of(head.trace, request.headers(), telemetry, current);
    let place = methods.position(request.method());
    let method = place.unwrap_or(methods.count());
    let matched = request.extensions().get::<MatchedPath>();
    let late_route = matched.is_none().then(LateRoute::default);
    let uri = full_uri(request);
    let origin = Origin::of(request, uri, &head.told, config.proxies);
    if !head.told.is_nothing() {
        origin.tell_of_proxy(config.proxies);
    }
    let labels = Labels {
        method: u16::try_from(method).unwrap_or(u16::MAX),
        scheme: origin.scheme,
        version: Protocol::of(request.version()),
        route: match matched {
            Some(path) => telemetry.routes.get(path.as_str()),
            None => Arc::clone(&telemetry.routes.none),
        },
        status: None,
        grpc: None,
        error: None,
    };
    let mut extras = None;
    let span = if recorder.never_samples(&caller.parent) {
        let wall = SystemTime::UNIX_EPOCH;
        Span::none(caller.parent, Clock { wall, ticks })
    } else {
        // The same moment on the other clock: the span is as long as the metric says.
        let wall = SystemTime::now();
        let mut attributes = Vec::with_capacity(ATTRIBUTES);
        let label = methods.label(method);
        attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, label));
        if place.is_none() {
            let original = cut(request.method().as_str(), MAX_METHOD_BYTES).to_owned();
            let key = semconv::HTTP_REQUEST_METHOD_ORIGINAL;
            attributes.push(KeyValue::new(key, original));
        }
        head.describe(uri, &labels, &origin, &mut attributes);
        let listed = &telemetry.request_headers;
        if !listed.is_empty() {
            attributes.extend(listed::headers(listed, request.headers()));
        }
        if let Some(entries) = &entries {
            let known_entries = entries.entries();
            attributes.extend_from_slice(&known_entries);
            extras = Some(Box::new(Extras {
                known_entries,
                ..Extras::default()
            }));
        }
        if recorder.conventions().old_http_names {
            add_old_names(&mut attributes, uri);
        }
        let mut builder = SpanBuilder::from_name(labels.route.span_name(methods, method))
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        builder.links = caller.link.map(|caller| vec![Link::with_context(caller)]);
        let span = recorder.start(builder, &caller.parent, Clock { wall, ticks });
        if config.trace_response {
            let extras: &mut Box<Extras> = extras.get_or_insert_default();
            extras.trace_response = traceparent(&span.context);
        }
        span
    };
    if telemetry.has_access_log {
        let path = shorten(uri.path(), MAX_BYTES).into_owned();
        extras.get_or_insert_default().path = Some(path.into());
    }

    request.extensions_mut().insert(Recorded);
    if let Some(late) = &late_route {
        request.extensions_mut().insert(LateRoute::clone(late));
    }
    recorder.instruments.count(1, &labels);
    let wants_fields = span.is_recording() && !telemetry.body_fields.is_empty();
    if let Some(seen) = request_body::watch(request, config.body_sizes, wants_fields) {
        extras.get_or_insert_default().seen = Some(seen);
    }
    let (context, slot) = match entries {
        Some(entries) => (entries.attach_to(&span.context), Slot::with(entries)),
        None => (span.context.clone(), Slot::default()),
    };
    let operation = Operation {
        telemetry: Arc::clone(telemetry),
        span,
        labels,
        is_head: request.method() == Method::HEAD,
        is_connect: request.method() == Method::CONNECT,
        late_route,
        left: None,
        response_bytes: 0,
        extras,
    };
    Scope::new(context, slot, Some(Run::start_at(ticks, operation)))
}
