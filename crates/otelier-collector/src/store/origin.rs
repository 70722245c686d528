//! Where a record comes from: its resource and instrumentation scope.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource,
};
use std::{borrow::Cow, sync::Arc};

/// The resource and the scope that the records of one batch share.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    resource: Arc<Resource>,
    scope: InstrumentationScope,
}

impl Origin {
    pub(crate) fn new(resource: &Arc<Resource>, scope: Option<InstrumentationScope>) -> Arc<Self> {
        Arc::new(Self {
            resource: Arc::clone(resource),
            scope: scope.unwrap_or_default(),
        })
    }

    /// The resource; empty when the sender gave none.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The instrumentation scope; empty when the sender gave none.
    #[must_use]
    pub const fn scope(&self) -> &InstrumentationScope {
        &self.scope
    }

    /// `service.name` of the resource, or `unknown_service`.
    #[must_use]
    pub fn service(&self) -> &str {
        match text(&self.resource.attributes, "service.name") {
            Some(name) if !name.is_empty() => name,
            _ => "unknown_service",
        }
    }
}

/// The value of an attribute; the first wins where a key is there twice.
pub(crate) fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a AnyValue> {
    attributes.iter().find(|a| a.key == key)?.value.as_ref()
}

/// The text of a string attribute.
pub(crate) fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    match find(attributes, key)?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

/// A value as text: a string as it is, everything else as JSON.
pub(crate) fn display(value: &AnyValue) -> Cow<'_, str> {
    match &value.value {
        Some(Value::StringValue(text)) => Cow::Borrowed(text),
        _ => Cow::Owned(crate::json::any_value(value).to_string()),
    }
}

macro_rules! attribute_methods {
    () => {
        /// The value of an attribute of the record itself.
        #[must_use]
        pub fn attribute(&self, key: &str) -> Option<&AnyValue> {
            find(self.attributes(), key)
        }

        /// The value of an attribute as text: a string as it is, everything else as JSON.
        #[must_use]
        pub fn attribute_text(&self, key: &str) -> Option<Cow<'_, str>> {
            self.attribute(key).map(display)
        }

        /// The resource and scope that the record came with.
        #[must_use]
        pub fn origin(&self) -> &Origin {
            &self.origin
        }

        /// `service.name` of the resource, or `unknown_service`.
        #[must_use]
        pub fn service(&self) -> &str {
            self.origin.service()
        }
    };
}
pub(crate) use attribute_methods;
