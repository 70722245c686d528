//! The service that the layer makes.

use std::{
    fmt::{Debug, Display},
    pin::pin,
    task::{Context as TaskContext, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use otelier_core::edge::Traced;
use tower_service::Service;

use super::{body::ReadBody, future::ResponseFuture};
use crate::record::{self, Exchange, Telemetry};

/// A service whose calls to models are recorded, made by
/// [`GenAiLayer`](crate::GenAiLayer).
///
/// See the example of [`GenAiLayer`](crate::GenAiLayer).
#[derive(Clone, Debug)]
pub struct GenAi<S> {
    pub(crate) inner: S,
    pub(crate) telemetry: Telemetry,
}

impl<S> GenAi<S> {
    pub(crate) fn new(inner: S, telemetry: Telemetry) -> Self {
        Self { inner, telemetry }
    }
}

impl<S, B, A> Service<Request<B>> for GenAi<S>
where
    S: Service<Request<B>, Response = Response<A>>,
    S::Error: Display + Debug + 'static,
    B: Body<Data = Bytes> + Clone,
{
    type Response = Response<ReadBody<A>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let exchange = begin(&self.telemetry, &request);
        ResponseFuture::new(Traced::make(exchange, || self.inner.call(request)))
    }
}

fn begin<B>(telemetry: &Telemetry, request: &Request<B>) -> Option<Exchange>
where
    B: Body<Data = Bytes> + Clone,
{
    let target = telemetry.target(request.method(), request.uri(), request.headers())?;
    let (first, mut others) = parts(request.body())?;
    if others.is_empty() {
        return record::begin_exchange(telemetry, target, &[first]);
    }
    others.insert(0, first);
    record::begin_exchange(telemetry, target, &others)
}

/// The parts of a body that is there already, out of a clone of it: the first, which mostly
/// is all of it, and the others.
fn parts<B>(body: &B) -> Option<(Bytes, Vec<Bytes>)>
where
    B: Body<Data = Bytes> + Clone,
{
    body.size_hint().exact()?;
    let mut body = pin!(body.clone());
    let mut cx = TaskContext::from_waker(Waker::noop());
    let (mut first, mut others) = (None, Vec::new());
    loop {
        match body.as_mut().poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) => match (frame.into_data(), &first) {
                (Ok(part), None) => first = Some(part),
                (Ok(part), Some(_)) => others.push(part),
                (Err(_), _) => {}
            },
            Poll::Ready(None) => return Some((first.unwrap_or_default(), others)),
            Poll::Pending | Poll::Ready(Some(Err(_))) => return None,
        }
    }
}
