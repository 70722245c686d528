//! The service that a layer makes.

use std::{
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
    side::Side,
};

/// A service whose calls are recorded, made by [`ServerLayer`](crate::ServerLayer)
/// or [`ClientLayer`](crate::ClientLayer).
///
/// See the [example of the crate](crate).
#[derive(Clone, Debug)]
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

impl<S, B, A, K> Service<Request<B>> for Trace<S, K>
where
    S: Service<Request<B>, Response = Response<A>>,
    A: Body,
    K: Side<S::Error> + Side<A::Error>,
{
    type Response = Response<TracedBody<A, K>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, K>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let scope = match <K as Side<S::Error>>::RECEIVES {
            true => record::receive(&self.telemetry, &mut request),
            false => record::send(&self.telemetry, &mut request),
        };
        // Services inside may begin in `call` already.
        ResponseFuture::new(Traced::make(scope, || self.inner.call(request)))
    }
}
