//! The service that the layer makes.

use std::{
    error::Error,
    task::{Context as TaskContext, Poll},
};

use http::{Request, Response};
use otelier_core::edge::Traced;
use tower_service::Service;

use crate::{
    future::ResponseFuture,
    record::{self, Telemetry},
};

/// A service whose requests are recorded, made by [`TraceLayer`](crate::TraceLayer).
///
/// ```
/// use otelier_http::TraceLayer;
/// use tower_layer::Layer as _;
///
/// # struct Client;
/// let client = TraceLayer::new().layer(Client);
/// # let _ = client;
/// ```
#[derive(Clone, Debug)]
pub struct Trace<S> {
    inner: S,
    telemetry: Telemetry,
}

impl<S> Trace<S> {
    pub(crate) fn new(inner: S, telemetry: Telemetry) -> Self {
        Self { inner, telemetry }
    }
}

impl<S, B, A> Service<Request<B>> for Trace<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Error: Error + 'static,
{
    type Response = Response<A>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let way = self.telemetry.way();
        let operation = way.and_then(|way| record::begin(way, &mut request));
        // Services inside may begin in `call` already.
        ResponseFuture::new(Traced::make(operation, || self.inner.call(request)))
    }
}
