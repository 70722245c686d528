//! The body of a response, whose end is the end of the request where that was
//! asked for.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use otelier_core::{Outcome, Run};
use pin_project_lite::pin_project;
use reqwest::{Body, Response, ResponseBuilderExt as _};

use super::{exchange::Exchange, nesting::poll_in};

pin_project! {
    /// Passes everything on unchanged. Dropping it before its end ends the
    /// span, without an error.
    pub(super) struct TracedBody {
        // Empty only while it is dropped.
        #[pin]
        inner: Option<Body>,
        run: Option<Run<Exchange>>,
    }

    impl PinnedDrop for TracedBody {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _attached = this.run.as_ref().map(|run| run.record().attach());
            this.inner.set(None);
        }
    }
}

impl TracedBody {
    /// Wraps the body, or ends the record at once if there is nothing to read.
    pub(super) fn wrap(response: Response, run: Run<Exchange>) -> Response {
        let url = response.url().clone();
        let (parts, body) = http::Response::from(response).into_parts();
        if body.is_end_stream() {
            run.finish(Outcome::Done);
            return rebuild(parts, body, url);
        }
        let (inner, run) = (Some(body), Some(run));
        rebuild(parts, Body::wrap(Self { inner, run }), url)
    }
}

/// Puts a response together again; the URL would be lost otherwise.
fn rebuild(parts: http::response::Parts, body: Body, url: reqwest::Url) -> Response {
    let mut response = http::Response::from_parts(parts, body);
    // The only way to the extension in which reqwest keeps the URL.
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        let (carried, ()) = carrier.into_parts();
        response.extensions_mut().extend(carried.extensions);
    }
    response.into()
}

impl http_body::Body for TracedBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut TaskContext<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let this = self.project();
        let Some(mut inner) = this.inner.as_pin_mut() else {
            return Poll::Ready(None);
        };
        let polled = poll_in(this.run, || inner.as_mut().poll_frame(cx));
        let ended = match &polled {
            Poll::Pending => false,
            Poll::Ready(None) => true,
            Poll::Ready(Some(Ok(frame))) => frame.is_trailers() || inner.is_end_stream(),
            Poll::Ready(Some(Err(error))) => {
                if let Some(run) = this.run.take() {
                    let outcome = run.record().failed(error);
                    run.finish(outcome);
                }
                false
            }
        };
        if ended && let Some(run) = this.run.take() {
            run.finish(Outcome::Done);
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
