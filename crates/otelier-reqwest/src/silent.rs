#![expect(missing_docs, reason = "documented once, in `on`")]

use std::{borrow::Cow, pin::Pin};

use http::Extensions;
use reqwest::{Client, Request, Response};
use reqwest_middleware::{ClientWithMiddleware, Error, Middleware, Next};
use tower_layer::Layer;

use crate::SpanEnd;

/// The service itself.
pub type Trace<S> = S;
/// The service's own future.
pub type ResponseFuture<F> = F;

#[derive(Clone, Debug, Default)]
pub struct Config;

impl Config {
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    #[inline]
    #[must_use]
    pub fn with_span_end(self, _: SpanEnd) -> Self {
        self
    }

    #[inline]
    #[must_use]
    pub fn with_propagation_to(self, _: Hosts) -> Self {
        self
    }
}

#[derive(Clone, Debug, Default)]
pub struct Hosts;

impl Hosts {
    #[inline]
    #[must_use]
    pub fn all() -> Self {
        Self
    }

    #[inline]
    #[must_use]
    pub fn only<S: Into<String>>(_: impl IntoIterator<Item = S>) -> Self {
        Self
    }

    #[inline]
    #[must_use]
    pub fn except<S: Into<String>>(_: impl IntoIterator<Item = S>) -> Self {
        Self
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate;

impl UrlTemplate {
    #[inline]
    #[must_use]
    pub fn new(_: impl Into<Cow<'static, str>>) -> Self {
        Self
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanName;

impl SpanName {
    #[inline]
    #[must_use]
    pub fn new(_: impl Into<Cow<'static, str>>) -> Self {
        Self
    }
}

#[derive(Clone, Debug, Default)]
pub struct TraceMiddleware;

impl TraceMiddleware {
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    #[inline]
    #[must_use]
    pub fn with_config(_: Config) -> Self {
        Self
    }
}

impl Middleware for TraceMiddleware {
    #[inline]
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
        next.run(request, extensions)
    }
}

#[derive(Clone, Debug, Default)]
pub struct CallMiddleware;

impl CallMiddleware {
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Middleware for CallMiddleware {
    #[inline]
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
        next.run(request, extensions)
    }
}

#[derive(Clone, Debug, Default)]
pub struct TraceLayer;

impl TraceLayer {
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    #[inline]
    #[must_use]
    pub fn with_config(_: Config) -> Self {
        Self
    }
}

impl<S> Layer<S> for TraceLayer {
    type Service = S;

    #[inline]
    fn layer(&self, inner: S) -> S {
        inner
    }
}

#[inline]
#[must_use]
pub fn client(client: Client) -> ClientWithMiddleware {
    client.into()
}

#[inline]
#[must_use]
pub fn client_with(client: Client, _: Config) -> ClientWithMiddleware {
    client.into()
}

#[cfg(test)]
mod tests {
    use super::{CallMiddleware, Config, Hosts, Layer, TraceLayer, TraceMiddleware};

    const _: () = assert!(size_of::<(Config, Hosts)>() == 0);
    const _: () = assert!(size_of::<(CallMiddleware, TraceLayer, TraceMiddleware)>() == 0);

    #[test]
    fn a_layer_hands_the_service_back() {
        struct Service(u8);
        let Service(same) = TraceLayer::new().layer(Service(7));
        assert_eq!(same, 7);
    }
}
