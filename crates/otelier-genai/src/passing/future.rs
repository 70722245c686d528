//! The future of an answer.

use std::{
    fmt::{Debug, Display},
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use http::Response;
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use super::body::ReadBody;
use crate::record::{self, Exchange};

pin_project! {
    /// The future of an answer that may be that of a model.
    ///
    /// See the example of [`GenAiLayer`](crate::GenAiLayer).
    ///
    /// # Cancellation
    /// Dropping it ends the call, without an error.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Traced<F, Exchange>,
    }
}

impl<F> ResponseFuture<F> {
    pub(crate) fn new(inner: Traced<F, Exchange>) -> Self {
        Self { inner }
    }
}

impl<F, A, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<A>, E>>,
    E: Display + Debug + 'static,
{
    type Output = Result<Response<ReadBody<A>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let (answer, exchange) = ready!(self.project().inner.poll_output(cx));
        Poll::Ready(match answer {
            Ok(answer) => {
                let (parts, body) = answer.into_parts();
                let reading = record::answered(exchange, parts.status, &parts.headers);
                Ok(Response::from_parts(parts, ReadBody::new(body, reading)))
            }
            Err(error) => {
                record::failed(exchange, &error);
                Err(error)
            }
        })
    }
}
