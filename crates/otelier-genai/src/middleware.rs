//! Calls to models that pass by as requests of reqwest.

use std::{
    fmt::{Debug, Display},
    pin::Pin,
    task::{Context as TaskContext, Poll, ready},
};

use http::{Extensions, Uri};
use otelier_core::edge::Traced;
use pin_project_lite::pin_project;
use reqwest::{Body, Request, Response, ResponseBuilderExt as _};
use reqwest_middleware::{Error, Middleware, Next};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    Config, GenAi, GenAiLayer, ReadBody,
    record::{self, Exchange, Layered, Telemetry, layered},
};

/// Reads calls to models out of the requests of a client of reqwest, see the [crate]
/// root.
///
/// Put it on first, outside of retries and of the middleware that records requests: a
/// call is one span, however often it is tried.
///
/// It records to the providers that are current when it is made, or, if there are none,
/// to the process's as soon as these are installed.
///
/// See the [example of the crate](crate).
///
/// # Cost
/// A request that is no call to a model pays a look at its method and path.
#[derive(Clone, Debug, Default)]
pub struct GenAiMiddleware {
    telemetry: Telemetry,
}

impl GenAiMiddleware {
    /// Makes a middleware that knows the providers' own hosts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a middleware that knows others, too, or prices.
    #[must_use]
    pub fn with_config(config: Config) -> Self {
        Self {
            telemetry: Telemetry::new(config),
        }
    }
}

// Written out: `async_trait` would allocate a future of its own for all requests.
impl Middleware for GenAiMiddleware {
    fn handle<'life0, 'life1, 'life2, 'async_trait>(
        &'life0 self,
        request: Request,
        extensions: &'life1 mut Extensions,
        next: Next<'life2>,
    ) -> Pin<Box<dyn Future<Output = Result<Response, Error>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        'life1: 'async_trait,
        'life2: 'async_trait,
        Self: 'async_trait,
    {
        if !may_be(&self.telemetry, &request) {
            return next.run(request, extensions);
        }
        // Begun when it is polled: only then are the spans around it current.
        Box::pin(async move {
            let exchange = begin(&self.telemetry, &request);
            ReqwestFuture::new(Traced::new(next.run(request, extensions), exchange)).await
        })
    }
}

impl<S> Service<Request> for GenAi<S>
where
    S: Service<Request, Response = Response>,
    S::Error: Display + Debug + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = ReqwestFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let exchange = begin(&self.telemetry, &request);
        ReqwestFuture::new(Traced::make(exchange, || self.inner.call(request)))
    }
}

impl GenAiLayer {
    /// For services whose requests are not reqwest's yet, but can be made such, as those
    /// of async-openai, which are tried again by being made again:
    ///
    /// ```ignore
    /// GenAiLayer::new().peeking(|request: HttpRequestFactory| async move { request.build().await.ok() })
    /// ```
    ///
    /// What it makes is looked at, and dropped.
    #[must_use]
    pub fn peeking<P>(self, peek: P) -> PeekingLayer<P> {
        PeekingLayer {
            telemetry: self.telemetry().clone(),
            peek,
        }
    }
}

/// A [`GenAiLayer`] for services whose requests are made out of something else, see
/// [`GenAiLayer::peeking`].
///
/// ```
/// use otelier_genai::GenAiLayer;
/// use reqwest::{Method, Request};
///
/// /// What requests are made of, however often they are tried.
/// struct Recipe {
///     body: String,
/// }
///
/// let peek = |recipe: Recipe| async move {
///     let url = "https://api.openai.com/v1/chat/completions".parse().ok()?;
///     let mut request = Request::new(Method::POST, url);
///     *request.body_mut() = Some(recipe.body.into());
///     Some(request)
/// };
/// let layer = GenAiLayer::new().peeking(peek);
/// # drop(layer);
/// ```
#[derive(Clone, Debug)]
pub struct PeekingLayer<P> {
    telemetry: Telemetry,
    peek: P,
}

impl<S, P: Clone> Layer<S> for PeekingLayer<P> {
    type Service = Layered<S, Peeking<S, P>>;

    fn layer(&self, inner: S) -> Self::Service {
        layered(inner, |inner| Peeking {
            inner,
            telemetry: self.telemetry.clone(),
            peek: self.peek.clone(),
        })
    }
}

/// A service whose calls to models are recorded, made by [`PeekingLayer`].
///
/// See the example of [`PeekingLayer`].
#[derive(Clone, Debug)]
pub struct Peeking<S, P> {
    inner: S,
    telemetry: Telemetry,
    peek: P,
}

impl<S, R, P, A> Service<R> for Peeking<S, P>
where
    S: Service<R, Response = Response> + Clone + Send + 'static,
    S::Error: Display + Debug + Send + 'static,
    S::Future: Send,
    R: Clone + Send + 'static,
    P: Fn(R) -> A,
    A: Future<Output = Option<Request>> + Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut TaskContext<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The one that is ready is used; its clone may not be.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let telemetry = self.telemetry.clone();
        let peeked = (self.peek)(request.clone());
        Box::pin(async move {
            let exchange = peeked.await.and_then(|peeked| begin(&telemetry, &peeked));
            ReqwestFuture::new(Traced::make(exchange, || inner.call(request))).await
        })
    }
}

/// Whether a request could be a call to a model.
fn may_be(telemetry: &Telemetry, request: &Request) -> bool {
    let uri = || request.url().as_str().parse::<Uri>();
    let is_aimed = |uri: &Uri| {
        telemetry
            .target(request.method(), uri, request.headers())
            .is_some()
    };
    *request.method() == http::Method::POST && uri().is_ok_and(|uri| is_aimed(&uri))
}

fn begin(telemetry: &Telemetry, request: &Request) -> Option<Exchange> {
    let body = request.body()?.as_bytes()?;
    let uri: Uri = request.url().as_str().parse().ok()?;
    let target = telemetry.target(request.method(), &uri, request.headers())?;
    record::begin_exchange(telemetry, target, &[body])
}

pin_project! {
    /// The future of an answer that may be that of a model.
    ///
    /// See the [example of the crate](crate).
    ///
    /// # Cancellation
    /// Dropping it ends the call, without an error.
    #[derive(Debug)]
    pub struct ReqwestFuture<F> {
        #[pin]
        inner: Traced<F, Exchange>,
    }
}

impl<F> ReqwestFuture<F> {
    fn new(inner: Traced<F, Exchange>) -> Self {
        Self { inner }
    }
}

impl<F, E> Future for ReqwestFuture<F>
where
    F: Future<Output = Result<Response, E>>,
    E: Display + Debug + 'static,
{
    type Output = Result<Response, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let (answer, exchange) = ready!(self.project().inner.poll_output(cx));
        if let Err(error) = &answer {
            record::failed(exchange, error);
            return Poll::Ready(answer);
        }
        Poll::Ready(answer.map(|answer| {
            match record::answered(exchange, answer.status(), answer.headers()) {
                Some(reading) => wrap(answer, reading),
                None => answer,
            }
        }))
    }
}

/// The same answer with a body that is read.
fn wrap(answer: Response, reading: record::Reading) -> Response {
    let url = answer.url().clone();
    let (parts, body) = http::Response::from(answer).into_parts();
    let body = Body::wrap(ReadBody::new(body, Some(reading)));
    let mut answer = http::Response::from_parts(parts, body);
    // The only way to the extension in which reqwest keeps the URL.
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        let (carried, ()) = carrier.into_parts();
        answer.extensions_mut().extend(carried.extensions);
    }
    answer.into()
}
