//! The future of a response.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::Response,
};
use otelier_core::Outcome;
use pin_project_lite::pin_project;

use super::{body, scope::Scope};

/// The `error.type` of a service that answers with an error instead of a response.
const SERVICE_ERROR: &str = "service_error";

pin_project! {
    /// The future of a response whose request is recorded.
    ///
    /// # Cancellation
    /// Dropping it drops the handler in the request's context and ends the span
    /// with the `error.type` `cancelled`.
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: Option<F>,
        scope: Option<Box<Scope>>,
    }

    impl<F> PinnedDrop for ResponseFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(scope) = this.scope {
                scope.enter(|| this.inner.set(None));
            }
        }
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(inner: F, scope: Option<Box<Scope>>) -> Self {
        Self {
            inner: Some(inner),
            scope,
        }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else {
            return Poll::Pending;
        };
        let Some(scope) = this.scope else {
            return inner.poll(cx).map_ok(|response| response.map(Body::new));
        };
        let answer = match scope.poll(|| inner.poll(cx)) {
            Poll::Ready(answer) => answer,
            Poll::Pending => return Poll::Pending,
        };
        // Watched where it lies, because a response is large.
        let mut answer = answer.map(|response| response.map(Body::new));
        if let Some(mut scope) = this.scope.take() {
            match &mut answer {
                Ok(response) => body::watch(response, scope),
                Err(_) => scope.finish(Outcome::Failed(SERVICE_ERROR.into())),
            }
        }
        Poll::Ready(answer)
    }
}
