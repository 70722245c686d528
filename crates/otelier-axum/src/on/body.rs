//! The body of a response, whose end is the end of the request.

use std::{
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::http::{Response, header::HeaderName};
use bytes::Buf as _;
use http_body::{Body, Frame, SizeHint};
use opentelemetry::trace::TraceContextExt as _;
use otelier_core::{Outcome, Run, traceparent};
use pin_project_lite::pin_project;

use super::{TimeToHeaders, exchange::Exchange, scope::Scope};

/// The `error.type` of a body that failed on its way.
const BODY_ERROR: &str = "body_error";

const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

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
    }

    impl<B> PinnedDrop for TracedBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(scope) = this.scope {
                scope.enter(|| this.inner.set(None));
            }
        }
    }
}

impl<B: Body> TracedBody<B> {
    /// Wraps the body, and ends the record at once if there is nothing to send.
    #[inline]
    pub(super) fn wrap(mut response: Response<B>, mut scope: Option<Box<Scope>>) -> Response<Self> {
        if let Some(held) = &mut scope
            && let Some(run) = held.run_mut()
            && !answer(run, &mut response)
        {
            held.finish(Outcome::Done);
            scope = None;
        }
        response.map(|inner| Self {
            inner: Some(inner),
            scope,
        })
    }
}

type Polled<B> = Poll<Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>>;

/// Polls in the request's context, and tells whether the record has ended.
#[inline(never)]
fn poll_recorded<B: Body>(
    scope: &mut Scope,
    mut inner: Pin<&mut B>,
    cx: &mut TaskContext<'_>,
) -> (Polled<B>, bool) {
    let polled = scope.poll(|| inner.as_mut().poll_frame(cx));
    let outcome = match &polled {
        Poll::Pending => return (polled, false),
        Poll::Ready(None) => Outcome::Done,
        Poll::Ready(Some(Err(_))) => Outcome::Failed(BODY_ERROR.into()),
        Poll::Ready(Some(Ok(frame))) => {
            let bytes = frame.data_ref().map_or(0, |data| data.remaining() as u64);
            let complete = scope
                .run_mut()
                .is_some_and(|run| run.record_mut().sent(bytes));
            if !(complete || frame.is_trailers() || inner.is_end_stream()) {
                return (polled, false);
            }
            Outcome::Done
        }
    };
    scope.finish(outcome);
    (polled, true)
}

/// Tells whether anything is still to come.
fn answer<B: Body>(run: &mut Run<Exchange>, response: &mut Response<B>) -> bool {
    if response.extensions().get::<TimeToHeaders>().is_some() {
        let elapsed = run.elapsed();
        run.record_mut().extras_mut().latency = Some(elapsed);
    }
    let exchange = run.record_mut();
    if exchange.shared.config.trace_response
        && exchange.has_span
        && let Some(value) = traceparent(exchange.context.span().span_context())
    {
        let headers = response.headers_mut();
        headers.entry(TRACERESPONSE).or_insert(value);
    }
    exchange.answered(response)
}

impl<B: Body> Body for TracedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    #[inline]
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
        let (polled, ended) = poll_recorded(scope, inner.as_mut(), cx);
        if ended {
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
        }
    }
}
