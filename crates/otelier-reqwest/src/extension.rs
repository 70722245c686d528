//! What can be said about a single request, by `RequestBuilder::with_extension`.

use std::borrow::Cow;

use opentelemetry::StringValue;
use otelier_core::cut;

/// Longer templates are cut.
const MAX_TEMPLATE_BYTES: usize = 512;

/// The route at the callee, such as `/orders/{id}`: becomes `url.template` and a
/// part of the span's name, so it must be of low cardinality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(Cow<'static, str>);

impl UrlTemplate {
    /// Takes the template.
    pub fn new(template: impl Into<Cow<'static, str>>) -> Self {
        Self(template.into())
    }

    pub(super) fn text(&self) -> &str {
        cut(&self.0, MAX_TEMPLATE_BYTES)
    }

    /// The template as an attribute, without a copy where the program holds it.
    pub(super) fn label(&self) -> StringValue {
        match &self.0 {
            Cow::Borrowed(text) => cut(text, MAX_TEMPLATE_BYTES).into(),
            Cow::Owned(_) => self.text().to_owned().into(),
        }
    }
}

/// The whole name of a request's span, in the place of method and template. It
/// must be of low cardinality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpanName(pub(super) Cow<'static, str>);

impl SpanName {
    /// Takes the name.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }
}

/// How often the request has been sent already. It is kept where a retry
/// finds it: the extensions are shared by all attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent(pub(super) u32);
