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

    /// What a request runs in while nothing is recorded but context of others
    /// passes through, `None` unless there is some.
    fn passing<B>(&self, request: &mut Request<B>) -> Option<Box<Scope>> {
        let propagation = self.shared.passing()?;
        let current = Context::current();
        if current.is_telemetry_suppressed() || request::is_passed(request) {
            return None;
        }
        let caller = request::caller(request, propagation, &self.shared.config, &current)?;
        // A layer further in must not undo what was changed in between.
        request::mark_passed(request);
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
        let Some(telemetry) = self.shared.telemetry() else {
            if self.shared.passing().is_some() {
                return self.call_passing(request);
            }
            return ResponseFuture::new(self.inner.call(request), None);
        };
        let Some(mut scope) = self.scope(telemetry, &mut request) else {
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

impl<S> Trace<S> {
    /// Lets context of others pass. Apart, so that a request does not move once
    /// more where it is not needed.
    #[cold]
    #[inline(never)]
    fn call_passing<Req, Res>(&mut self, mut request: Request<Req>) -> ResponseFuture<S::Future>
    where
        S: Service<Request<Req>, Response = Response<Res>>,
    {
        match self.passing(&mut request) {
            None => ResponseFuture::new(self.inner.call(request), None),
            Some(mut scope) => {
                let inner = scope.enter(|| self.inner.call(request));
                ResponseFuture::new(inner, Some(scope))
            }
        }
    }
}
