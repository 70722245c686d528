//! The future of a response.

use std::{
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
    side::{Side, failed},
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
}

impl<F, A, E, K> Future for ResponseFuture<F, K>
where
    F: Future<Output = Result<Response<A>, E>>,
    A: Body,
    K: Side<E>,
{
    type Output = Result<Response<TracedBody<A, K>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
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
                failed::<K, E>(scope, &error, record::SERVICE_ERROR);
                Poll::Ready(Err(error))
            }
        }
    }
}

otelier_core::shown!([F, K] ResponseFuture<F, K>);
