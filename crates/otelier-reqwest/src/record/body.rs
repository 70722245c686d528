//! The body of a response, whose end is the end of the request where that was
//! asked for.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use otelier_core::{Outcome, edge::Traced};
use pin_project_lite::pin_project;
use reqwest::{Body, Response, ResponseBuilderExt as _};

use super::telemetry::Attempt;

pin_project! {
    /// Passes everything on unchanged. Dropping it before its end ends the
    /// span, without an error.
    struct TracedBody {
        #[pin]
        inner: Traced<Body, Attempt>,
    }
}

/// Wraps the body, or ends the record at once if there is nothing to read.
pub(super) fn wrap(response: Response, run: Attempt) -> Response {
    let url = response.url().clone();
    let (parts, body) = http::Response::from(response).into_parts();
    if body.is_end_stream() {
        run.finish(Outcome::Done);
        return rebuild(parts, body, url);
    }
    let inner = Traced::new(body, Some(run));
    rebuild(parts, Body::wrap(TracedBody { inner }), url)
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
        let mut inner = self.project().inner;
        let Some(polled) = inner.as_mut().poll(|body| body.poll_frame(cx)) else {
            return Poll::Ready(None);
        };
        let ended = match &polled {
            Poll::Pending => return polled,
            Poll::Ready(None) => Ok(()),
            Poll::Ready(Some(Ok(frame))) => {
                if !frame.is_trailers() && !is_end(&inner) {
                    return polled;
                }
                Ok(())
            }
            Poll::Ready(Some(Err(error))) => Err(error),
        };
        if let Some(run) = inner.take_scope() {
            let outcome = match ended {
                Ok(()) => Outcome::Done,
                Err(error) => run.record().failed(error),
            };
            run.finish(outcome);
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

fn is_end(traced: &Traced<Body, Attempt>) -> bool {
    traced.inner().is_none_or(Body::is_end_stream)
}
