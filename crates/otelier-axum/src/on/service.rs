//! The service: decides what happens to a request.

use std::{
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use axum::http::{Request, Response};
use http_body::Body;
use opentelemetry::Context;
use tower_service::Service;

use super::{
    body::TracedBody, exclude, future::ResponseFuture, layer::Shared, request, scope::Scope,
};

/// A service whose requests are recorded, made by [`TraceLayer`](crate::TraceLayer).
#[derive(Clone, Debug)]
pub struct Trace<S> {
    inner: S,
    shared: Arc<Shared>,
}

impl<S> Trace<S> {
    pub(super) fn new(inner: S, shared: Arc<Shared>) -> Self {
        Self { inner, shared }
    }

    /// What the request runs in, or `None` if it is none of our business.
    fn scope<B>(&self, request: &mut Request<B>) -> Option<Box<Scope>> {
        let telemetry = self.shared.telemetry()?;
        let current = Context::current();
        if current.is_telemetry_suppressed() || request::is_recorded(request) {
            return None;
        }
        let propagation = telemetry.providers.propagation();
        let parent = propagation.extract(request.headers(), &current);
        if exclude::is_excluded(request::full_uri(request).path()) {
            return Some(Scope::unrecorded(parent));
        }
        Some(request::begin(&self.shared, telemetry, request, &parent))
    }
}

impl<S, Req, Res> Service<Request<Req>> for Trace<S>
where
    S: Service<Request<Req>, Response = Response<Res>>,
    Res: Body,
{
    type Response = Response<TracedBody<Res>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Req>) -> Self::Future {
        let scope = self.scope(&mut request);
        // Layers inside may start spans in `call` already.
        let attached = scope.as_deref().map(Scope::attach);
        let inner = self.inner.call(request);
        drop(attached);
        ResponseFuture::new(inner, scope)
    }
}
