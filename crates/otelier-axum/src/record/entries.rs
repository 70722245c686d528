//! The request's context from its start.

use std::{
    pin::pin,
    task::{Context as TaskContext, Poll, Waker},
};

use axum::{
    extract::{FromRequestParts as _, RawPathParams},
    http::Request,
};
use opentelemetry::Context;
use otelier_core::context::RequestContext;

use super::listed::plain;
use crate::config::Config;

/// That of the request around this one, and what the layer takes from headers and
/// path, `None` where there is neither.
pub(super) fn of<B>(
    request: &mut Request<B>,
    current: &Context,
    config: &Config,
) -> Option<RequestContext> {
    let around = current.get::<RequestContext>().cloned();
    if config.context_headers.is_empty() && config.context_parameters.is_empty() {
        return around;
    }
    let entries = around.unwrap_or_default();
    for (header, key) in &config.context_headers {
        if let Some(value) = request.headers().get(header).and_then(plain) {
            entries.set(key.clone(), value);
        }
    }
    if !config.context_parameters.is_empty()
        && let Some(parameters) = parameters(request)
    {
        for (wanted, key) in &config.context_parameters {
            let mut found = parameters.iter();
            if let Some((_, value)) = found.find(|(name, _)| name == wanted) {
                entries.set(key.clone(), value);
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
