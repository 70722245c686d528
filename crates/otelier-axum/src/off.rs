#![expect(missing_docs, reason = "documented once, in `on`")]

use std::{borrow::Cow, convert::Infallible};

use axum::{
    Router,
    http::{HeaderMap, HeaderName, Method, Uri},
    response::{IntoResponseParts, ResponseParts},
};
use tower_layer::Layer;

#[derive(Clone, Debug, Default)]
pub struct TraceLayer;

/// The service itself.
pub type Trace<S> = S;
/// The service's own future.
pub type ResponseFuture<F> = F;
/// The task's own future.
pub type Upgraded<F> = F;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyTrust {
    #[default]
    Private,
    Nobody,
    Everybody,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct TimeToHeaders;

impl IntoResponseParts for TimeToHeaders {
    type Error = Infallible;

    #[inline]
    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        Ok(parts)
    }
}

/// Builders that change nothing.
macro_rules! ignored {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {
        $(
            #[inline]
            #[must_use]
            pub fn $name(self, $($argument: $type),*) -> Self {
                $(let _ = $argument;)*
                self
            }
        )*
    };
}

#[expect(clippy::needless_pass_by_value, reason = "as in `on`")]
impl TraceLayer {
    #[inline]
    #[must_use]
    pub fn new() -> Self {
        Self
    }

    #[inline]
    #[must_use]
    pub fn with_excluded<P: Into<String>>(self, paths: impl IntoIterator<Item = P>) -> Self {
        let _ = paths;
        self
    }

    ignored! {
        with_excluded_if(excluded: impl Fn(&Method, &Uri, &HeaderMap) -> bool + Send + Sync + 'static);
        with_proxy_trust(proxies: ProxyTrust);
        with_public_endpoint();
        with_trace_response();
        with_body_sizes();
        with_access_log();
        with_context_header(header: HeaderName, key: impl Into<Cow<'static, str>>);
        with_context_parameter(parameter: impl Into<String>, key: impl Into<Cow<'static, str>>);
        with_context_label(key: impl Into<Cow<'static, str>>);
        with_request_header(header: HeaderName);
        with_response_header(header: HeaderName);
        with_request_body_field(field: impl Into<String>);
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
pub fn layer() -> TraceLayer {
    TraceLayer
}

#[inline]
pub fn instrument<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router
}

#[inline]
#[expect(clippy::needless_pass_by_value, reason = "as in `on`")]
pub fn instrument_with<S>(router: Router<S>, layer: TraceLayer) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let _ = layer;
    router
}

#[inline]
#[must_use]
pub fn trace_id() -> Option<String> {
    None
}

#[inline]
#[expect(clippy::needless_pass_by_value, reason = "as in `on`")]
pub fn upgraded<S, F, Fut>(
    name: impl Into<Cow<'static, str>>,
    task: F,
) -> impl FnOnce(S) -> Upgraded<Fut>
where
    F: FnOnce(S) -> Fut,
    Fut: Future,
{
    let _ = name;
    task
}

/// What is known about the request that is being served.
pub mod context {
    use std::{borrow::Cow, fmt::Display};

    #[inline]
    pub fn set(key: impl Into<Cow<'static, str>>, value: impl Display) {
        let _ = (key, value);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::{Layer, ProxyTrust, TraceLayer, context, layer, trace_id, upgraded};

    const _: () = assert!(size_of::<TraceLayer>() == 0);

    #[test]
    fn a_layer_hands_the_service_back() {
        struct Service(u8);
        let layer = layer()
            .with_excluded(["/ping"])
            .with_excluded_if(|_, _, _| true)
            .with_proxy_trust(ProxyTrust::Nobody)
            .with_public_endpoint()
            .with_trace_response()
            .with_body_sizes()
            .with_access_log()
            .with_context_header(HeaderName::from_static("x-user-id"), "user.id")
            .with_context_parameter("org", "organization.id")
            .with_context_label("organization.tier")
            .with_request_header(HeaderName::from_static("x-request-id"))
            .with_response_header(HeaderName::from_static("x-request-id"))
            .with_request_body_field("model");
        let Service(same) = layer.layer(Service(7));
        assert_eq!(same, 7);
    }

    #[test]
    fn what_handlers_call_does_nothing() {
        context::set("organization.id", 7);
        assert_eq!(trace_id(), None);
        let task = upgraded("chat", |socket: u8| std::future::ready(socket));
        assert_eq!(task(7).into_inner(), 7);
    }
}
