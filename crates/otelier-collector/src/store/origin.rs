//! Where a record comes from: its resource and instrumentation scope.

use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource,
};
use prost::Message as _;
use std::{
    borrow::Cow,
    fmt,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::Arc,
};

/// The resource and the scope that the records of one batch share.
///
/// ```
/// use otelier_collector::Store;
///
/// /// The hosts that spans came from.
/// fn hosts(store: &Store) -> Vec<String> {
///     let spans = store.spans();
///     let resources = spans.iter().map(|span| span.origin().resource());
///     let attributes = resources.flat_map(|resource| &resource.attributes);
///     let hosts = attributes.filter(|attribute| attribute.key == "host.name");
///     hosts.map(|attribute| format!("{:?}", attribute.value)).collect()
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    resource: Arc<Shared>,
    scope: InstrumentationScope,
}

/// A resource, and what is asked of it for each of its records.
#[derive(Debug, PartialEq)]
pub(crate) struct Shared {
    resource: Resource,
    service: Arc<str>,
    identity: Identity,
}

/// 128 bits that tell one thing from every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    /// Before every other.
    pub(crate) const LEAST: Self = Self(0, 0);

    /// Reads what `Display` writes.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let (high, low) = text.split_at_checked(16)?;
        let half = |text| u64::from_str_radix(text, 16).ok();
        (low.len() == 16).then_some(Self(half(high)?, half(low)?))
    }

    pub(crate) fn of(write: impl Fn(&mut DefaultHasher)) -> Self {
        let half = |seed: u8| {
            let mut hasher = DefaultHasher::new();
            seed.hash(&mut hasher);
            write(&mut hasher);
            hasher.finish()
        };
        Self(half(0), half(1))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:016x}{:016x}", self.0, self.1)
    }
}

impl Shared {
    pub(crate) fn new(resource: Option<Resource>) -> Arc<Self> {
        let resource = resource.unwrap_or_default();
        let service = match text(&resource.attributes, "service.name") {
            Some(name) if !name.is_empty() => name,
            _ => "unknown_service",
        };
        let encoded = resource.encode_to_vec();
        Arc::new(Self {
            service: service.into(),
            identity: Identity::of(|hasher| encoded.hash(hasher)),
            resource,
        })
    }
}

impl Origin {
    pub(crate) fn new(resource: &Arc<Shared>, scope: Option<InstrumentationScope>) -> Arc<Self> {
        Arc::new(Self {
            resource: Arc::clone(resource),
            scope: scope.unwrap_or_default(),
        })
    }

    /// Equal for equal resources alone.
    pub(crate) fn identity(&self) -> Identity {
        self.resource.identity
    }

    pub(crate) fn service_name(&self) -> &Arc<str> {
        &self.resource.service
    }

    /// The resource; empty when the sender gave none.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.resource.resource
    }

    /// The instrumentation scope; empty when the sender gave none.
    #[must_use]
    pub const fn scope(&self) -> &InstrumentationScope {
        &self.scope
    }

    /// `service.name` of the resource, or `unknown_service`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.resource.service
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
        _ => Cow::Owned(crate::json::plain_text(value, usize::MAX)),
    }
}

/// The same, but no more than about so many bytes.
pub(crate) fn display_short(value: &AnyValue, longest: usize) -> Cow<'_, str> {
    match &value.value {
        Some(Value::StringValue(text)) => {
            let end = text.floor_char_boundary(longest);
            Cow::Borrowed(text.get(..end).unwrap_or_default())
        }
        _ => Cow::Owned(crate::json::plain_text(value, longest)),
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
