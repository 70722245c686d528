//! The body of an answer, which is read as it passes by.

use std::{
    fmt::{Debug, Display},
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;

use crate::record::{self, Reading};

pin_project! {
    /// The body of an answer, passed on byte for byte. The call to the model ends with
    /// it.
    ///
    /// See the example of [`GenAiLayer`](crate::GenAiLayer).
    ///
    /// # Cancellation
    /// Dropping it before its end ends the call, without an error.
    #[derive(Debug)]
    pub struct ReadBody<B> {
        #[pin]
        inner: Traced<B, Reading>,
    }
}

impl<B> ReadBody<B> {
    pub(crate) fn new(body: B, reading: Option<Reading>) -> Self {
        Self {
            inner: Traced::new(body, reading),
        }
    }
}

impl<B> Body for ReadBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Display + Debug + 'static,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut inner = self.project().inner;
        let polled = inner
            .as_mut()
            .poll_or(|| Poll::Ready(None), |body| body.poll_frame(cx));
        match &polled {
            Poll::Pending => return polled,
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(bytes) = frame.data_ref()
                    && let Some(reading) = inner.as_mut().scope_mut()
                {
                    record::feed(reading, bytes);
                }
                // What knows its length is not asked again.
                if !frame.is_trailers() && !is_end(&inner) {
                    return polled;
                }
                record::over(inner.take_scope(), Ok::<_, &B::Error>(()));
            }
            Poll::Ready(Some(Err(error))) => record::over(inner.take_scope(), Err(error)),
            Poll::Ready(None) => record::over(inner.take_scope(), Ok::<_, &B::Error>(())),
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        is_end(&self.inner)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.inner().map(Body::size_hint).unwrap_or_default()
    }
}

fn is_end<B: Body>(traced: &Traced<B, Reading>) -> bool {
    traced.inner().is_none_or(Body::is_end_stream)
}
