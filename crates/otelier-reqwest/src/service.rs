//! The service that the layer makes.

use std::{
    error::Error,
    task::{Context as TaskContext, Poll},
};

use otelier_core::edge::Traced;
use reqwest::{Request, Response};
use tower_service::Service;

use crate::{
    future::ResponseFuture,
    record::{self, Telemetry},
};

/// A service whose requests are recorded, made by [`TraceLayer`](crate::TraceLayer).
///
/// See the example of [`TraceLayer`](crate::TraceLayer).
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

impl<S> Service<Request> for Trace<S>
where
    S: Service<Request, Response = Response>,
    S::Error: Error + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let way = self.telemetry.way();
        let attempt =
            way.and_then(|way| record::begin(way, &mut request, None::<&http::Extensions>));
        // Services inside may begin in `call` already.
        ResponseFuture::new(Traced::make(attempt, || self.inner.call(request)))
    }
}
