//! What can be said about a single request, in its extensions.

use std::borrow::Cow;

/// The route at the callee, such as `/orders/{id}`: becomes `url.template` and a
/// part of the span's name, so it must be of low cardinality.
///
/// ```
/// # #[cfg(feature = "otel")]
/// # {
/// use http::Extensions;
/// use otelier_core::edge::http_client::{NoPropagation, SpanName, UrlTemplate};
///
/// let mut extensions = Extensions::new();
/// extensions.insert(UrlTemplate::new("/orders/{id}")); // a span `GET /orders/{id}`
/// extensions.insert(SpanName::new("fetch order")); // its whole name
/// extensions.insert(NoPropagation); // the callee is told of no trace
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(Cow<'static, str>);

impl UrlTemplate {
    /// Takes the template.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(template.into())
    }

    /// The template.
    #[must_use]
    pub fn get(&self) -> &Cow<'static, str> {
        &self.0
    }
}

/// The whole name of a request's span, in the place of method and template. It
/// must be of low cardinality.
///
/// See the example of [`UrlTemplate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanName(Cow<'static, str>);

impl SpanName {
    /// Takes the name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The name.
    #[must_use]
    pub fn get(&self) -> &Cow<'static, str> {
        &self.0
    }
}

/// Sends a request without trace context and baggage; it is recorded all the
/// same.
///
/// See the example of [`UrlTemplate`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoPropagation;
