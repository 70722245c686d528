//! The start of an attempt: span, clock, gauge and headers.

use std::{
    borrow::Cow,
    time::{Instant, SystemTime},
};

use http::Extensions;
use opentelemetry::{
    Context, KeyValue, StringValue,
    trace::{SpanBuilder, SpanKind, TraceContextExt as _},
};
use otelier_core::{Methods, Run, cut, semconv};
use reqwest::Request;

use super::{
    config::Config,
    exchange::Exchange,
    extension::{NoPropagation, Sent, SpanName, UrlTemplate},
    old,
    peer::{Ending, Peer},
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
    // One moment on both clocks: the span is as long as the metric says.
    let (started, clock) = (SystemTime::now(), Instant::now());
    let known = telemetry.methods.known(request.method());
    let method = known.clone().unwrap_or_else(Methods::other);
    let peer = telemetry.peer(request.url(), config);
    let extensions = extensions.filter(|extensions| !extensions.is_empty());

    let parent = Context::current();
    // Where the sampler is known to say no, it need not be asked.
    let (context, is_recording) = if telemetry.never_samples(&parent) {
        (parent, false)
    } else {
        let span = describe(request, &peer, known.as_ref(), extensions).with_start_time(started);
        let context = telemetry.spans.start(span, &parent);
        let is_recording =
            context.span().span_context().is_sampled() || context.span().is_recording();
        (context, is_recording)
    };
    let refused = extensions.is_some_and(|all| all.get::<NoPropagation>().is_some());
    if peer.propagates && !refused {
        let propagation = telemetry.providers.propagation();
        propagation.inject(&context, request.headers_mut());
    }

    let active = peer.active(&method);
    active.add(1);
    let exchange = Exchange {
        context,
        is_recording,
        started,
        active,
        ending: Ending::of(method),
        peer,
        remote: None,
    };
    Run::start_at(clock, exchange)
}

/// What is known before the request is sent, which is what samplers see.
fn describe(
    request: &Request,
    peer: &Peer,
    known: Option<&StringValue>,
    extensions: Option<&Extensions>,
) -> SpanBuilder {
    let template = extensions.and_then(|all| all.get::<UrlTemplate>());
    let name = extensions.and_then(|all| all.get::<SpanName>());
    let method = known.cloned().unwrap_or_else(Methods::other);
    let name = span_name(&method, template, name);

    let mut attributes = Vec::with_capacity(ATTRIBUTES);
    attributes.push(KeyValue::new(semconv::HTTP_REQUEST_METHOD, method));
    attributes.extend(peer.describe());
    attributes.push(KeyValue::new(semconv::URL_FULL, url::full(request.url())));
    if known.is_none() {
        let original = cut(request.method().as_str(), MAX_METHOD_BYTES).to_owned();
        attributes.push(KeyValue::new(
            semconv::HTTP_REQUEST_METHOD_ORIGINAL,
            original,
        ));
    }
    if let Some(template) = template {
        attributes.push(KeyValue::new(semconv::URL_TEMPLATE, template.label()));
    }
    if let Some(Sent(times)) = extensions.and_then(|all| all.get()) {
        let times = i64::from(*times);
        attributes.push(KeyValue::new(semconv::HTTP_REQUEST_RESEND_COUNT, times));
    }
    if peer.has_old_names() {
        attributes.extend(old::renamed(&attributes));
    }
    SpanBuilder::from_name(name)
        .with_kind(SpanKind::Client)
        .with_attributes(attributes)
}

/// `GET /orders/{id}`, or `GET` without a template; `HTTP` for unknown methods.
pub(super) fn span_name(
    method: &StringValue,
    template: Option<&UrlTemplate>,
    name: Option<&SpanName>,
) -> Cow<'static, str> {
    if let Some(SpanName(name)) = name {
        return name.clone();
    }
    let method = Methods::name(method);
    match template {
        None => method,
        Some(template) => [&*method, template.text()].join(" ").into(),
    }
}
