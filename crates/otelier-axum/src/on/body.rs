//! The body of a response, whose end is the end of the request.

use std::{
    mem,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Response, header::HeaderName},
};
use http_body::{Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use otelier_core::{Outcome, Run, traceparent};

use super::{TimeToHeaders, exchange::Exchange, scope::Scope};

const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// The body of a response that runs in a context. It passes everything on
/// unchanged; dropped before its end, it ends the record.
struct TracedBody {
    // Empty only while it is dropped.
    inner: Option<Body>,
    scope: Option<Box<Scope>>,
}

impl Drop for TracedBody {
    fn drop(&mut self) {
        if let Some(scope) = &mut self.scope {
            scope.enter(|| self.inner = None);
        }
    }
}

/// Watches the body to its end, and ends the record at once if there is nothing
/// to send. Where the response lies, because it is large.
#[inline]
pub(super) fn watch(response: &mut Response<Body>, mut scope: Box<Scope>) {
    if let Some(run) = scope.run_mut()
        && !answer(run, response)
    {
        scope.finish(Outcome::Done);
        scope.spare();
        return;
    }
    let inner = mem::replace(response.body_mut(), Body::empty());
    // Boxed as axum boxes it, but without a layer that maps errors to what they
    // are already.
    *response.body_mut() = Body::new(UnsyncBoxBody::new(TracedBody {
        inner: Some(inner),
        scope: Some(scope),
    }));
}

type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// How the record ends by what was polled, `None` if it goes on.
fn ending(polled: &Polled, inner: &Body, scope: &mut Scope) -> Option<Outcome> {
    match polled {
        Poll::Pending => None,
        Poll::Ready(None) => Some(Outcome::Done),
        Poll::Ready(Some(Err(error))) => Some(scope.run_mut()?.record().failed(error)),
        Poll::Ready(Some(Ok(frame))) => {
            let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
            let complete = scope
                .run_mut()
                .is_some_and(|run| run.record_mut().sent(bytes));
            let ends = complete || frame.is_trailers() || inner.is_end_stream();
            ends.then_some(Outcome::Done)
        }
    }
}

/// Tells whether anything is still to come.
fn answer(run: &mut Run<Exchange>, response: &mut Response<Body>) -> bool {
    if response.extensions().get::<TimeToHeaders>().is_some() {
        let elapsed = run.elapsed();
        run.record_mut().extras_mut().latency = Some(elapsed);
    }
    let exchange = run.record_mut();
    if exchange.shared.config.trace_response
        && exchange.has_span
        && let Some(value) = traceparent(&exchange.context)
    {
        let headers = response.headers_mut();
        headers.entry(TRACERESPONSE).or_insert(value);
    }
    exchange.answered(response)
}

impl HttpBody for TracedBody {
    type Data = Bytes;
    type Error = axum::Error;

    #[inline]
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Polled {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else {
            return Poll::Ready(None);
        };
        let Some(scope) = &mut this.scope else {
            return Pin::new(inner).poll_frame(cx);
        };
        let polled = scope.poll(|| Pin::new(&mut *inner).poll_frame(cx));
        if let Some(outcome) = ending(&polled, inner, scope)
            && let Some(mut scope) = this.scope.take()
        {
            scope.finish(outcome);
            scope.spare();
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .as_ref()
            .map(HttpBody::size_hint)
            .unwrap_or_default()
    }
}
