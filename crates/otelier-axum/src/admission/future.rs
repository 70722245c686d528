//! The future of a response that needs a place.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, ready},
};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody},
    http::{Request, Response},
};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    body::AdmittedBody,
    gate::{Gate, Wait},
};
use crate::{places::Place, stream};

/// A place, and where it is.
type Inside = (Place, Arc<Gate>);

/// What a request waits with.
pub(super) struct Waiting<S, Req> {
    pub(super) wait: Wait,
    pub(super) inner: S,
    pub(super) request: Request<Req>,
    pub(super) gate: Arc<Gate>,
}

pin_project! {
    /// The future of a response, made by [`Admission`](super::Admission).
    ///
    /// See the [example of the module](crate::admission).
    ///
    /// # Cancellation
    /// Dropping it frees its place, or its turn among those who wait.
    pub struct AdmissionFuture<S, Req>
    where
        S: Service<Request<Req>>,
    {
        #[pin]
        at: At<S::Future, S, Req>,
    }
}

pin_project! {
    #[project = AtProjected]
    enum At<F, S, Req> {
        Inside {
            #[pin]
            inner: F,
            // None for a request that never counts.
            place: Option<Inside>,
        },
        // Boxed: few have to.
        Waits { waiting: Option<Box<Waiting<S, Req>>> },
        Refused { response: Option<Box<Response<Body>>> },
    }
}

impl<S, Req> AdmissionFuture<S, Req>
where
    S: Service<Request<Req>>,
{
    pub(super) fn new(inner: S::Future, place: Option<Inside>) -> Self {
        let at = At::Inside { inner, place };
        Self { at }
    }

    pub(super) fn waiting(waiting: Waiting<S, Req>) -> Self {
        let waiting = Some(Box::new(waiting));
        Self {
            at: At::Waits { waiting },
        }
    }

    pub(super) fn refused(response: Response<Body>) -> Self {
        let response = Some(Box::new(response));
        Self {
            at: At::Refused { response },
        }
    }
}

impl<S, Req, Res> Future for AdmissionFuture<S, Req>
where
    S: Service<Request<Req>, Response = Response<Res>>,
    Res: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<Body>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.at.as_mut().project() {
                AtProjected::Inside { inner, place } => {
                    let answer = ready!(inner.poll(cx));
                    let place = place.take();
                    return Poll::Ready(answer.map(|response| answered(response, place)));
                }
                AtProjected::Waits { waiting } => {
                    let Some(waits) = waiting else {
                        return Poll::Pending;
                    };
                    let place = ready!(Pin::new(&mut waits.wait).poll(cx));
                    let Some(waits) = waiting.take() else {
                        return Poll::Pending;
                    };
                    let Waiting {
                        wait,
                        mut inner,
                        request,
                        gate,
                    } = *waits;
                    drop(wait);
                    match place {
                        Some(place) => At::Inside {
                            inner: inner.call(request),
                            place: Some((place, gate)),
                        },
                        None => At::Refused {
                            response: Some(Box::new(gate.refusal())),
                        },
                    }
                }
                AtProjected::Refused { response } => {
                    return match response.take() {
                        Some(response) => Poll::Ready(Ok(*response)),
                        None => Poll::Pending,
                    };
                }
            };
            this.at.set(next);
        }
    }
}

/// A response keeps the place until its body ends, and a stream not so long unless
/// that is asked for.
fn answered<Res>(response: Response<Res>, place: Option<Inside>) -> Response<Body>
where
    Res: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let response = response.map(Body::new);
    let Some((place, gate)) = place else {
        return response;
    };
    let is_over = response.body().is_end_stream()
        || (!gate.rules.keeps_streams && stream::kind(&response).is_some());
    if is_over {
        return response;
    }
    response.map(|body| Body::new(AdmittedBody::new(body, place)))
}

otelier_core::shown!([S: Service<Request<Req>>, Req] AdmissionFuture<S, Req>);
