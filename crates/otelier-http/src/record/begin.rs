//! The start of a request: span, clock, gauge and headers.

use http::{Extensions, HeaderMap, Method, Request};
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Propagation, Run, cut,
    edge::{
        Clock, Span,
        http_client::{
            Kind, NoPropagation, UrlTemplate, renamed, span_name, template, without_brackets,
        },
    },
    semconv,
};

use super::{
    operation::Operation,
    target::Target,
    telemetry::{Peers, Way},
};
use crate::config::Config;

/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Four at the start and two at the end of a request that succeeds; others have
/// some more.
const ATTRIBUTES: usize = 8;

/// Starts the record of a request, if there is to be one, and sends a context
/// along.
pub(crate) fn begin<B>(way: Way<'_>, request: &mut Request<B>) -> Option<Run<Operation>> {
    let is_refused = request.extensions().get::<NoPropagation>().is_some();
    match way {
        Way::Records(config, peers) => {
            let run = start(
                peers,
                config,
                request.method(),
                &Target::new(request.uri(), &config.origin),
                request.extensions(),
            );
            let operation = run.record();
            if operation.peer.propagates && !is_refused {
                inject(operation, request.headers_mut());
            }
            Some(run)
        }
        Way::Passes(config, propagation) => {
            if !is_refused {
                pass(config, propagation, request);
            }
            None
        }
    }
}

pub(super) fn start(
    peers: &Peers,
    config: &Config,
    method: &Method,
    target: &Target<'_>,
    extensions: &Extensions,
) -> Run<Operation> {
    let clock = Clock::now();
    let place = peers.place(method);
    let peer = peers.peer(&target.host(), target.port(), &config.propagation);
    let kind = peer.kind(place, &peers.methods);
    let parent = Context::current();
    let (span, is_own) = match kind {
        Some(kind) if !peers.recorder.never_samples(&parent) => {
            let unknown = peers.is_unknown(place).then_some(method);
            let mut span = describe(kind, unknown, target, extensions);
            if peer.has_old_names()
                && let Some(attributes) = &mut span.attributes
            {
                attributes.extend(renamed(attributes));
            }
            (peers.recorder.start(span, &parent, clock), true)
        }
        _ => (Span::none(parent, clock), false),
    };
    if let Some(kind) = kind {
        kind.active.add(1);
    }
    let operation = Operation {
        span,
        place,
        is_secure: target.is_secure(),
        is_own,
        peer,
        answer: None,
    };
    Run::start_at(clock.ticks, operation)
}

/// Writes the request's context. The callee is told of a span, even if there is
/// none because it is not sampled.
pub(super) fn inject(operation: &Operation, headers: &mut HeaderMap) {
    let propagation = operation.peer.propagation();
    let context = &operation.span.context;
    if operation.is_own {
        propagation.inject(context, headers);
    } else {
        propagation.inject_unrecorded(context, headers);
    }
}

/// Sends the context of others along while nothing is recorded.
fn pass<B>(config: &Config, propagation: &Propagation, request: &mut Request<B>) {
    let host = Target::new(request.uri(), &config.origin).host();
    if config.propagation.contains(without_brackets(&host)) {
        Context::map_current(|cx| propagation.inject(cx, request.headers_mut()));
    }
}

/// What is known before the request is sent, which is what samplers see.
fn describe(
    kind: &Kind,
    unknown: Option<&Method>,
    target: &Target<'_>,
    extensions: &Extensions,
) -> SpanBuilder {
    let mut attributes = Vec::with_capacity(ATTRIBUTES);
    kind.target.describe(&mut attributes);
    attributes.push(KeyValue::new(semconv::URL_FULL, target.url()));
    if let Some(method) = unknown {
        let original = cut(method.as_str(), MAX_METHOD_BYTES).to_owned();
        attributes.push(KeyValue::new(
            semconv::HTTP_REQUEST_METHOD_ORIGINAL,
            original,
        ));
    }
    let mut name = kind.name.clone();
    if !extensions.is_empty() {
        let given = extensions.get::<UrlTemplate>();
        attributes.extend(given.map(template));
        name = span_name(name, given, extensions.get());
    }
    SpanBuilder::from_name(name)
        .with_kind(SpanKind::Client)
        .with_attributes(attributes)
}
