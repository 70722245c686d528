//! The future of a response.

use std::{
    error::Error,
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use http::Response;
use http_body::Body;
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::{
    body::TracedBody,
    record::{self, Scope},
    side::{Client, Server},
};

pin_project! {
    /// The future of a response whose call is recorded.
    ///
    /// See the [example of the crate](crate).
    ///
    /// # Cancellation
    /// Dropping it drops the call in its context, and ends the span with
    /// `CANCELLED`, or with `DEADLINE_EXCEEDED` where its deadline has passed.
    pub struct ResponseFuture<F, K> {
        // Boxed, because futures and bodies move often.
        #[pin]
        inner: Traced<F, Box<Scope>>,
        side: PhantomData<fn() -> K>,
    }
}

impl<F, K> ResponseFuture<F, K> {
    pub(crate) fn new(inner: Traced<F, Box<Scope>>) -> Self {
        Self {
            inner,
            side: PhantomData,
        }
    }

    /// Polls the call; `failed` ends it where there is no response.
    fn poll_call<A, E>(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        failed: impl FnOnce(Option<Box<Scope>>, &E),
    ) -> Poll<Result<Response<TracedBody<A, K>>, E>>
    where
        F: Future<Output = Result<Response<A>, E>>,
        A: Body,
    {
        let mut inner = self.project().inner;
        match inner.as_mut().poll_output(cx) {
            Poll::Pending => {
                record::waits(inner.scope_mut());
                Poll::Pending
            }
            Poll::Ready((Ok(response), scope)) => {
                let scope = record::answered(scope, &response);
                Poll::Ready(Ok(response.map(|body| TracedBody::new(body, scope))))
            }
            Poll::Ready((Err(error), scope)) => {
                failed(scope, &error);
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<F, A, E> Future for ResponseFuture<F, Server>
where
    F: Future<Output = Result<Response<A>, E>>,
    A: Body,
{
    type Output = Result<Response<TracedBody<A, Server>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.poll_call(cx, |scope, _| record::broke(scope, record::SERVICE_ERROR))
    }
}

impl<F, A, E> Future for ResponseFuture<F, Client>
where
    F: Future<Output = Result<Response<A>, E>>,
    A: Body,
    E: Error + 'static,
{
    type Output = Result<Response<TracedBody<A, Client>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        self.poll_call(cx, |scope, error| record::failed(scope, error))
    }
}

impl<F, K> fmt::Debug for ResponseFuture<F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
