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
    pub(crate) fn new(inner: Traced<F, Box<Scope>>) -> Self {
        Self { inner }
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
        // Left and watched where it lies, because a response is large.
        let mut answer = Poll::Pending;
        inner.as_mut().poll(|inner| answer = inner.poll(cx));
        let Poll::Ready(answer) = answer else {
            return Poll::Pending;
        };
        let mut answer = answer.map(|response| response.map(Body::new));
        if let Some(scope) = inner.take_scope() {
            record::answered(&mut answer, scope);
        }
        Poll::Ready(answer)
    }
}
