//! The service that the layer makes.

use std::{
    error::Error,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use reqwest::{Request, Response};
use tower_service::Service;

use super::{attempt, future::ResponseFuture, nesting::poll_in, telemetry::Shared};

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
        let config = &self.shared.config;
        let telemetry = self.shared.telemetry();
        let mut run =
            telemetry.map(|telemetry| attempt::begin(config, telemetry, &mut request, None));
        if run.is_none()
            && let Some(propagation) = self.shared.passing()
        {
            attempt::pass(config, propagation, &mut request, None);
        }
        // Services inside may begin in `call` already.
        let inner = poll_in(&mut run, || self.inner.call(request));
        ResponseFuture::new(inner, run, config.span_end())
    }
}
