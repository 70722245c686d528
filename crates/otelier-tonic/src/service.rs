//! The service that a layer makes.

use std::{
    error::Error,
    fmt,
    marker::PhantomData,
    task::{Context as TaskContext, Poll},
};

use http::{Request, Response};
use http_body::Body;
use otelier_core::edge::Traced;
use tower_service::Service;

use crate::{
    body::TracedBody,
    future::ResponseFuture,
    record::{self, Telemetry},
    side::{Client, Server},
};

/// A service whose calls are recorded, made by [`ServerLayer`](crate::ServerLayer)
/// or [`ClientLayer`](crate::ClientLayer).
///
/// See the [example of the crate](crate).
pub struct Trace<S, K> {
    inner: S,
    telemetry: Telemetry,
    side: PhantomData<fn() -> K>,
}

impl<S, K> Trace<S, K> {
    pub(crate) fn new(inner: S, telemetry: Telemetry) -> Self {
        Self {
            inner,
            telemetry,
            side: PhantomData,
        }
    }
}

impl<S, B, A> Service<Request<B>> for Trace<S, Server>
where
    S: Service<Request<B>, Response = Response<A>>,
    A: Body,
{
    type Response = Response<TracedBody<A, Server>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Server>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let scope = record::receive(&self.telemetry, &mut request);
        // Services inside may begin in `call` already.
        ResponseFuture::new(Traced::make(scope, || self.inner.call(request)))
    }
}

impl<S, B, A> Service<Request<B>> for Trace<S, Client>
where
    S: Service<Request<B>, Response = Response<A>, Error: Error + 'static>,
    A: Body<Error: Error + 'static>,
{
    type Response = Response<TracedBody<A, Client>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, Client>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let scope = record::send(&self.telemetry, &mut request);
        ResponseFuture::new(Traced::make(scope, || self.inner.call(request)))
    }
}

impl<S: Clone, K> Clone for Trace<S, K> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.telemetry.clone())
    }
}

impl<S: fmt::Debug, K> fmt::Debug for Trace<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trace")
            .field("inner", &self.inner)
            .field("telemetry", &self.telemetry)
            .finish()
    }
}
