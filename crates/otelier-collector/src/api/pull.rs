//! Bodies whose pieces are made when somebody is ready for them.

use super::answer::protect;
use crate::aside::Aside;
use axum::{
    body::{Body, Bytes},
    response::Response,
};
use http::{HeaderValue, header};
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

pub(super) fn respond(aside: &Aside, content_type: &'static str, source: impl Source) -> Response {
    let body = Pull {
        next: Some(next(aside, source)),
        aside: aside.clone(),
    };
    let mut response = Response::new(Body::new(body));
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_static(content_type);
    headers.insert(header::CONTENT_TYPE, content_type);
    protect(headers);
    response
}

fn next<S: Source>(aside: &Aside, source: S) -> Next<S> {
    let aside = aside.clone();
    Box::pin(async move { aside.run(source.next()).await.flatten() })
}

type Next<S> = Pin<Box<dyn Future<Output = Option<(Bytes, S)>> + Send>>;

struct Pull<S> {
    next: Option<Next<S>>,
    aside: Aside,
}

impl<S: Source> hyper::body::Body for Pull<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(pending) = &mut self.next else {
            return Poll::Ready(None);
        };
        let Poll::Ready(piece) = pending.as_mut().poll(cx) else {
            return Poll::Pending;
        };
        let Some((bytes, source)) = piece else {
            self.next = None;
            return Poll::Ready(None);
        };
        self.next = Some(next(&self.aside, source));
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }
}
