//! The body of a response, whose trailers are the end of the call.

use std::{
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
    side::{Side, failed},
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

impl<B: Body, K: Side<B::Error>> Body for TracedBody<B, K> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Polled<Self> {
        let mut inner = self.project().inner;
        let polled = inner
            .as_mut()
            .poll_or(|| Poll::Ready(None), |body| body.poll_frame(cx));
        match &polled {
            Poll::Pending => {}
            Poll::Ready(None) => record::ended(inner.take_scope(), NO_TRAILERS),
            Poll::Ready(Some(Err(error))) => {
                failed::<K, B::Error>(inner.take_scope(), error, record::BODY_ERROR);
            }
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

    fn is_end_stream(&self) -> bool {
        self.inner.inner().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.inner().map(Body::size_hint).unwrap_or_default()
    }
}

impl<B: Default, K> Default for TracedBody<B, K> {
    fn default() -> Self {
        Self::new(B::default(), None)
    }
}

otelier_core::shown!([B, K] TracedBody<B, K>);
