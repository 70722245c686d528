//! The future of a response.

use std::{
    error::Error,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use otelier_core::edge::Traced;
use pin_project_lite::pin_project;
use reqwest::Response;

use crate::record::{self, Attempt};

pin_project! {
    /// The future of a response whose request is recorded.
    ///
    /// See the example of [`TraceLayer`](crate::TraceLayer).
    ///
    /// # Cancellation
    /// Dropping it drops the request in its context and ends the span, without
    /// an error: giving up is the caller's right.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Traced<F, Attempt>,
    }
}

impl<F> ResponseFuture<F> {
    #[inline]
    pub(crate) fn new(inner: Traced<F, Attempt>) -> Self {
        Self { inner }
    }
}

impl<F, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: Error + 'static,
{
    type Output = Result<Response, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut inner = self.project().inner;
        let mut polled = inner
            .as_mut()
            .poll_or(|| Poll::Pending, |inner| inner.poll(cx));
        // Ended where they lie, because answer and record are large.
        let attempt = inner.scope();
        if let Poll::Ready(answer) = &polled
            && record::end(&mut *attempt, answer)
        {
            polled = polled.map(|answer| record::read(answer, attempt));
        }
        polled
    }
}
