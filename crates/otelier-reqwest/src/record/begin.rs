//! The start of an attempt: span, clock, gauge and headers.

use http::Extensions;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Propagation, Run, cut,
    edge::{
        Clock, Span,
        http_client::{
            Kind, NoPropagation, UrlTemplate, full_url, renamed, span_name, template,
            without_brackets,
        },
    },
    semconv,
};
use reqwest::Request;

use super::{
    nesting::{Attempt, fingerprint, take_over},
    operation::Operation,
    telemetry::{Peers, Way},
};
use crate::config::Config;

/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Four at the start and four at the end of a request that succeeds; others
/// have some more.
const ATTRIBUTES: usize = 8;

/// How often the request has been sent already. It is kept where a retry
/// finds it: the extensions are shared by all attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent(pub(super) u32);

/// Starts the record of a request, if there is to be one, and sends a context
/// along.
pub(crate) fn begin(
    way: Way<'_>,
    request: &mut Request,
    extensions: Option<&Extensions>,
) -> Option<Attempt> {
    match way {
        Way::Records(config, peers) => {
            let run = start(config, peers, request, extensions);
            Some(Attempt::new(run))
        }
        Way::Passes(config, propagation) => {
            pass(config, propagation, request, extensions);
            None
        }
    }
}

fn start(
    config: &Config,
    peers: &Peers,
    request: &mut Request,
    extensions: Option<&Extensions>,
) -> Run<Operation> {
    let place = peers.place(request.method());
    let fingerprint = fingerprint(request.url(), place);
    let parent = match take_over(fingerprint) {
        Ok(mut run) => {
            run.record_mut().end = config.span_end;
            return run;
        }
        Err(parent) => parent,
    };
    let clock = Clock::now();
    let url = request.url();
    let host = url.host_str().unwrap_or_default();
    let peer = peers.peer(host, url.port_or_known_default(), &config.propagation);
    let kind = peer.kind(place, &peers.methods);
    let extensions = extensions.filter(|extensions| !extensions.is_empty());

    let (span, parent) = match kind {
        Some(kind) if !peers.recorder.never_samples(&parent) => {
            let is_unknown = peers.is_unknown(place);
            let mut span = describe(request, kind, is_unknown, extensions);
            if peer.has_old_names()
                && let Some(attributes) = &mut span.attributes
            {
                attributes.extend(renamed(attributes));
            }
            (peers.recorder.start(span, &parent, clock), Some(parent))
        }
        _ => (Span::none(parent, clock), None),
    };
    if peer.propagates && !is_refused(extensions) {
        let propagation = peers.recorder.propagation();
        if parent.is_some() {
            propagation.inject(&span.context, request.headers_mut());
        } else {
            propagation.inject_unrecorded(&span.context, request.headers_mut());
        }
    }
    if let Some(kind) = kind {
        kind.active.add(1);
    }
    let operation = Operation {
        span,
        parent,
        place,
        fingerprint,
        peer,
        answer: None,
        end: config.span_end,
    };
    Run::start_at(clock.ticks, operation)
}

/// Sends the context of others along while nothing is recorded.
fn pass(
    config: &Config,
    propagation: &Propagation,
    request: &mut Request,
    extensions: Option<&Extensions>,
) {
    let host = request.url().host_str().unwrap_or_default();
    if config.propagation.contains(without_brackets(host)) && !is_refused(extensions) {
        Context::map_current(|cx| propagation.inject(cx, request.headers_mut()));
    }
}

fn is_refused(extensions: Option<&Extensions>) -> bool {
    extensions.is_some_and(|all| all.get::<NoPropagation>().is_some())
}

/// What is known before the request is sent, which is what samplers see.
fn describe(
    request: &Request,
    kind: &Kind,
    is_unknown: bool,
    extensions: Option<&Extensions>,
) -> SpanBuilder {
    let mut attributes = Vec::with_capacity(ATTRIBUTES);
    kind.target.describe(&mut attributes);
    attributes.push(KeyValue::new(
        semconv::URL_FULL,
        full_url(request.url().as_str()),
    ));
    if is_unknown {
        let original = cut(request.method().as_str(), MAX_METHOD_BYTES).to_owned();
        attributes.push(KeyValue::new(
            semconv::HTTP_REQUEST_METHOD_ORIGINAL,
            original,
        ));
    }
    let name = match extensions {
        None => kind.name.clone(),
        Some(extensions) => {
            let given = extensions.get::<UrlTemplate>();
            attributes.extend(given.map(template));
            if let Some(Sent(times)) = extensions.get() {
                let times = i64::from(*times);
                attributes.push(KeyValue::new(semconv::HTTP_REQUEST_RESEND_COUNT, times));
            }
            span_name(kind.name.clone(), given, extensions.get())
        }
    };
    SpanBuilder::from_name(name)
        .with_kind(SpanKind::Client)
        .with_attributes(attributes)
}
