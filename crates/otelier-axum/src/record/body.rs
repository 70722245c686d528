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
use otelier_core::{Outcome, Run, edge::Traced};

use super::{error::SERVICE_ERROR, operation::Operation, scope::Scope};
use crate::stream::{self, Marked};

const TRACERESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// Watches the body to its end, and ends the record at once if there is nothing
/// to send. Where the answer lies, because it is large.
#[inline]
pub(crate) fn answered<E>(answer: &mut Result<Response<Body>, E>, mut scope: Box<Scope>) {
    let Ok(response) = answer else {
        return scope.finish(Outcome::Failed(SERVICE_ERROR.into()));
    };
    if let Some(run) = scope.run_mut()
        && !is_more_to_come(run, response)
    {
        return scope.finish(Outcome::Done);
    }
    let inner = mem::replace(response.body_mut(), Body::empty());
    // Boxed as axum boxes it, but without a layer that maps errors to what they
    // are already.
    let body = TracedBody(Traced::new(inner, Some(scope)));
    *response.body_mut() = Body::new(UnsyncBoxBody::new(body));
}

fn is_more_to_come(run: &mut Run<Operation>, response: &mut Response<Body>) -> bool {
    if response.extensions().get::<Marked>().is_some() {
        let elapsed = run.elapsed();
        run.record_mut().extras_mut().latency = Some(elapsed);
    }
    let operation = run.record_mut();
    if let Some(extras) = &mut operation.extras
        && let Some(value) = extras.trace_response.take()
    {
        let headers = response.headers_mut();
        headers.entry(TRACERESPONSE).or_insert(value);
    }
    let is_more = operation.answered(response);
    // What has a length is no stream.
    if is_more
        && operation.left.is_none()
        && let Some(kind) = stream::kind(response)
    {
        let elapsed = run.elapsed();
        run.record_mut().opened(kind, elapsed);
    }
    is_more
}

/// The body of a response that runs in a context. It passes everything on
/// unchanged; dropped before its end, it ends the record.
struct TracedBody(Traced<Body, Box<Scope>>);

type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

/// How the record ends by what was polled, `None` if it goes on.
#[inline]
fn ending(polled: &Polled, scope: &mut Scope, is_end: impl FnOnce() -> bool) -> Option<Outcome> {
    match polled {
        Poll::Pending => None,
        Poll::Ready(None) => Some(Outcome::Done),
        Poll::Ready(Some(Err(error))) => Some(scope.run_mut()?.record_mut().failed(error)),
        Poll::Ready(Some(Ok(frame))) => {
            let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
            let sent = |run: &mut Run<Operation>| run.record_mut().sent(bytes);
            if let (Some(trailers), Some(run)) = (frame.trailers_ref(), scope.run_mut()) {
                run.record_mut().trailed(trailers);
            }
            let is_whole = scope.run_mut().is_some_and(sent);
            (is_whole || frame.is_trailers() || is_end()).then_some(Outcome::Done)
        }
    }
}

impl HttpBody for TracedBody {
    type Data = Bytes;
    type Error = axum::Error;

    #[inline]
    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Polled {
        let mut traced = Pin::new(&mut self.0);
        let polled = traced
            .as_mut()
            .poll_or(|| Poll::Ready(None), |body| body.poll_frame(cx));
        let (body, scope) = traced.parts();
        let is_end = || body.is_none_or(HttpBody::is_end_stream);
        if let Some(inside) = scope
            && let Some(outcome) = ending(&polled, inside, is_end)
            && let Some(scope) = scope.take()
        {
            scope.finish(outcome);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.0.inner().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.inner().map(HttpBody::size_hint).unwrap_or_default()
    }
}
