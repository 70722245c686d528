//! The service: lets a request in, has it wait, or refuses it.

use std::{
    mem,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use tower_service::Service;

use super::{
    future::{AdmissionFuture, Waiting},
    gate::{Entry, Gate},
};

/// A service that lets at most so many requests in at a time, made by
/// [`AdmissionLayer`](super::AdmissionLayer).
///
/// See the [example of the module](crate::admission).
#[derive(Clone, Debug)]
pub struct Admission<S> {
    inner: S,
    gate: Arc<Gate>,
}

impl<S> Admission<S> {
    pub(super) fn new(inner: S, gate: Arc<Gate>) -> Self {
        Self { inner, gate }
    }
}

impl<S, Req, Res> Service<Request<Req>> for Admission<S>
where
    S: Service<Request<Req>, Response = Response<Res>> + Clone,
    Res: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = AdmissionFuture<S, Req>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Req>) -> Self::Future {
        if self.gate.is_exempt(&request) {
            return AdmissionFuture::new(self.inner.call(request), None);
        }
        match self.gate.enter() {
            Entry::Inside(place) => {
                let place = (place, Arc::clone(&self.gate));
                AdmissionFuture::new(self.inner.call(request), Some(place))
            }
            Entry::Waits(wait) => {
                // The one that was asked whether it is ready.
                let clone = self.inner.clone();
                let inner = mem::replace(&mut self.inner, clone);
                let gate = Arc::clone(&self.gate);
                AdmissionFuture::waiting(Waiting {
                    wait,
                    inner,
                    request,
                    gate,
                })
            }
            Entry::Refused => AdmissionFuture::refused(self.gate.refusal()),
        }
    }
}
