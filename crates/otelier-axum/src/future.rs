//! The future of a response.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::Response,
};
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::record::{self, Scope};

pin_project! {
    /// The future of a response whose request is recorded.
    ///
    /// See the [example of the crate](crate).
    ///
    /// # Cancellation
    /// Dropping it drops the handler in the request's context and ends the span
    /// with the `error.type` `cancelled`.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // Boxed, because futures and bodies move often: a pointer costs less than
        // what it points at, above all where there is none.
        #[pin]
        inner: Traced<F, Box<Scope>>,
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(crate) fn new(inner: F, scope: Option<Box<Scope>>) -> Self {
        Self {
            inner: Traced::new(inner, scope),
        }
    }

    /// For a service that may begin in `call` already.
    #[inline]
    pub(crate) fn make(scope: Option<Box<Scope>>, make: impl FnOnce() -> F) -> Self {
        Self {
            inner: Traced::make(scope, make),
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut inner = self.project().inner;
        let polled = inner
            .as_mut()
            .poll_or(|| Poll::Pending, |inner| inner.poll(cx));
        let Poll::Ready(answer) = polled else {
            return Poll::Pending;
        };
        // Watched where it lies, because a response is large.
        let mut answer = answer.map(|response| response.map(Body::new));
        if let Some(scope) = inner.take_scope() {
            record::answered(&mut answer, scope);
        }
        Poll::Ready(answer)
    }
}
