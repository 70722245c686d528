//! The service: decides what happens to a request.

use std::{
    any::TypeId,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
    routing::Route,
};
use opentelemetry::Context;
use otelier_core::context::Slot;
use tower_service::Service;

use super::{future::ResponseFuture, layer::Shared, request, scope::Scope, telemetry::Telemetry};

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
    fn scope<B: 'static>(
        &self,
        telemetry: &Telemetry,
        request: &mut Request<B>,
    ) -> Option<Box<Scope>> {
        let current = Context::current();
        if current.is_telemetry_suppressed() || request::is_recorded(request) {
            return None;
        }
        if request::is_excluded(request, telemetry, &self.shared.config) {
            let propagation = telemetry.providers.propagation();
            let caller = request::caller(request, propagation, &self.shared.config, &current);
            return Some(Scope::new(caller.unwrap_or(current), Slot::default(), None));
        }
        Some(request::begin(&self.shared, telemetry, request, current))
    }

    /// What a request runs in while nothing is recorded, `None` unless context
    /// of others passes through and there is some.
    #[inline]
    fn passing<B>(&self, request: &mut Request<B>) -> Option<Box<Scope>> {
        let propagation = self.shared.passing()?;
        let current = Context::current();
        if current.is_telemetry_suppressed() || request::is_recorded(request) {
            return None;
        }
        let caller = request::caller(request, propagation, &self.shared.config, &current)?;
        // A layer further in must not undo what was changed in between.
        request::mark(request);
        Some(Scope::new(caller, Slot::default(), None))
    }
}

/// Tells whether a service runs no code of others before its future is polled:
/// axum's own call what they hold from there.
fn is_lazy<S: 'static>() -> bool {
    let service = TypeId::of::<S>();
    service == TypeId::of::<Route>() || service == TypeId::of::<Router>()
}

impl<S, Req, Res> Service<Request<Req>> for Trace<S>
where
    S: Service<Request<Req>, Response = Response<Res>> + 'static,
    Req: 'static,
    Res: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, mut request: Request<Req>) -> Self::Future {
        let scope = match self.shared.telemetry() {
            Some(telemetry) => self.scope(telemetry, &mut request),
            None => self.passing(&mut request),
        };
        let Some(mut scope) = scope else {
            return ResponseFuture::new(self.inner.call(request), None);
        };
        let inner = if is_lazy::<S>() {
            self.inner.call(request)
        } else {
            // Layers inside may start spans in `call` already.
            scope.enter(|| self.inner.call(request))
        };
        ResponseFuture::new(inner, Some(scope))
    }
}
