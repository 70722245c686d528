//! The start of an attempt: span, clock, gauge and headers.

use std::{
    borrow::Cow,
    time::{Instant, SystemTime},
};

use http::Extensions;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind, TraceContextExt as _},
};
use otelier_core::{Propagation, Run, cut, semconv};
use reqwest::Request;

use crate::NoPropagation;

use super::{
    config::Config,
    exchange::Exchange,
    extension::{Sent, SpanName, UrlTemplate},
    nesting::{fingerprint, take_over},
    old,
    peer::{Kind, without_brackets},
    telemetry::Telemetry,
    url,
};

/// Longer unknown methods are cut.
const MAX_METHOD_BYTES: usize = 64;
/// Four at the start and four at the end of a request that succeeds; others
/// have some more.
const ATTRIBUTES: usize = 8;

/// Starts the record of a request, and sends its context along.
pub(super) fn begin(
    config: &Config,
    telemetry: &Telemetry,
    request: &mut Request,
    extensions: Option<&Extensions>,
) -> Run<Exchange> {
    let place = telemetry.place(request.method());
    let fingerprint = fingerprint(request.url(), place);
    let parent = match take_over(fingerprint) {
        Ok(run) => return run,
        Err(parent) => parent,
    };
    // One moment on both clocks: the span is as long as the metric says.
    let (started, clock) = (SystemTime::now(), Instant::now());
    let peer = telemetry.peer(request.url(), config);
    let kind = peer.kind(place, &telemetry.methods);
    let extensions = extensions.filter(|extensions| !extensions.is_empty());

    // Where the sampler is known to say no, it need not be asked.
    let (context, parent, is_recording, is_made) = match kind {
        Some(kind) if !telemetry.never_samples(&parent) => {
            let is_unknown = telemetry.is_unknown(place);
            let mut span = describe(request, kind, is_unknown, extensions);
            if peer.has_old_names()
                && let Some(attributes) = &mut span.attributes
            {
                attributes.extend(old::renamed(attributes));
            }
            let span = span.with_start_time(started);
            let context = telemetry.spans.start(span, &parent);
            let is_recording =
                context.span().span_context().is_sampled() || context.span().is_recording();
            (context, Some(parent), is_recording, true)
        }
        _ => (parent, None, false, false),
    };
    if peer.propagates && !is_refused(extensions) {
        let propagation = telemetry.providers.propagation();
        if is_made {
            propagation.inject(&context, request.headers_mut());
        } else {
            propagation.inject_unrecorded(&context, request.headers_mut());
        }
    }
    if let Some(kind) = kind {
        kind.active.add(1);
    }
    let exchange = Exchange {
        context,
        parent,
        is_recording,
        place,
        fingerprint,
        started,
        peer,
        answer: None,
    };
    Run::start_at(clock, exchange)
}

/// Sends the context of others along while nothing is recorded.
pub(super) fn pass(
    config: &Config,
    propagation: &Propagation,
    request: &mut Request,
    extensions: Option<&Extensions>,
) {
    let host = request.url().host_str().unwrap_or_default();
    if config.propagates_to(without_brackets(host)) && !is_refused(extensions) {
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
    attributes.push(KeyValue::new(semconv::URL_FULL, url::full(request.url())));
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
            let template = extensions.get::<UrlTemplate>();
            if let Some(template) = template {
                attributes.push(KeyValue::new(semconv::URL_TEMPLATE, template.label()));
            }
            if let Some(Sent(times)) = extensions.get() {
                let times = i64::from(*times);
                attributes.push(KeyValue::new(semconv::HTTP_REQUEST_RESEND_COUNT, times));
            }
            span_name(kind.name.clone(), template, extensions.get())
        }
    };
    SpanBuilder::from_name(name)
        .with_kind(SpanKind::Client)
        .with_attributes(attributes)
}

/// `GET /orders/{id}`, or `GET` without a template; `HTTP` for unknown methods.
pub(super) fn span_name(
    method: Cow<'static, str>,
    template: Option<&UrlTemplate>,
    name: Option<&SpanName>,
) -> Cow<'static, str> {
    match (name, template) {
        (Some(SpanName(name)), _) => name.clone(),
        (None, None) => method,
        (None, Some(template)) => [&*method, template.text()].join(" ").into(),
    }
}
