//! The body of a response, whose end is the end of the request.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::http::{Response, header::CONTENT_LENGTH};
use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use otelier_core::Outcome;
use pin_project_lite::pin_project;

use super::scope::Scope;

/// The `error.type` of a body that failed on its way.
const BODY_ERROR: &str = "body_error";

pin_project! {
    /// The body of a recorded response. It passes everything on unchanged.
    ///
    /// # Cancellation
    /// Dropping it before its end drops the inner body in the request's
    /// context and ends the span with the `error.type` `cancelled`.
    #[derive(Debug)]
    pub struct TracedBody<B> {
        // Empty only while it is dropped.
        #[pin]
        inner: Option<B>,
        scope: Option<Box<Scope>>,
        // What is still to come, where the head has promised a length.
        left: Option<u64>,
    }

    impl<B> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _attached = this.scope.as_deref().map(Scope::attach);
            this.inner.set(None);
        }
    }
}

impl<B: Body> TracedBody<B> {
    /// Wraps the body, and ends the record at once if there is nothing to send.
    pub(super) fn wrap(response: Response<B>, mut scope: Option<Box<Scope>>) -> Response<Self> {
        let mut left = None;
        if let Some(exchange) = scope.as_deref_mut().and_then(Scope::exchange_mut) {
            exchange.answered(response.status());
            left = promised(&response);
            let nothing =
                exchange.has_no_body() || left == Some(0) || response.body().is_end_stream();
            if nothing && let Some(mut scope) = scope.take() {
                scope.finish(Outcome::Done);
            }
        }
        response.map(|inner| Self {
            inner: Some(inner),
            scope,
            left,
        })
    }
}

/// The length that the server will hold itself to: it stops asking once it is
/// reached, without having seen the end.
fn promised<B: Body>(response: &Response<B>) -> Option<u64> {
    let header = response.headers().get(CONTENT_LENGTH);
    header
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .or_else(|| response.body().size_hint().exact())
}

impl<B: Body> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = self.project();
        let Some(mut inner) = this.inner.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let Some(scope) = this.scope else {
            return inner.poll_frame(cx);
        };
        let polled = scope.poll(|| inner.as_mut().poll_frame(cx));
        let outcome = match &polled {
            Poll::Pending => None,
            Poll::Ready(None) => Some(Outcome::Done),
            Poll::Ready(Some(Err(_))) => Some(Outcome::Failed(BODY_ERROR.into())),
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(left), Some(data)) = (this.left.as_mut(), frame.data_ref()) {
                    *left = left.saturating_sub(data.remaining() as u64);
                }
                let complete = *this.left == Some(0) || inner.is_end_stream();
                (frame.is_trailers() || complete).then_some(Outcome::Done)
            }
        };
        if let Some(outcome) = outcome {
            scope.finish(outcome);
            *this.scope = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

/// A body that nothing records.
impl<B: Default> Default for TracedBody<B> {
    fn default() -> Self {
        Self {
            inner: Some(B::default()),
            scope: None,
            left: None,
        }
    }
}
