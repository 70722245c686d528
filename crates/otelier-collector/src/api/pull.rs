//! Bodies whose pieces are made when somebody is ready for them.

use axum::body::{Body, Bytes};
use hyper::body::Frame;
use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

/// Where pieces come from.
pub(super) trait Source: Send + Sized + 'static {
    /// The next piece, and where the one behind it comes from; nothing at the end.
    fn next(self) -> impl Future<Output = Option<(Bytes, Self)>> + Send;
}

pub(super) fn body(source: impl Source) -> Body {
    Body::new(Pull(Some(Box::pin(source.next()))))
}

type Next<S> = Pin<Box<dyn Future<Output = Option<(Bytes, S)>> + Send>>;

struct Pull<S>(Option<Next<S>>);

impl<S: Source> hyper::body::Body for Pull<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(next) = &mut self.0 else {
            return Poll::Ready(None);
        };
        let Poll::Ready(next) = next.as_mut().poll(cx) else {
            return Poll::Pending;
        };
        let Some((bytes, source)) = next else {
            self.0 = None;
            return Poll::Ready(None);
        };
        self.0 = Some(Box::pin(source.next()));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
