//! The service that the layer makes.

use std::{
    fmt::{Debug, Display},
    pin::pin,
    task::{Context as TaskContext, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body::Body;
use otelier_core::edge::Traced;
use tower_service::Service;

use super::{body::ReadBody, future::ResponseFuture};
use crate::record::{self, Exchange, MAX_REQUEST, Telemetry};

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
    let aim = telemetry.target(request.method(), request.uri(), request.headers())?;
    let body = whole(request.body())?;
    record::begin_exchange(telemetry, aim, &body)
}

/// A body that is there already, and not too large, out of a clone of it.
fn whole<B>(body: &B) -> Option<Bytes>
where
    B: Body<Data = Bytes> + Clone,
{
    let length = body.size_hint().exact()?;
    if length > MAX_REQUEST as u64 {
        return None;
    }
    let mut body = pin!(body.clone());
    let mut cx = TaskContext::from_waker(Waker::noop());
    let mut read = BytesMut::new();
    loop {
        match body.as_mut().poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) => {
                if let Ok(part) = frame.into_data() {
                    read.extend_from_slice(&part);
                }
                if read.len() > MAX_REQUEST {
                    return None;
                }
            }
            Poll::Ready(None) => return Some(read.freeze()),
            Poll::Pending | Poll::Ready(Some(Err(_))) => return None,
        }
    }
}
