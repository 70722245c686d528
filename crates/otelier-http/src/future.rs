//! The future of a response.

use std::{
    error::Error,
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use http::Response;
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::record::{self, Operation};

pin_project! {
    /// The future of a response whose request is recorded.
    ///
    /// See the [example of the crate](crate).
    ///
    /// # Cancellation
    /// Dropping it drops the request in its context and ends the span, without
    /// an error: giving up is the caller's right.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Traced<F, Operation>,
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(crate) fn new(inner: Traced<F, Operation>) -> Self {
        Self { inner }
    }
}

impl<F, A, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<A>, E>>,
    E: Error + 'static,
{
    type Output = Result<Response<A>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let (answer, operation) = ready!(self.project().inner.poll_output(cx));
        record::end(operation, &answer);
        Poll::Ready(answer)
    }
}
