//! The start of a call: span, clock and metadata.

use std::{net::SocketAddr, sync::Arc};

use http::Request;
use opentelemetry::{
    Context, KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use otelier_core::{
    Run, TraceHeaders,
    context::{RequestContext, Slot},
    edge::{Clock, Span, grpc, listed},
    semconv::{self, old},
};

use super::{
    calls::{Calls, GRPC, Side},
    host::Host,
    metadata, method,
    operation::{Named, Operation, original},
    scope::Scope,
    telemetry::{Inner, Telemetry},
};

/// Six at the start, of which a client has four, and two at the end.
const ATTRIBUTES: usize = 8;

/// What a call that came runs in, `None` if it is none of our business.
#[inline]
pub(crate) fn receive<B>(telemetry: &Telemetry, request: &mut Request<B>) -> Option<Box<Scope>> {
    let inner = telemetry.inner()?;
    let is_ours = grpc::is_call(request) && !grpc::is_recorded(request.extensions());
    is_ours.then(|| receive_in(inner, request)).flatten()
}

/// What a call runs in that goes out.
#[inline]
pub(crate) fn send<B>(telemetry: &Telemetry, request: &mut Request<B>) -> Option<Box<Scope>> {
    let inner = telemetry.inner()?;
    grpc::is_call(request)
        .then(|| send_in(inner, request))
        .flatten()
}

fn receive_in<B>(inner: &Inner, request: &mut Request<B>) -> Option<Box<Scope>> {
    let current = Context::current();
    let name = method::name(request.uri());
    let calls = match inner.calls(&current) {
        Some(calls) if !calls.is_excluded(name) => calls,
        calls => {
            // It leaves nothing, but runs in its caller's context.
            let recording = calls.map(|calls| calls.recorder.propagation());
            let propagation = recording.or_else(|| inner.edge.passing())?;
            let caller = propagation.extract_any(request.headers(), &current)?;
            return Some(Box::new(Scope::new(caller, None, None)));
        }
    };
    let around = current.get::<RequestContext>().cloned();
    let recorder = &calls.recorder;
    let trace = TraceHeaders::of(request.headers());
    let parent = if recorder.is_parent_based() {
        // Where the sampler is known to say no, there is no span that could give
        // the call an id.
        let propagation = recorder.propagation();
        propagation.extract_unrecorded(trace, request.headers(), &current)
    } else {
        let propagation = recorder.propagation();
        propagation.extract_met(trace, request.headers(), &current)
    };
    let peer = || match &inner.config.peer {
        Some(peer) => peer(request.extensions()),
        None => request.extensions().get::<SocketAddr>().copied(),
    };
    let run = start(calls, request, name, parent, peer);
    request.extensions_mut().insert(grpc::Recorded);
    let context = &run.record().span.context;
    let (context, slot) = match around {
        Some(entries) => (entries.attach_to(context), Slot::with(entries)),
        None => (context.clone(), Slot::default()),
    };
    Some(Box::new(Scope::new(context, Some(slot), Some(run))))
}

fn send_in<B>(inner: &Inner, request: &mut Request<B>) -> Option<Box<Scope>> {
    let current = Context::current();
    let is_sent = !inner.config.keeps_context;
    let name = method::name(request.uri());
    let calls = match inner.calls(&current) {
        Some(calls) if !calls.is_excluded(name) => calls,
        calls => {
            let recording = calls.map(|calls| calls.recorder.propagation());
            let propagation = recording.or_else(|| inner.edge.passing())?;
            if is_sent {
                propagation.inject(&current, request.headers_mut());
            }
            return None;
        }
    };
    let is_own = !calls.recorder.never_samples(&current);
    let run = start(calls, request, name, current, || None);
    let context = run.record().span.context.clone();
    if is_sent {
        // The callee is told of a span, even if there is none because it is not
        // sampled.
        let propagation = calls.recorder.propagation();
        if is_own {
            propagation.inject(&context, request.headers_mut());
        } else {
            propagation.inject_unrecorded(&context, request.headers_mut());
        }
    }
    Some(Box::new(Scope::new(context, None, Some(run))))
}

fn start<B>(
    calls: &Arc<Calls>,
    request: &Request<B>,
    name: Option<&str>,
    parent: Context,
    peer: impl FnOnce() -> Option<SocketAddr>,
) -> Run<Operation> {
    let clock = Clock::now();
    let uri = request.uri();
    let host = calls.host(uri);
    let method = Named::of(calls, &host, uri.path(), name);
    let span = if calls.recorder.never_samples(&parent) {
        Span::none(parent, clock)
    } else {
        let described = describe(calls, request, &host, &method, peer());
        calls.recorder.start(described, &parent, clock)
    };
    let operation = Operation {
        calls: Arc::clone(calls),
        span,
        host,
        method,
        timeout: metadata::timeout(request.headers()),
        waits: false,
        code: None,
    };
    Run::start_at(clock.ticks, operation)
}

/// What is known before the call is answered, which is what samplers see.
fn describe<B>(
    calls: &Calls,
    request: &Request<B>,
    host: &Host,
    method: &Named,
    peer: Option<SocketAddr>,
) -> SpanBuilder {
    let mut attributes = Vec::with_capacity(ATTRIBUTES);
    attributes.push(KeyValue::new(semconv::RPC_SYSTEM_NAME, GRPC));
    let name = match method {
        Named::Known(method) => {
            attributes.push(method.label());
            method.span_name()
        }
        Named::Open(path) => {
            let name = path.trim_start_matches('/').to_owned();
            attributes.push(KeyValue::new(semconv::RPC_METHOD, name.clone()));
            Some(name.into())
        }
        Named::Unknown(path) => {
            attributes.push(calls.methods(host).other.label());
            attributes.push(original(path));
            None
        }
    };
    host.describe(&mut attributes);
    if let Some(peer) = peer {
        let address = peer.ip().to_canonical().to_string();
        attributes.push(KeyValue::new(semconv::NETWORK_PEER_ADDRESS, address));
        let port = i64::from(peer.port());
        attributes.push(KeyValue::new(semconv::NETWORK_PEER_PORT, port));
    }
    let listed = &calls.request_metadata;
    if !listed.is_empty() {
        attributes.extend(listed::headers(listed, request.headers()));
    }
    if calls.recorder.conventions().old_rpc_names {
        attributes.push(KeyValue::new(old::RPC_SYSTEM, GRPC));
        if let Some(name) = &name {
            let (service, _) = method::parts(name);
            attributes.push(KeyValue::new(old::RPC_SERVICE, service.to_owned()));
        }
    }
    let kind = match calls.side {
        Side::Server => SpanKind::Server,
        Side::Client => SpanKind::Client,
    };
    SpanBuilder::from_name(name.unwrap_or(GRPC.into()))
        .with_kind(kind)
        .with_attributes(attributes)
}
