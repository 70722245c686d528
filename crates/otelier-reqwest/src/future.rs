//! The future of a response.

use std::{
    error::Error,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use otelier_core::{Outcome, Run};
use pin_project_lite::pin_project;
use reqwest::Response;

use crate::SpanEnd;

use super::{body::TracedBody, exchange::Exchange, nesting::poll_in};

pin_project! {
    /// The future of a response whose request is recorded.
    ///
    /// # Cancellation
    /// Dropping it drops the request in its context and ends the span, without
    /// an error: giving up is the caller's right.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        // Empty only while it is dropped.
        #[pin]
        inner: Option<F>,
        run: Option<Run<Exchange>>,
        end: SpanEnd,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _attached = this.run.as_ref().map(|run| run.record().attach());
            this.inner.set(None);
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, run: Option<Run<Exchange>>, end: SpanEnd) -> Self {
        Self {
            inner: Some(inner),
            run,
            end,
        }
    }
}

impl<F, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: Error + 'static,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Poll::Ready(answer) = poll_in(this.run, || inner.poll(cx)) else {
            return Poll::Pending;
        };
        let Some(mut run) = this.run.take() else {
            return Poll::Ready(answer);
        };
        Poll::Ready(match answer {
            Err(error) => {
                let outcome = run.record().failed(&error);
                run.finish(outcome);
                Err(error)
            }
            Ok(response) => {
                run.record_mut().answered(&response);
                match this.end {
                    SpanEnd::Head => {
                        run.finish(Outcome::Done);
                        Ok(response)
                    }
                    SpanEnd::Body => Ok(TracedBody::wrap(response, run)),
                }
            }
        })
    }
}
