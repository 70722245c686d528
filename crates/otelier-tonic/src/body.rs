//! The body of a response, whose trailers are the end of the call.

use std::{
    error::Error,
    fmt,
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::{
    record::{self, Scope},
    side::{Client, Server},
};

const NO_TRAILERS: Option<&HeaderMap> = None;

pin_project! {
    /// The body of a response whose call is recorded. It passes everything on
    /// unchanged.
    ///
    /// See the [example of the crate](crate).
    ///
    /// # Cancellation
    /// Dropped before its trailers, it ends the span as the future of the response
    /// does.
    pub struct TracedBody<B, K> {
        #[pin]
        inner: Traced<B, Box<Scope>>,
        side: PhantomData<fn() -> K>,
    }
}

type Polled<B> = Poll<Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>>;

impl<B, K> TracedBody<B, K> {
    pub(crate) fn new(inner: B, scope: Option<Box<Scope>>) -> Self {
        Self {
            inner: Traced::new(inner, scope),
            side: PhantomData,
        }
    }
}

impl<B: Body, K> TracedBody<B, K> {
    /// Polls the body; `failed` ends the call where it breaks.
    fn poll_body(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
        failed: impl FnOnce(Option<Box<Scope>>, &B::Error),
    ) -> Polled<B> {
        let mut inner = self.project().inner;
        let polled = inner
            .as_mut()
            .poll_or(|| Poll::Ready(None), |body| body.poll_frame(cx));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(None) => record::ended(inner.take_scope(), NO_TRAILERS),
            Poll::Ready(Some(Err(error))) => failed(inner.take_scope(), error),
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    record::ended(inner.take_scope(), Some(trailers));
                } else if inner.inner().is_none_or(Body::is_end_stream) {
                    record::ended(inner.take_scope(), NO_TRAILERS);
                }
            }
        }
        polled
    }

    fn is_over(&self) -> bool {
        self.inner.inner().is_none_or(Body::is_end_stream)
    }

    fn left(&self) -> SizeHint {
        self.inner.inner().map(Body::size_hint).unwrap_or_default()
    }
}

impl<B: Body> Body for TracedBody<B, Server> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Polled<Self> {
        self.poll_body(cx, |scope, _| record::broke(scope, record::BODY_ERROR))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.left()
    }
}

impl<B: Body<Error: Error + 'static>> Body for TracedBody<B, Client> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Polled<Self> {
        self.poll_body(cx, |scope, error| record::failed(scope, error))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over()
    }

    fn size_hint(&self) -> SizeHint {
        self.left()
    }
}

/// Of no call: interceptors of tonic's make it where they refuse one.
impl<B: Default, K> Default for TracedBody<B, K> {
    fn default() -> Self {
        Self::new(B::default(), None)
    }
}

impl<B, K> fmt::Debug for TracedBody<B, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedBody").finish_non_exhaustive()
    }
}
