//! The service: has each request run in what is recorded of it.

use std::{
    any::TypeId,
    task::{Context as TaskContext, Poll},
};

use axum::{
    BoxError, Router,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
    routing::Route,
};
use tower_service::Service;

use crate::{future::ResponseFuture, record::Shared};

/// A service whose requests are recorded, made by [`TraceLayer`](crate::TraceLayer).
///
/// ```
/// use otelier_axum::TraceLayer;
/// use tower_layer::Layer as _;
///
/// let service = TraceLayer::new().layer(axum::Router::<()>::new());
/// # let _ = service;
/// ```
#[derive(Clone, Debug)]
pub struct Trace<S> {
    inner: S,
    shared: Shared,
}

impl<S> Trace<S> {
    pub(crate) fn new(inner: S, shared: Shared) -> Self {
        Self { inner, shared }
    }
}

/// Tells whether a service runs no code of others before its future is polled:
/// axum's own call what they hold from there.
fn is_lazy<S: 'static>() -> bool {
    is_route::<S>() || TypeId::of::<S>() == TypeId::of::<Router>()
}

fn is_route<S: 'static>() -> bool {
    TypeId::of::<S>() == TypeId::of::<Route>()
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

    /// All in one, so that neither request nor future moves once more. The future
    /// of a route, which axum boxes, moves less where it is made in one place;
    /// around others off is cheaper with a place of its own.
    #[inline]
    fn call(&mut self, mut request: Request<Req>) -> Self::Future {
        let is_idle = self.shared.is_idle();
        if is_idle && !is_route::<S>() {
            return ResponseFuture::new(self.inner.call(request), None);
        }
        let scope = if is_idle {
            None
        } else {
            self.shared.begin(&mut request)
        };
        if is_lazy::<S>() {
            return ResponseFuture::new(self.inner.call(request), scope);
        }
        // Layers inside may start spans in `call` already.
        ResponseFuture::make(scope, || self.inner.call(request))
    }
}
